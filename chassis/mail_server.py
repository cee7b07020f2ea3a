"""A conversation with the mail server, and what each of its many ways to say no means for a mail."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
PERMANENT = 500
"""SMTP reply codes from here on say that the same mail will fare no better later (RFC 5321, 4.2.1)."""


class ServerAway(Exception):
    """It cannot be reached, broke off, or takes no mail at all now. Every mail is to be tried again later."""


class MailRefused(Exception):
    """One mail was not taken over; `permanent` where it never will be. The message has no address in it."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.permanent = code >= PERMANENT
        super().__init__(f"refused with {code}")


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over, and how."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None

    @classmethod
    def parse(cls, url: str) -> Self:
        """`smtp+starttls://user:password@mail.example:587`. Raises ValueError without repeating it."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError("has no readable port or host") from None
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("must be like smtp+starttls://user:password@mail.example:587; also smtp:// and smtps://")
        if (parts.username is None) != (parts.password is None):
            raise ValueError("needs user and password, or neither")
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=port or PORTS[parts.scheme],
            user=unquote(parts.username) if parts.username is not None else None,
            password=unquote(parts.password) if parts.password is not None else None,
        )

    @contextmanager
    def conversation(self, greeting: str, seconds: float) -> Iterator[Conversation]:
        """Say hello as `greeting`, wait `seconds` at most for each answer. Raises `ServerAway`."""
        smtp = self._connected(greeting, seconds)
        try:
            yield Conversation(smtp)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def _connected(self, greeting: str, seconds: float) -> smtplib.SMTP:
        tls = ssl.create_default_context()
        smtp: smtplib.SMTP | None = None
        try:
            if self.scheme == "smtps":
                smtp = smtplib.SMTP_SSL(self.host, self.port, greeting, timeout=seconds, context=tls)
            else:
                smtp = smtplib.SMTP(self.host, self.port, greeting, timeout=seconds)
            if self.scheme == "smtp+starttls":
                smtp.starttls(context=tls)
            if self.user is not None and self.password is not None:
                smtp.login(self.user, self.password)
        except (smtplib.SMTPException, OSError) as error:
            if smtp is not None:
                smtp.close()
            raise ServerAway(_reason(error)) from None  # what a server says may repeat what it was told
        return smtp


class Conversation:
    """Hands mails over one after the other."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    def hand_over(self, sender: str, recipient: str, mail: bytes) -> None:
        """Returns when the server has taken the mail over. Raises `MailRefused`, `ServerAway`."""
        try:
            self._smtp.sendmail(sender, [recipient], mail)
        except smtplib.SMTPRecipientsRefused as refused:
            raise MailRefused(refused.recipients[recipient][0]) from None
        except smtplib.SMTPDataError as refused:
            raise MailRefused(refused.smtp_code) from None
        except (smtplib.SMTPException, OSError) as error:
            # A refused sender too: that is a matter of configuration, and mails survive until it is mended.
            raise ServerAway(_reason(error)) from None


def _reason(error: Exception) -> str:
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
