"""The services that pages ask, handed to the Flask application with every request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contracts.audit import AuditApi
from contracts.auth import AuthApi
from contracts.tempcred import TempcredApi


@dataclass(frozen=True)
class Services:
    """What `environ["hikari.services"]` is."""

    auth: AuthApi
    tempcred: TempcredApi
    audit: AuditApi
    missing: Callable[[], tuple[str, ...]] = tuple
    """Names of the services that do not answer just now; empty means that the site is ready."""
