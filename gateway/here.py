"""What belongs to the request at hand: its configuration, the services it may ask, the person behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import current_app, g, request

from contracts.auth.api import AuthApi
from contracts.auth.logins import SessionView
from contracts.bulk.api import BulkApi
from contracts.otp.api import OtpApi
from contracts.settings.api import SettingsApi
from gateway.config import GatewayConfig
from gateway.origins import ADDRESS
from gateway.throttle import Throttle, WrongTokens
from gateway.tokens import Operators

CONFIG = "HIKARI"
THROTTLE = "HIKARI_THROTTLE"
OPERATORS = "HIKARI_OPERATORS"
WRONG_TOKENS = "HIKARI_WRONG_TOKENS"
SERVICES = "hikari.services"


def config() -> GatewayConfig:
    """The gateway's configuration."""
    return cast(GatewayConfig, current_app.config[CONFIG])


def auth() -> AuthApi:
    """The auth service."""
    return cast(AuthApi, request.environ[SERVICES].auth)


def bulk() -> BulkApi:
    """The bulk service."""
    return cast(BulkApi, request.environ[SERVICES].bulk)


def settings() -> SettingsApi:
    """The settings service."""
    return cast(SettingsApi, request.environ[SERVICES].settings)


def otp() -> OtpApi:
    """The otp service."""
    return cast(OtpApi, request.environ[SERVICES].otp)


def operator() -> str | None:
    """The name of the operator behind the request, or None. Raises `TooManyAttempts`."""
    return token_holder(cast(Operators, current_app.config[OPERATORS]).behind)


def token_holder(behind: Callable[[str], str | None]) -> str | None:
    """Whose token the request brings, as `behind` tells from its `Authorization` header; None where nobody's.

    Raises `TooManyAttempts` at an address from which too many were wrong, whatever this one is.
    """
    wrong, address = cast(WrongTokens, current_app.config[WRONG_TOKENS]), request.environ[ADDRESS]
    wrong.check(address)
    given = request.headers.get("Authorization", "")
    holder = behind(given)
    if holder is None and given:
        wrong.count(address)
    return holder


def count_guess(number: str) -> None:
    """Count one guess at a number before anyone is asked. Raises `TooManyAttempts` (LOGIN-10)."""
    throttle = cast(Throttle, current_app.config[THROTTLE])
    throttle.count(request.environ[ADDRESS], number)


def visitor() -> SessionView | None:
    """The person behind the session, as far as this request has asked; None for a stranger."""
    return cast("SessionView | None", g.get("visitor"))


def logged_in() -> SessionView:
    """The person behind the session, in views that the guard opens to nobody else."""
    person = visitor()
    assert person is not None
    return person
