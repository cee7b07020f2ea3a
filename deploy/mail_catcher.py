"""Catches the mail of the embedded mode: an SMTP server whose every mail ends in a Maildir, to be read at /mailbox.

aiosmtpd runs on asyncio, and asyncio's loop in one green thread of this process: its `select` is the green one.
"""

from __future__ import annotations

import asyncio
import logging
import mailbox
from pathlib import Path
from typing import Any

import eventlet
from aiosmtpd.smtp import SMTP, Envelope, Session

log = logging.getLogger(__name__)

KEPT = 500
"""The newest so many mails are kept."""
LARGEST = 2 * 1024 * 1024
"""Bytes. We send far smaller ones."""


class _IntoMaildir:
    """aiosmtpd's handler."""

    def __init__(self, folder: Path) -> None:
        self._box = mailbox.Maildir(folder, create=True)
        self._order = sorted(self._box.iterkeys())  # Maildir names begin with the time

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        recipients = ", ".join(envelope.rcpt_tos)
        head = f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {recipients}\r\n"
        self._order.append(self._box.add(head.encode() + content))
        while len(self._order) > KEPT:
            self._box.discard(self._order.pop(0))
        return "250 Caught"


class MailCatcher:
    """Listens on 127.0.0.1, on any free port unless one is named."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self._port = port
        self._handler = _IntoMaildir(folder)
        self._loop = asyncio.SelectorEventLoop()
        self._server: asyncio.Server | None = None
        self._thread: Any = None

    def start(self) -> str:
        """The URL for `HIKARI_SMTP_URL`."""
        self._server = self._loop.run_until_complete(self._listen())
        self._thread = eventlet.spawn(self._loop.run_forever)
        port = self._server.sockets[0].getsockname()[1]
        return f"smtp://127.0.0.1:{port}"

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(self._conversation, "127.0.0.1", self._port)

    def _conversation(self) -> SMTP:
        return SMTP(
            self._handler,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            loop=self._loop,
            hostname="localhost",
            ident="hikari",
        )

    def stop(self) -> None:
        """Conversations that are going on are cut off; a mail that was answered 250 is on disk."""
        if self._server is not None:
            self._server.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.wait()
        self._loop.close()
