"""What belongs to the request at hand: its configuration, the services it may ask, the person behind it."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, request

from contracts.auth import AuthApi, SessionView
from gateway.config import GatewayConfig
from gateway.machines import Operators
from gateway.origins import ADDRESS
from gateway.throttle import Throttle

CONFIG = "HIKARI"
THROTTLE = "HIKARI_THROTTLE"
OPERATORS = "HIKARI_OPERATORS"
SERVICES = "hikari.services"


def config() -> GatewayConfig:
    """The gateway's configuration."""
    return cast(GatewayConfig, current_app.config[CONFIG])


def auth() -> AuthApi:
    """The auth service."""
    return cast(AuthApi, request.environ[SERVICES].auth)


def operators() -> Operators:
    """Who may operate the site."""
    return cast(Operators, current_app.config[OPERATORS])


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
