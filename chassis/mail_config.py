"""What every service that sends mail is told of it."""

from __future__ import annotations

from email.utils import parseaddr
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from chassis.config import Config
from chassis.mail_addresses import NotAnAddress, normalise_address
from chassis.mail_server import MailServer


class MailConfig(Config):
    """Read from `HIKARI_<NAME>`."""

    base_url: str
    """How browsers reach the site: what mailed links begin with."""
    site_name: str = "ひかり電話設定サイト"
    """How mails name the site."""
    smtp_url: str = "smtp://127.0.0.1:25"
    """`smtp://`, `smtp+starttls://` or `smtps://`, with `user:password@` where the server wants a login."""
    mail_from: str = "noreply@hikari.example"
    """The sender: an address, or `Name <address>`. Its domain is the one that recipients must let in."""
    mail_seconds: float = Field(default=10, gt=0)
    """How long the mail server may take over each step of a conversation."""

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("must be like https://settings.example, without a path")
        return value.rstrip("/")

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        MailServer.parse(value)
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        try:
            normalise_address(parseaddr(value)[1])
        except NotAnAddress:
            raise ValueError("must be like noreply@mail.example, or Name <noreply@mail.example>") from None
        return value

    @property
    def sender(self) -> tuple[str, str]:
        """The sender's name and address; the site's name where none is given."""
        name, address = parseaddr(self.mail_from)
        return name or self.site_name, normalise_address(address)
