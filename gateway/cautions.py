"""What an operator should be told at the start: settings that are allowed and seldom meant (SITE-1)."""

from __future__ import annotations

from collections.abc import Iterator

from chassis.connections import is_loopback
from gateway.config import GatewayConfig

PLAIN_HTTP = (
    "HIKARI_BASE_URL is plain http: passwords cross the network unencrypted, and cookies are not Secure. "
    "Put TLS in front and name the https address."
)
UNREACHABLE = (
    "HIKARI_HOST lets the network in, but HIKARI_BASE_URL names this machine: under any other name the site refuses "
    "to answer. Name the address that browsers use."
)
NO_PROXIES = (
    "HIKARI_BASE_URL is https, so a proxy stands in front, but HIKARI_TRUSTED_PROXIES names none: all subscribers "
    "count as one address, are throttled together, and the audit trail has the proxy's address for all of them."
)
OPEN_TELEPHONE = (
    "HIKARI_DEMO is on and the network is let in: whoever reaches the site can dial on /telephone in the name of any "
    "number, set its password, and read everybody's mail on /mailbox. Use it for made-up data only."
)


def cautions(config: GatewayConfig) -> Iterator[str]:
    """One sentence or two about each, with the way out."""
    is_open = not is_loopback(config.host)
    if not config.secure and (is_open or not config.on_own_machine):
        yield PLAIN_HTTP
    if is_open and config.on_own_machine:
        yield UNREACHABLE
    if config.secure and not config.trusted_proxies:
        yield NO_PROXIES
    if config.demo and (is_open or not config.on_own_machine):
        yield OPEN_TELEPHONE
