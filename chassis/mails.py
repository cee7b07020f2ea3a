"""A letter as it goes over the wire: headers, encodings, the two forms of its content."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from chassis.letters import JAPAN, Letter


def mail_of(letter: Letter, *, mail_id: str, sender: tuple[str, str], recipient: str, written_at: datetime) -> bytes:
    """The mail. Its Message-ID and Date depend on the order to send it alone, so that a repeat is known as one.

    `sender` is a name and an address. Everything is ASCII on the wire: no server on the way needs to know 8BITMIME.
    """
    name, address = sender
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = recipient
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(written_at.astimezone(JAPAN))
    mail["Message-ID"] = f"<{mail_id}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nothing that answers by itself is to answer this
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(letter.text, cte="base64")
    mail.add_alternative(letter.html, subtype="html", cte="base64")
    mail["Content-Language"] = "ja"  # after the content, which would take it for its own
    mail.set_boundary(f"=={mail_id}==")
    return mail.as_bytes()
