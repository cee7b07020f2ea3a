"""Who asks, and under which correlation id: worked out once for every HTTP request, before Flask sees it (AUDIT-1)."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chassis.connections import Address, Network, parsed_address
from chassis.origin import acting, new_correlation_id
from contracts.base import Channel, Origin, Secret
from gateway.config import GatewayConfig

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ADDRESS = "hikari.address"
"""Where the client's address stands in the WSGI environment."""
ORIGIN = "hikari.origin"
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104  no interface is bound; it stands for "the server did not tell"

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def _trusted(address: Address | None, networks: tuple[Network, ...]) -> bool:
    return address is not None and any(address in network for network in networks)


def client_address(peer: str, forwarded_for: str, trusted: tuple[Network, ...]) -> str:
    """The nearest address that is not one of our proxies.

    X-Forwarded-For is read from the right, and only as far as a trusted proxy wrote it: what stands further left
    is the client's own claim.
    """
    address = parsed_address(peer)
    hops = [hop for hop in forwarded_for.split(",") if hop.strip()]
    while hops and _trusted(address, trusted):
        nearer = parsed_address(hops.pop())
        if nearer is None:
            break
        address = nearer
    return str(address) if address else UNKNOWN_ADDRESS


def address_of(environ: WSGIEnvironment, trusted: tuple[Network, ...]) -> str:
    """The client's address in a request's environment."""
    return client_address(environ.get("REMOTE_ADDR") or "", environ.get("HTTP_X_FORWARDED_FOR", ""), trusted)


def address_token(key: bytes, address: str, today: datetime) -> str:
    """24 hexadecimal digits that tell one address from another for one UTC day, and nobody which one it is."""
    return hmac.new(key, f"{today:%Y-%m-%d} {address}".encode(), hashlib.sha256).hexdigest()[:24]


class ActingForClients:
    """WSGI middleware: the request's origin is current while the application works, and its id is in the answer."""

    def __init__(self, application: WSGIApplication, config: GatewayConfig) -> None:
        self._application = application
        self._trusted = config.trusted_proxies
        self._key = config.subkey("client address")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        origin = self._origin(environ)
        environ[ORIGIN] = origin

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            return start_response(status, [*headers, ("X-Correlation-Id", origin.correlation_id)], *error)

        with acting(origin):
            return self._application(environ, start)

    def _origin(self, environ: WSGIEnvironment) -> Origin:
        peer = environ.get("REMOTE_ADDR") or ""
        address = address_of(environ, self._trusted)
        environ[ADDRESS] = address
        given = _TRACEPARENT.fullmatch(environ.get("HTTP_TRACEPARENT", ""))
        believed = given if _trusted(parsed_address(peer), self._trusted) else None
        return Origin(
            channel=Channel.WEB,
            correlation_id=believed.group(1) if believed else new_correlation_id(),
            request_id=secrets.token_hex(8),
            address=Secret(address),
            address_token=address_token(self._key, address, datetime.now(UTC)),
        )
