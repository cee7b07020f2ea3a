"""Calls from Asterisk over a socket, before the real tempcred and auth."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from contracts.auth.logins import InvalidCredentials
from contracts.base import HistoryQuery, Unavailable
from contracts.tempcred import Entry
from gateway.agi.config import AgiConfig
from gateway.agi.door import Door
from gateway.agi.service import SocketLine
from gateway.agi.sounds import CANNOT_GO_ON, FOLDER, PLEASE_WAIT, SENTENCES, Sound
from tests.gateway.agi.asterisk import CUT, HANG_UP, Asterisk
from tests.services.tempcred.site import ADDITIONAL, CONTRACT, Site, example_site

TOKEN = "platform-token-for-tests-of-calls"
PASSWORD = "20260401"
OTHER = "11223344"


class Exchange:
    """Our door, and calls that come to it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.tempcred: Any = site.tempcred
        self.door = Door(AgiConfig.model_validate({"agi_port": 0, "ivr_token": TOKEN}))

    def call(self, *keys: str, address: str = "192.0.2.7", **options: Any) -> Asterisk:
        return self.connect(Asterisk(keys, **{"token": TOKEN, **options}), address)

    def connect(self, asterisk: Asterisk, address: str = "192.0.2.7") -> Asterisk:
        theirs, ours = socket.socketpair()
        failures: list[BaseException] = []

        def answer() -> None:
            try:
                with closing(SocketLine(ours)) as line:
                    self.door.answer(line, address, self.tempcred)
            except BaseException as failure:  # noqa: BLE001  # shown by the test's own thread
                failures.append(failure)

        thread = threading.Thread(target=answer)
        thread.start()
        asterisk.call(theirs)
        thread.join(30)
        assert not failures
        assert not thread.is_alive()
        return asterisk


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with example_site(tmp_path) as opened:
        yield opened


@pytest.fixture
def exchange(site: Site) -> Exchange:
    return Exchange(site)


def names(*sounds: str) -> list[str]:
    return [f"{FOLDER}{sound}" for sound in sounds]


def nothing_is_kept(site: Site) -> bool:
    rows = site.tempcred_application.rows("SELECT state FROM calls")
    return site.published() == [] and all(row["state"] is None for row in rows)


@pytest.mark.rule("TEMP-2")
@pytest.mark.parametrize("impatient", [False, True])
def test_a_whole_call_sets_a_temporary_password_that_logs_in(exchange: Exchange, site: Site, impatient: bool):
    call = exchange.call("1", PASSWORD, PASSWORD, impatient=impatient)
    assert call.variables == {"HIKARI_OUTCOME": "ended"}
    assert call.heard[-4:] == [CONTRACT, *names("completed-for", "log-in-within-24-hours", "thank-you")]
    assert site.log_in(CONTRACT, PASSWORD)


def test_the_caller_hears_every_question_and_the_number_digit_by_digit(exchange: Exchange):
    call = exchange.call("2", f"{ADDITIONAL}#", PASSWORD, PASSWORD)
    assert call.heard[:8] == [
        *names("welcome", "choose-unit", "unit-keys", "enter-number"),
        ADDITIONAL,
        *names("setting-for", "enter-eight-digits", "enter-again"),
    ]
    assert f'SAY DIGITS {ADDITIONAL} "0123456789*#"' in call.commands


@pytest.mark.rule("TEMP-2")
@pytest.mark.parametrize("keyed", [f"{ADDITIONAL}#", ADDITIONAL])
def test_the_number_ends_with_the_hash_or_with_a_pause(exchange: Exchange, site: Site, keyed: str):
    exchange.call("2", keyed, PASSWORD, PASSWORD)
    assert site.log_in(ADDITIONAL, PASSWORD)


@pytest.mark.rule("TEMP-6")
@pytest.mark.parametrize("wrong", ["", "9", "*", "#"])
def test_silence_and_wrong_keys_alike_end_the_call_at_the_third(exchange: Exchange, site: Site, wrong: str):
    call = exchange.call(wrong, wrong, wrong)
    assert call.heard[-2:] == names("three-wrong-entries", "hang-up-and-redial")
    assert call.variables["HIKARI_OUTCOME"] == "ended"
    assert nothing_is_kept(site)


