"""What the gateway is told by its environment."""

from __future__ import annotations

import hashlib
import hmac
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from limits import RateLimitItem, parse
from pydantic import AfterValidator, Field

from chassis.connections import ConnectionsConfig, is_loopback
from contracts.base import Secret
from contracts.phone import PhoneNumber
from gateway.tokens import OperatorsTokens, Token

OFF = "off"
SHORTEST_KEY = 32


def _long_enough(key: Secret) -> Secret:
    if len(key.reveal()) < SHORTEST_KEY:
        raise ValueError(f"needs at least {SHORTEST_KEY} characters of randomness")
    return key


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("must be like https://settings.example, without a path")
    return text.rstrip("/")


def _sender(text: str) -> str:
    if not parseaddr(text)[1].rpartition("@")[2]:
        raise ValueError("must be like noreply@mail.example, or Name <noreply@mail.example>")
    return text


def _limit(text: str) -> str:
    if text != OFF:
        try:
            parse(text)
        except ValueError:
            raise ValueError("must be like 60/minute, or off") from None
    return text


Limit = Annotated[str, AfterValidator(_limit)]


class GatewayConfig(ConnectionsConfig):
    """`HIKARI_KEY` and the two tokens must be given; everything else has a default that is safe."""

    key: Annotated[Secret, AfterValidator(_long_enough)]
    """All that this gateway signs or blinds is keyed by it; every gateway of one site has the same."""
    ivr_token: Token
    """Of the telephone platform (TEMP-11)."""
    ops_token: OperatorsTokens
    """Of the operators, separated by commas; `name.` before a token tells whose it is."""
    network_token: Token | None = None
    """Of the telephone network; without one, nothing under `/network` is answered."""
    fax_bytes: int = Field(default=10 * 1024 * 1024, ge=64 * 1024, le=100 * 1024 * 1024)
    """That a fax may have at most; the same setting as that of the settings service (FEAT-2)."""
    base_url: Annotated[str, AfterValidator(_web_address)] = "http://127.0.0.1:8000"
    """How browsers reach the site. With https, cookies are Secure and HSTS is sent (SITE-1)."""
    host: str = "127.0.0.1"
    """Where the server listens; it is named here so that a site that is open to the network is told apart."""
    site_name: str = "ひかり電話設定サイト"
    setting_number: PhoneNumber = "0363044747"
    """The number that people dial to set a temporary password (TEMP-12)."""
    mail_from: Annotated[str, AfterValidator(_sender)] = "noreply@hikari.example"
    """The sender of the site's mail, as the services that send it are told."""
    login_throttle: Limit = "60/minute"
    """Guesses a client address may make (LOGIN-10). Loose: an office sits behind one address. `off` ends all throttling."""
    login_throttle_number: Limit = "20/minute"
    """Guesses a client address may make at one number."""
    counters_url: str | None = None
    """`postgresql://…`: where several gateways count guesses together. Without it each counts its own."""
    demo: bool = False
    """Whether the telephone page and the mailbox are there."""
    mailbox: Path | None = None
    """The Maildir in which the embedded mode catches mail."""

    @property
    def secure(self) -> bool:
        """Whether browsers come over TLS."""
        return self.base_url.startswith("https:")

    @property
    def on_own_machine(self) -> bool:
        """Whether the site's address is the machine's own, where plain HTTP is in order (SITE-1)."""
        return is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def mail_domain(self) -> str:
        """The domain that people must let in to get the site's mail (OTP-2)."""
        return parseaddr(self.mail_from)[1].rpartition("@")[2]

    def throttle(self) -> tuple[RateLimitItem | None, RateLimitItem | None]:
        """The limit by address and the limit by address and number; None where there is none."""
        if self.login_throttle == OFF:
            return None, None
        number = None if self.login_throttle_number == OFF else parse(self.login_throttle_number)
        return parse(self.login_throttle), number

    def subkey(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose, so that no two uses of `HIKARI_KEY` can be played against each other."""
        return hmac.digest(self.key.reveal().encode(), f"hikari gateway {purpose}".encode(), hashlib.sha256)
