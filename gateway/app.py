"""The web application: pages for subscribers, and what the telephone platform and operators reach over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import Flask, abort, current_app, request
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

from chassis.config import load
from gateway import (
    assets,
    bulk_files,
    errors,
    frame,
    guard,
    headers,
    health,
    here,
    hosts,
    ivr,
    network,
    ops,
    otp_refusals,
    vxml,
)
from gateway.cautions import cautions
from gateway.config import GatewayConfig
from gateway.origins import ActingForClients
from gateway.pages import (
    address_link,
    address_removal,
    call_forwarding,
    call_notification,
    confirmation_id,
    confirmation_password,
    fault_notification,
    fax_inbox,
    fax_notification,
    feature,
    forced_change,
    forwarding_groups,
    group_files,
    group_numbers,
    help,  # noqa: A004  the screen's name; nobody needs the builtin here
    login,
    logout,
    mailbox,
    otp_address,
    otp_bulk,
    otp_choice,
    otp_done,
    otp_link,
    otp_login,
    otp_mail,
    otp_pair,
    otp_registration,
    otp_sent,
    otp_use,
    otp_waiting,
    password,
    password_bulk,
    service_selection,
    session,
    settings_history,
    telephone,
    timed_out,
    top,
    unit,
    unit_bulk,
)
from gateway.routing import Gateway
from gateway.sessions import cookie_name
from gateway.throttle import Throttle, WrongTokens
from gateway.tokens import Operators

log = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024
SCREENS = (
    top, login, forced_change, service_selection, feature, call_notification, fax_notification,
    fault_notification, address_link, address_removal,
    fax_inbox, call_forwarding, forwarding_groups, group_numbers, group_files, settings_history, password, unit, logout,
    timed_out, session, help,
    otp_waiting, otp_choice, otp_registration, otp_sent, otp_link, otp_login, otp_pair, otp_address, otp_use, otp_done,
    otp_mail, confirmation_id, confirmation_password,
    password_bulk, unit_bulk, otp_bulk,
)  # fmt: skip


def create_app(env: Mapping[str, str]) -> Flask:
    """The application, told by `HIKARI_*` what to be. Raises `Misconfigured`.

    Each request's WSGI environment must hold the services under `hikari.services`.
    """
    config = load(GatewayConfig, env)
    app = Gateway("gateway", static_folder=None)
    _configure(app, config)
    for caution in cautions(config):
        log.warning(caution)

    hosts.install(app, config)
    app.before_request(_let_files_in)
    csrf = CSRFProtect(app)
    app.before_request(_refuse_other_sites)
    app.before_request(guard.admit)
    headers.install(app, config)
    frame.install(app)
    errors.install(app)
    otp_refusals.install(app)
    assets.install(app)
    for screen in SCREENS:
        app.register_blueprint(screen.blueprint)
    machines = [part.blueprint(config) for part in (ivr, vxml, network, ops, health)]
    for machine in machines:
        csrf.exempt(machine)  # a bearer token, which no browser sends by itself, is proof of intent
        app.register_blueprint(machine)
    demo = [part.blueprint(config) for part in (telephone, mailbox)] if config.demo else []
    for part in demo:
        app.register_blueprint(part)
    app.config[guard.OPEN_BLUEPRINTS] = frozenset(part.name for part in (*machines, *demo))
    app.wsgi_app = ActingForClients(app.wsgi_app, config)  # type: ignore[method-assign]
    return app


def _configure(app: Flask, config: GatewayConfig) -> None:
    app.config.update(
        {
            here.CONFIG: config,
            here.THROTTLE: Throttle(config),
            here.OPERATORS: Operators(config.ops_token),
            here.WRONG_TOKENS: WrongTokens(config.subkey("throttle")),
            "SECRET_KEY": config.subkey("signed cookie"),
            # Flask's own session holds the CSRF token, the message for the next page, and a sealed draft; nothing else.
            "SESSION_COOKIE_NAME": cookie_name("hikari_form", secure=config.secure),
            "SESSION_COOKIE_SECURE": config.secure,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_PATH": "/",
            # A form is good as long as its cookie; a time limit would only punish people who type slowly.
            "WTF_CSRF_TIME_LIMIT": None,
            # It wants a Referer, which our own Referrer-Policy withholds; _refuse_other_sites is there instead.
            "WTF_CSRF_SSL_STRICT": False,
            "MAX_CONTENT_LENGTH": LARGEST_BODY,
            "MAX_FORM_MEMORY_SIZE": LARGEST_BODY,
        }
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _let_files_in() -> None:
    """Before anything looks into the body (BULK-8)."""
    if bulk_files.may_send_file(current_app, request.environ):
        request.max_content_length = bulk_files.LARGEST_UPLOAD
        request.max_form_memory_size = (
            bulk_files.LARGEST_UPLOAD
        )  # of many line ends in a row the reader keeps that much


def _refuse_other_sites() -> None:
    if request.method not in {"GET", "HEAD", "OPTIONS"} and headers.came_from_elsewhere():
        abort(403)