@pytest.mark.rule("TEMP-5")
@pytest.mark.rule("TEMP-6")
def test_entries_that_are_too_short_or_differ_count(exchange: Exchange, site: Site):
    call = exchange.call("1", "1234", PASSWORD, OTHER, "12*45678")
    assert f"{FOLDER}entries-differ" in call.heard
    assert call.heard[-2:] == names("three-wrong-entries", "hang-up-and-redial")
    assert nothing_is_kept(site)


@pytest.mark.rule("TEMP-6")
@pytest.mark.parametrize("end", [HANG_UP, CUT])
@pytest.mark.parametrize("keys", [(), ("1",), ("1", PASSWORD), ("1", PASSWORD, OTHER)])
def test_a_call_that_breaks_off_before_the_second_entry_leaves_nothing(
    exchange: Exchange, site: Site, keys: tuple[str, ...], end: str
):
    call = exchange.call(*keys, end)
    assert call.variables == {}
    assert nothing_is_kept(site)
    with pytest.raises(InvalidCredentials):
        site.log_in(CONTRACT, PASSWORD)


def test_a_dialplan_that_comes_again_begins_a_new_call(exchange: Exchange, site: Site):
    exchange.call("1", PASSWORD, CUT)
    exchange.call("3", f"{ADDITIONAL}#", OTHER, OTHER)
    assert site.log_in(ADDITIONAL, OTHER)


@pytest.mark.rule("TEMP-1")
@pytest.mark.parametrize(
    "options", [{"caller": "unknown"}, {"caller": "0455550000"}, {"presentation": 0x23}, {"presentation": 0x43}]
)
def test_a_withheld_or_unknown_caller_is_told_so(exchange: Exchange, site: Site, options: dict[str, Any]):
    call = exchange.call(**options)
    assert call.heard == names("no-line", "call-from-your-line")
    assert call.variables["HIKARI_OUTCOME"] == "ended"


@pytest.mark.rule("TEMP-1")
def test_a_caller_whose_number_is_presented_is_known_with_country_code(exchange: Exchange, site: Site):
    exchange.call("1", PASSWORD, PASSWORD, caller="+81300001111", presentation=3)
    assert site.log_in(CONTRACT, PASSWORD)


@pytest.mark.rule("TEMP-11")
@pytest.mark.parametrize("token", ["", f"{TOKEN}x", TOKEN[:-1]])
def test_an_asterisk_without_the_token_is_not_listened_to(exchange: Exchange, site: Site, token: str):
    call = exchange.call("1", PASSWORD, PASSWORD, token=token)
    assert [command.split("(")[0] for command in call.commands] == ['GET FULL VARIABLE "${SHA1']
    assert call.heard == []
    assert site.tempcred_application.rows("SELECT call_id FROM calls") == []


@pytest.mark.rule("TEMP-11")
def test_the_token_crosses_no_wire_and_no_answer_can_be_used_twice(exchange: Exchange):
    first, second = exchange.call(HANG_UP), exchange.call(HANG_UP)
    assert first.commands[0] != second.commands[0]
    assert TOKEN not in repr(first.commands)


@pytest.mark.rule("TEMP-11")
def test_whoever_tries_tokens_is_not_asked_any_more_and_nobody_else_waits(exchange: Exchange, site: Site):
    for _ in range(20):
        assert exchange.call(token="guess", address="192.0.2.66").commands
    assert exchange.call("1", PASSWORD, PASSWORD, address="192.0.2.66").commands == []
    exchange.call("1", PASSWORD, PASSWORD)
    assert site.log_in(CONTRACT, PASSWORD)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", b"agi_a: b", b"x" * 9000, b""])
def test_what_is_no_agi_is_left_alone(exchange: Exchange, said: bytes):
    class Stranger(Asterisk):
        def call(self, connection: socket.socket) -> Asterisk:
            with connection:
                connection.sendall(said)
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(30)
                try:
                    self.heard.append(repr(connection.recv(100)))
                except ConnectionError:
                    self.heard.append("b''")
            return self

    assert exchange.connect(Stranger()).heard == ["b''"]


