"""The services that pages ask, handed to the Flask application with every request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contracts.audit import AuditApi
from contracts.auth.api import AuthApi
from contracts.base import FollowingApi
from contracts.bulk.api import BulkApi
from contracts.otp.api import OtpApi
from contracts.settings.api import SettingsApi
from contracts.tempcred import TempcredApi


@dataclass(frozen=True)
class Services:
    """What `environ["hikari.services"]` is."""

    auth: AuthApi
    tempcred: TempcredApi
    audit: AuditApi
    otp: OtpApi
    missing: Callable[[], tuple[str, ...]] = tuple
    """Names of the services that do not answer just now; empty means that the site is ready."""
    following: Mapping[str, FollowingApi] = field(default_factory=dict)
    """By name, the services that follow others."""
    settings: SettingsApi | None = None
    """None only where no page asks it, as in tests of other screens."""
    bulk: BulkApi | None = None
    """Likewise."""
