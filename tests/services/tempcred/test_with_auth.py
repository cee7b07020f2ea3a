"""The telephone call with the real auth behind it: what was keyed twice is what logs in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.rpc import LocalClient
from contracts.auth import (
    AuthApi,
    ChangePassword,
    InvalidCredentials,
    LoggedIn,
    LogIn,
    ProvisionedNumber,
    ProvisionLine,
    Stage,
)
from contracts.base import HistoryQuery, Secret
from contracts.phone import AuthUnit, Feature
from contracts.tempcred import Entry, HangUp, StartCall, TempcredApi, Turn
from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.service import AuthService
from services.auth.store import AuthStore
from services.tempcred.config import TempcredConfig
from services.tempcred.service import Tempcred, TempcredService

CONTRACT = "0300001111"
ADDITIONAL = "0300002222"
FIRST, SECOND = "20260401", "10293847"


class Site:
    """Auth and tempcred with all that crosses between them, on one clock."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 4, 1, 9, tzinfo=UTC)
        self.auth_application = Auth(self._auth_config(folder), lambda: self.now)
        auth_service = AuthService()
        auth_service.auth = self.auth_application
        self.auth = LocalClient(auth_service, AuthApi)
        settings = TempcredConfig(database_url=f"sqlite:///{folder}/tempcred.sqlite", key=b"k" * 32)
        Tempcred.migrate(settings.database_url)
        self.tempcred_application = Tempcred(settings, self.auth)
        self.tempcred_application.clock = lambda: self.now
        service = TempcredService()
        service.passwords = self.tempcred_application
        self.tempcred = LocalClient(service, TempcredApi)
        self.calls = 0

    def _auth_config(self, folder: Path) -> AuthConfig:
        config = AuthConfig.model_validate(
            {
                "database_url": f"sqlite:///{folder}/auth.sqlite",
                "key": b"k" * 32,
                "pepper": "p" * 32,
                "hash_memory_kib": 8,
                "hash_passes": 1,
                "login_floor_ms": 0,
            }
        )
        AuthStore.migrate(config.database_url)
        return config

    def dial(self, *entries: str, caller: str = CONTRACT) -> Turn:
        self.calls += 1
        call_id = f"call-{self.calls}"
        turn = self.tempcred.start_call(StartCall(call_id=call_id, caller=caller))
        for digits in entries:
            turn = self.tempcred.enter(Entry(call_id=call_id, step=turn.step, digits=Secret(digits)))
        return turn

    def log_in(self, number: str, password: str, token: str = "token") -> LoggedIn:
        return self.auth.log_in(
            LogIn(attempt_id=uuid4(), number=number, password=Secret(password), session_key=key(token))
        )

    def replace(self, present: str, new: str) -> None:
        self.auth.change_password(
            ChangePassword(
                attempt_id=uuid4(),
                session_key=key("token"),
                new_session_key=key("next"),
                present=Secret(present),
                new=Secret(new),
            )
        )

    def published(self) -> list[tuple[str, str | None]]:
        self.tempcred_application.follow()
        page = self.tempcred.history(HistoryQuery())
        return [(event.name.removeprefix("TemporaryPassword"), event.data["cause"]) for event in page.events]


def key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = Site(tmp_path)
    both = frozenset({Feature.CALL_NOTIFICATION, Feature.FAX_NOTIFICATION})
    opened.auth.provision_line(
        ProvisionLine(
            contract_number=CONTRACT,
            numbers=(
                ProvisionedNumber(number=CONTRACT, features=frozenset({Feature.CALL_NOTIFICATION})),
                ProvisionedNumber(number=ADDITIONAL, features=both),
            ),
        )
    )
    yield opened
    opened.tempcred_application.close()
    opened.auth_application.close()


@pytest.mark.rule("TEMP-9")
def test_what_was_keyed_twice_logs_in_and_must_be_changed(site: Site):
    assert "設定しました" in site.dial("1", FIRST, FIRST).say
    assert site.log_in(CONTRACT, FIRST).stage is Stage.CHANGE_TEMPORARY
    site.replace(FIRST, "sakura77")
    assert site.published() == [("Set", None), ("Replaced", None)]


@pytest.mark.rule("TEMP-9")
def test_from_the_completion_message_on_the_former_password_does_not_work(site: Site):
    site.dial("1", FIRST, FIRST)
    site.log_in(CONTRACT, FIRST)
    site.replace(FIRST, "sakura77")
    site.dial("1", SECOND, SECOND)
    with pytest.raises(InvalidCredentials):
        site.log_in(CONTRACT, "sakura77")
    assert site.log_in(CONTRACT, SECOND, "another browser").stage is Stage.CHANGE_TEMPORARY


@pytest.mark.rule("TEMP-9")
def test_a_newer_one_supersedes_an_older_one(site: Site):
    site.dial("1", FIRST, FIRST)
    site.dial("1", SECOND, SECOND)
    assert sorted(site.published(), key=str) == [("Set", None), ("Set", None), ("Voided", "superseded")]


@pytest.mark.rule("TEMP-8")
def test_three_wrong_guesses_are_told_here_too(site: Site):
    site.dial("1", FIRST, FIRST)
    for _ in range(3):
        with pytest.raises(InvalidCredentials):
            site.log_in(CONTRACT, "00000000")
    assert site.published() == [("Set", None), ("Voided", "mismatches")]


@pytest.mark.rule("TEMP-7")
def test_after_24_hours_it_neither_logs_in_nor_counts_as_set(site: Site):
    site.dial("1", FIRST, FIRST)
    site.now += timedelta(hours=24)
    with pytest.raises(InvalidCredentials):
        site.log_in(CONTRACT, FIRST)
    site.now += timedelta(seconds=5)
    site.tempcred_application.sweep()
    assert site.published() == [("Set", None), ("Voided", "expired")]


@pytest.mark.rule("TEMP-4")
def test_only_a_number_of_the_callers_line_may_be_keyed(site: Site):
    other = ProvisionedNumber(number="0399998888", features=frozenset(Feature))
    site.auth.provision_line(ProvisionLine(contract_number="0399998888", numbers=(other,)))
    assert "正しくありません" in site.dial("2", "0399998888").say
    assert "0 3、0 0 0 0、2 2 2 2番" in site.dial("2", ADDITIONAL).say


@pytest.mark.rule("TEMP-1")
def test_a_caller_of_no_line_is_told_so(site: Site):
    assert site.dial(caller="0455550000").ended


@pytest.mark.rule("TEMP-10")
def test_a_users_telephone_cannot_choose_another_unit_than_the_lines(site: Site):
    site.dial("2", ADDITIONAL, FIRST, FIRST)
    site.log_in(ADDITIONAL, FIRST)
    site.replace(FIRST, "sakura77")
    assert site.auth_application.telephone.identify(CONTRACT).unit is AuthUnit.NUMBER
    assert "正しくありません" in site.dial("1", caller=ADDITIONAL).say
    assert "正しくありません" not in site.dial("1", caller=CONTRACT).say


@pytest.mark.rule("TEMP-6")
def test_hanging_up_crosses_the_wire_too(site: Site):
    turn = site.dial("1", FIRST)
    site.tempcred.hang_up(HangUp(call_id="call-1"))
    assert site.tempcred.enter(Entry(call_id="call-1", step=turn.step, digits=Secret(FIRST))).ended
    assert site.published() == []