class Flaky:
    """Tempcred, whose answers are lost `times` times for each step; what was asked has been done all the same."""

    def __init__(self, site: Site, times: int) -> None:
        self._site = site
        self._times = times
        self._lost: dict[int, int] = {}

    def enter(self, request: Entry) -> Any:
        turn = self._site.tempcred.enter(request)
        self._lost[request.step] = self._lost.get(request.step, 0) + 1
        if self._lost[request.step] <= self._times:
            raise Unavailable("tempcred")
        return turn

    def __getattr__(self, name: str) -> Any:
        return getattr(self._site.tempcred, name)


@pytest.mark.rule("TEMP-11")
def test_a_turn_whose_answer_was_lost_is_asked_for_again_and_taken_once(exchange: Exchange, site: Site):
    exchange.tempcred = Flaky(site, 2)
    call = exchange.call("1", PASSWORD, PASSWORD)
    assert call.heard.count(f"{FOLDER}please-wait") == 6
    assert site.published() == [("Set", None)]
    assert site.log_in(CONTRACT, PASSWORD)


@pytest.mark.rule("TEMP-11")
def test_a_site_that_stays_away_is_excused_and_the_dialplan_is_told(exchange: Exchange, site: Site):
    exchange.tempcred = Flaky(site, 9)
    call = exchange.call("1")
    expected = [sound.name for sound in (*PLEASE_WAIT * 3, *CANNOT_GO_ON) if isinstance(sound, Sound)]
    assert call.heard[-len(expected) :] == expected
    assert call.variables == {"HIKARI_OUTCOME": "failed"}
    assert nothing_is_kept(site)


def test_a_sound_that_is_not_there_is_named_in_the_log_and_the_call_goes_back_to_the_dialplan(
    exchange: Exchange, site: Site, caplog: pytest.LogCaptureFixture
):
    there = frozenset(names(*SENTENCES.values())) - {f"{FOLDER}choose-unit"}
    call = exchange.call("1", sounds=there)
    assert call.variables == {}
    assert "hikari/choose-unit" in caplog.text
    assert nothing_is_kept(site)


@pytest.mark.rule("AUDIT-1")
def test_what_was_set_is_on_record_as_done_by_telephone(exchange: Exchange, site: Site):
    exchange.call("1", PASSWORD, PASSWORD)
    (event,) = site.tempcred.history(HistoryQuery()).events
    assert (event.data["channel"], event.data["actor"]["number"]) == ("ivr", CONTRACT)


@pytest.mark.rule("AUDIT-2")
def test_nothing_that_is_keyed_and_nobody_who_calls_is_logged(exchange: Exchange, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    exchange.call("2", f"{ADDITIONAL}#", PASSWORD, OTHER, PASSWORD, PASSWORD)
    exchange.call("1", PASSWORD, CUT)
    assert not any(secret in caplog.text for secret in (PASSWORD, OTHER, ADDITIONAL, CONTRACT, TOKEN))
    assert "1790000000.7" in repr([vars(record) for record in caplog.records])  # by which Asterisk's own log is found


class Silent:
    """A line over which nothing comes."""

    def __init__(self) -> None:
        self.heard = 0

    def readline(self, _limit: int) -> bytes:
        self.heard += 1
        raise TimeoutError

    def send(self, data: bytes) -> None:
        raise AssertionError(data)

    def wait_at_most(self, seconds: float) -> None:
        """It takes no time here."""


@pytest.mark.rule("TEMP-11")
def test_whoever_is_silent_again_and_again_is_heard_no_more(exchange: Exchange):
    line, address = Silent(), "192.0.2.66"
    for _ in range(200):
        exchange.door.answer(line, address, exchange.tempcred)
    assert 0 < line.heard < 200
    assert exchange.call("1", PASSWORD, PASSWORD).heard, "Asterisk, from its own address, still is"
