"""A store of either kind, a clock that can be moved, and an auth small enough to fail where a test wants it to."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.base import Envelope, HistoryPage, HistoryQuery, Unavailable
from contracts.phone import AuthUnit
from contracts.tempcred import Turn
from services.tempcred.application import TemporaryPasswords
from services.tempcred.dialogue import Caller
from services.tempcred.lines import SettingRefused
from tests.databases import migrate

CONTRACT = "0300001111"
ADDITIONAL = "0300002222"
KEY = os.urandom(32)


class SmallAuth:
    """Keeps what was set and tells it in a history, as auth does; `before` and `after` may fail in its place."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.unit: AuthUnit | None = None
        self.refuses = False
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self.held: dict[UUID, tuple[str, AuthUnit, str, datetime]] = {}
        self.told: list[Envelope] = []
        self._lock = threading.Lock()

    def identify(self, caller: str) -> Caller | None:
        return Caller(caller, CONTRACT, self.unit, own_settable=True) if caller in (CONTRACT, ADDITIONAL) else None

    def settable(self, caller: str, number: str) -> bool:
        return number in (CONTRACT, ADDITIONAL)

    def set_temporary_password(
        self, temporary_id: UUID, caller: str, number: str, unit: AuthUnit, password: str
    ) -> datetime:
        self.before()
        if self.refuses:
            raise SettingRefused
        with self._lock:
            if temporary_id not in self.held:
                expires_at = self.clock() + timedelta(hours=24)
                self.held[temporary_id] = number, unit, password, expires_at
                self.tell("TemporaryPasswordHeld", temporary_id, expires_at=expires_at.isoformat())
        self.after()
        return self.held[temporary_id][3]

    def tell(self, name: str, temporary_id: UUID | None, **data: object) -> None:
        position = len(self.told) + 1
        self.told.append(
            Envelope(
                id=str(position),
                type=f"hikari.auth.{name}.v1",
                source="/services/auth",
                subject=CONTRACT,
                time=self.clock(),
                sequence=f"{position:020d}",
                partitionkey=CONTRACT,
                data={
                    "temporary_password": temporary_id.hex if temporary_id else None,
                    "actor": {"number": CONTRACT, "role": "subscriber", "operator": None},
                    "channel": "web",
                    "address_token": "ab12",
                    "request_id": "cd34",
                    "correlation_id": "0" * 32,
                    **data,
                },
            )
        )

    def history(self, query: HistoryQuery) -> HistoryPage:
        events = tuple(self.told[query.after : query.after + query.limit])
        return HistoryPage(events=events, until=query.after + len(events))


class World:
    """One store, any number of application objects on it, one auth."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.now = datetime(2026, 4, 1, 9, tzinfo=UTC)
        self.auth = SmallAuth(lambda: self.now)
        self._open: list[TemporaryPasswords] = []
        migrate(TemporaryPasswords, url)
        self.app = self.restarted()

    def restarted(self) -> TemporaryPasswords:
        """A fresh application object on the same store, as after a kill."""
        self.app = TemporaryPasswords(self.url, KEY, self.auth, lambda: self.now)
        self._open.append(self.app)
        return self.app

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)

    def dial(self, call_id: str, *entries: str, caller: str = CONTRACT) -> Turn:
        turn = self.app.start_call(call_id, caller)
        for entry in entries:
            turn = self.app.enter(call_id, turn.step, entry)
        return turn

    def auth_is_away(self) -> None:
        def away() -> None:
            raise Unavailable("auth")

        self.auth.before = away

    def auth_is_back(self) -> None:
        self.auth.before = self.auth.after = lambda: None

    def only_id(self) -> UUID:
        (temporary_id,) = self.auth.held
        return temporary_id

    def close(self) -> None:
        for application in self._open:
            application.close()


@pytest.fixture
def world(store_url: str) -> Iterator[World]:
    opened = World(store_url)
    yield opened
    opened.close()
