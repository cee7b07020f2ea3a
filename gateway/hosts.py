"""Only under its own name does the site answer: who comes by another may have been led here.

A page of a stranger's can have its own name resolved to this machine, and is of one origin with whatever answers there
(DNS rebinding). What it cannot do is make a browser send another name than its own.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from flask import Flask, abort, request

from chassis.connections import is_loopback
from gateway.config import GatewayConfig

PORTS = {"http": 80, "https": 443}
EVERYWHERE = "/health/"
"""Load balancers ask by address, and nothing there is worth a stranger's trick."""


def is_ours(host: str, site: SplitResult) -> bool:
    """Whether a Host header is one of the site's.

    The machine's own names are good with any port: no stranger's page is under them, gateways have ports of their own,
    and programs on the machine ask by them.
    """
    try:
        asked = urlsplit(f"//{host}")
        port = asked.port or PORTS[site.scheme]
    except ValueError:
        return False
    if asked.netloc != host or "@" in host or not asked.hostname:
        return False
    return is_loopback(asked.hostname) or (asked.hostname, port) == (site.hostname, site.port or PORTS[site.scheme])


def install(app: Flask, config: GatewayConfig) -> None:
    """Any other name is answered with 421, before anything is looked at."""
    site = urlsplit(config.base_url)

    def refuse_other_names() -> None:
        if not request.path.startswith(EVERYWHERE) and not is_ours(request.headers.get("Host", ""), site):
            abort(421, f"the site is at {config.base_url}; a proxy in front must keep the Host header")

    app.before_request(refuse_other_names)
