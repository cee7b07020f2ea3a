"""A real mail server on 127.0.0.1 that can be told to misbehave."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

Answer = Callable[[str], str]


class Mail:
    """One that was taken over."""

    def __init__(self, recipient: str, content: bytes) -> None:
        self.recipient = recipient
        self.content = content
        self.message = message_from_bytes(content, policy=default)

    def text(self, kind: str = "plain") -> str:
        body = self.message.get_body((kind,))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")


class Postbox:
    """Keeps what it takes. `answers_rcpt` and `answers_data` say what is answered to a recipient."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.logins: list[str] = []
        self.conversations = 0
        self.answers_rcpt: Answer = lambda _recipient: "250 OK"
        self.answers_data: Answer = lambda _recipient: "250 OK"
        self.hold = 0.0
        """Seconds before a recipient is answered."""
        self.wants_login = False
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread: threading.Thread | None = None
        self._talks: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """In a thread from the first: the test's own may have a loop at work already, as a browser's driver does."""
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listening = self._loop.create_server(self._talk, "127.0.0.1", self.port)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(self._server), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._server = None

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._loop.shutdown_asyncgens()

    def _talk(self) -> SMTP:
        self.conversations += 1
        return SMTP(
            self,
            loop=self._loop,
            hostname="localhost",
            auth_required=self.wants_login,
            auth_require_tls=False,
            authenticator=self._authenticate,
        )

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, told: Any) -> AuthResult:
        self.logins.append(f"{told.login.decode()}:{told.password.decode()}")
        return AuthResult(success=told.password == b"right/word", handled=True)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.hold:
            await asyncio.sleep(self.hold)
        answer = self.answers_rcpt(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        (recipient,) = envelope.rcpt_tos
        answer = self.answers_data(recipient)
        if answer.startswith("250"):
            self.mails.append(Mail(recipient, envelope.content))
        return answer
