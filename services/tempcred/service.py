"""The tempcred service on nameko: unpack, call, pack."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from chassis.config import load
from chassis.due import Every, Sweeps
from chassis.follower import Follower, one_by_one
from chassis.following import FollowingService
from chassis.relaying import Relays
from chassis.rpc import Client, Uses, rpc
from chassis.store import Application
from contracts.auth.api import AuthApi
from contracts.auth.telephone import (
    CallerUnknown,
    CheckTarget,
    IdentifyCaller,
    SetTemporaryPassword,
    TemporaryPasswordRefused,
)
from contracts.base import HistoryPage, HistoryQuery, Nothing, Secret, Unavailable
from contracts.phone import AuthUnit
from contracts.tempcred import Entry, HangUp, StartCall, Turn
from services.tempcred import policies, publishing
from services.tempcred.application import TemporaryPasswords
from services.tempcred.config import TempcredConfig
from services.tempcred.dialogue import Caller
from services.tempcred.lines import SettingRefused

ANSWERED_WITHIN = 3.5
"""Seconds that auth has: shorter than our own callers wait, so that a caller hears that it could not be confirmed."""


class LinesAtAuth:
    """`Lines`, asked of the auth service."""

    def __init__(self, auth: AuthApi) -> None:
        self._auth = auth

    def identify(self, caller: str) -> Caller | None:
        try:
            found = self._auth.identify_caller(IdentifyCaller(caller=caller))
        except CallerUnknown:
            return None
        return Caller(found.caller, found.contract_number, found.unit, found.own_settable)

    def settable(self, caller: str, number: str) -> bool:
        try:
            return self._auth.check_target(CheckTarget(caller=caller, number=number)).settable
        except CallerUnknown:
            return False

    def set_temporary_password(
        self, temporary_id: UUID, caller: str, number: str, unit: AuthUnit, password: str
    ) -> datetime:
        try:
            done = self._auth.set_temporary_password(
                SetTemporaryPassword(
                    temporary_id=temporary_id, caller=caller, number=number, unit=unit, password=Secret(password)
                )
            )
        except (TemporaryPasswordRefused, CallerUnknown) as refused:
            raise SettingRefused from refused
        return done.expires_at


class Tempcred(TemporaryPasswords):
    """The application as it runs: with auth to ask, and auth's history to follow."""

    name = TemporaryPasswords.name

    def __init__(self, config: TempcredConfig, auth: AuthApi) -> None:
        super().__init__(config.database_url, config.key, LinesAtAuth(auth))
        effect = one_by_one(self, lambda event, tracking: policies.apply(self, event, tracking))
        self.follower = Follower(self, "auth", auth.history, effect)

    @classmethod
    def from_env(cls, env: Mapping[str, str], auth: AuthApi) -> Tempcred:
        """Over the `HIKARI_*` mapping, its tables brought up to date. Raises `Misconfigured`."""
        config = load(TempcredConfig, env)
        cls.migrate(config.database_url)
        return cls(config, auth)

    @property
    def store(self) -> Application:
        """Its own: it is one."""
        return self

    def history(self, query: HistoryQuery) -> HistoryPage:
        """What others are told after a position, in order."""
        return publishing.history(self, query)

    def follow(self) -> bool:
        """Catch up with auth's history (TEMP-9); false, since there is nothing more to do before it grows."""
        with suppress(Unavailable):  # it goes on from the same position when auth is back
            self.follower.catch_up()
        return False


class TempcredService(FollowingService):
    """Implements `contracts.tempcred.TempcredApi`."""

    name = "tempcred"
    passwords = Uses(Tempcred.from_env, auth=Client("auth", AuthApi, timeout=ANSWERED_WITHIN))
    follows = Every(1.0, "follow", passwords)
    sweeps = Sweeps(passwords)
    relay = Relays(passwords)

    def followers(self) -> tuple[Follower, ...]:
        return (self.passwords.follower,)

    @rpc
    def start_call(self, request: StartCall) -> Turn:
        return self.passwords.start_call(request.call_id, request.caller)

    @rpc
    def enter(self, request: Entry) -> Turn:
        return self.passwords.enter(request.call_id, request.step, request.digits.reveal())

    @rpc
    def hang_up(self, request: HangUp) -> Nothing:
        self.passwords.hang_up(request.call_id)
        return Nothing()

    @rpc
    def history(self, request: HistoryQuery) -> HistoryPage:
        return self.passwords.history(request)
