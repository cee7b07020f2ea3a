"""Who may send more than a form: operators, who provision large lines, the network, which brings faxes, and whoever was
shown a page that takes files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Flask

from gateway import bulk_files, here, network_documents, network_events, ops
from gateway.config import GatewayConfig
from gateway.network_token import is_the_networks
from gateway.origins import address_of
from gateway.throttle import TooManyAttempts, WrongTokens
from gateway.tokens import Operators

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def how_much(site: Flask, environ: WSGIEnvironment) -> int:
    """Bytes, by the head of a request whose body was not read yet; 0 where it is nobody's who may send much."""
    config = cast(GatewayConfig, site.config[here.CONFIG])
    path, authorization = str(environ.get("PATH_INFO", "")), str(environ.get("HTTP_AUTHORIZATION", ""))
    if path == network_documents.PATH and environ.get("REQUEST_METHOD") == "POST":
        right, most = is_the_networks(config, authorization), network_documents.largest_body(config)
    elif path == network_events.PATH and environ.get("REQUEST_METHOD") == "POST":
        right, most = is_the_networks(config, authorization), network_events.LARGEST_EVENT
    elif path.startswith("/ops/api/"):
        operators = cast(Operators, site.config[here.OPERATORS])
        right, most = operators.behind(authorization) is not None, ops.LARGEST_BODY
    else:
        return bulk_files.LARGEST_UPLOAD if bulk_files.may_send_file(site, environ) else 0
    try:
        cast(WrongTokens, site.config[here.WRONG_TOKENS]).check(address_of(environ, config.trusted_proxies))
    except TooManyAttempts:
        return 0
    return most if right else 0
