"""Guesses, counts and locks, over both databases (LOGIN-2, LOGIN-6, TEMP-8)."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from contracts.auth.logins import InvalidCredentials, NoSession, SessionQuery, Stage
from contracts.base import Busy, HistoryQuery
from contracts.phone import AuthUnit
from services.auth.application import Auth
from services.auth.config import AuthConfig
from tests.services.auth.people import ADDITIONAL, CONTRACT, PASSWORD, STRANGER, TEMPORARY, NotInUse, OfficeLine


def guess(office: OfficeLine, number: str, password: str) -> bool:
    try:
        office.log_in(number, password)
    except InvalidCredentials:
        return False
    return True


@pytest.mark.rule("LOGIN-2")
def test_the_tenth_mismatch_in_a_row_locks_the_password(office: OfficeLine) -> None:
    office.settle()
    for _ in range(9):
        assert not guess(office, CONTRACT, "wrong1234x")
    assert office.counted()["CredentialLocked"] == 0
    assert not guess(office, CONTRACT, "wrong1234x")
    assert [event["factor"] for event in office.told("CredentialLocked")] == ["password"]
    assert not guess(office, CONTRACT, PASSWORD), "after the lock the right password helps no more"


@pytest.mark.rule("LOGIN-2")
def test_the_right_password_after_nine_mismatches_is_still_accepted(office: OfficeLine) -> None:
    office.settle()
    for _ in range(9):
        guess(office, CONTRACT, "wrong1234x")
    assert guess(office, CONTRACT, PASSWORD)
    for _ in range(9):
        guess(office, CONTRACT, "wrong1234x")
    assert office.counted()["CredentialLocked"] == 0, "a completed login returned the count to 0"


@pytest.mark.rule("LOGIN-2", "TEMP-9")
def test_a_new_temporary_password_ends_the_lock(office: OfficeLine) -> None:
    office.settle()
    for _ in range(10):
        guess(office, CONTRACT, "wrong1234x")
    office.dial(AuthUnit.LINE)
    assert not guess(office, CONTRACT, PASSWORD)
    stage, _ = office.log_in(CONTRACT, TEMPORARY)
    assert stage is Stage.CHANGE_TEMPORARY


@pytest.mark.rule("TEMP-8")
def test_the_third_mismatch_in_a_row_voids_a_temporary_password(office: OfficeLine) -> None:
    office.dial(AuthUnit.LINE)
    for _ in range(3):
        assert not guess(office, CONTRACT, "00000000")
    assert [event["factor"] for event in office.told("CredentialLocked")] == ["temporary_password"]
    assert not guess(office, CONTRACT, TEMPORARY)


@pytest.mark.rule("LOGIN-4")
def test_an_accepted_temporary_password_alone_does_not_return_the_count_to_zero(office: OfficeLine) -> None:
    office.dial(AuthUnit.LINE)
    guess(office, CONTRACT, "00000000")
    guess(office, CONTRACT, "00000000")
    assert guess(office, CONTRACT, TEMPORARY), "the login is not complete before the forced change"
    guess(office, CONTRACT, "00000000")
    assert not guess(office, CONTRACT, TEMPORARY)


@pytest.mark.rule("LOGIN-6")
def test_a_redelivered_guess_counts_once(office: OfficeLine) -> None:
    office.settle()
    attempt = uuid4()
    for _ in range(12):
        with pytest.raises(InvalidCredentials):
            office.log_in(CONTRACT, "wrong1234x", attempt_id=attempt)
    assert [event["mismatches"] for event in office.told("LoginFailed")] == [1]


@pytest.mark.rule("LOGIN-6")
def test_a_redelivered_right_guess_is_answered_again_with_the_same_session(office: OfficeLine) -> None:
    office.settle()
    attempt = uuid4()
    stage, key = office.log_in(CONTRACT, PASSWORD, attempt_id=attempt)
    opened = office.counted()["SessionOpened"]
    assert office.log_in(CONTRACT, PASSWORD, key=key, attempt_id=attempt) == (stage, key)
    assert office.counted()["SessionOpened"] == opened


@pytest.mark.rule("LOGIN-6")
def test_the_id_of_a_right_guess_opens_no_second_session(office: OfficeLine) -> None:
    office.settle()
    attempt = uuid4()
    office.log_in(CONTRACT, PASSWORD, attempt_id=attempt)
    for password in ("wrong1234x", PASSWORD):
        with pytest.raises(InvalidCredentials):
            office.log_in(CONTRACT, password, attempt_id=attempt)


@pytest.mark.rule("LOGIN-2")
def test_a_login_renews_a_verifier_that_was_made_with_other_parameters(
    office: OfficeLine, new_auth: Callable[..., Auth]
) -> None:
    office.settle()
    stronger = OfficeLine(new_auth(hash_passes=2))
    row = office.auth.store.number(CONTRACT)
    assert row is not None

    def verifier() -> str:
        return str(office.auth.store.credential(row.assignment_id).verifier)

    assert "t=1" in verifier()
    stronger.log_in(CONTRACT, PASSWORD)
    renewed = verifier()
    assert "t=2" in renewed
    stronger.log_in(CONTRACT, PASSWORD)
    assert verifier() == renewed
    assert stronger.log_in(CONTRACT, PASSWORD)[0] is Stage.COMPLETE


@pytest.mark.rule("LOGIN-3", "LOGIN-6")
def test_guesses_at_unknown_and_void_numbers_are_recorded_once_a_minute_without_what_was_typed(
    office: OfficeLine, clock: Callable[..., object]
) -> None:
    for _ in range(30):
        assert not guess(office, STRANGER, PASSWORD)
        assert not guess(office, ADDITIONAL, PASSWORD)
    office.auth.sweep()
    assert office.told("LoginFailed") == []
    clock.forward(minutes=2)  # type: ignore[attr-defined]
    office.auth.sweep()
    office.auth.sweep()
    told = [(event["number"], event["reason"], event["attempts"]) for event in office.told("LoginFailed")]
    assert sorted(told, key=str) == [(ADDITIONAL, "not_allowed", 30), (None, "unknown_number", 30)]


@pytest.mark.rule("LOGIN-9", "LOGIN-2")
def test_a_lock_ends_the_sessions_of_the_number_at_once(office: OfficeLine) -> None:
    key = office.settle()
    office.auth.sessions.view(key, activity=True)
    for _ in range(10):
        guess(office, CONTRACT, "wrong1234x")
    with pytest.raises(NoSession) as refused:
        office.auth.sessions.view(key, activity=True)
    assert refused.value.details.cause == "locked"
    assert [event["cause"] for event in office.told("SessionEnded")] == ["locked"]


def _guess_in_a_process(config: AuthConfig, passwords: list[str], start: object, results: object) -> None:
    auth = Auth(config, NotInUse())
    office = OfficeLine(auth)

    def one(password: str) -> str:
        try:
            office.log_in(CONTRACT, password)
        except InvalidCredentials:
            return "refused"
        except Busy:
            return "busy"
        return "in"

    with ThreadPoolExecutor(16) as pool:
        start.wait()  # type: ignore[attr-defined]
        answers = list(pool.map(one, passwords))
    results.put(answers)  # type: ignore[attr-defined]
    auth.close()


@pytest.mark.rule("LOGIN-6")
def test_of_200_parallel_wrong_guesses_against_two_processes_exactly_ten_are_counted(
    office: OfficeLine, auth: Auth
) -> None:
    office.settle(AuthUnit.NUMBER)
    office.settle(AuthUnit.NUMBER, ADDITIONAL)
    spawn = multiprocessing.get_context("spawn")
    start, results = spawn.Event(), spawn.Queue()
    processes = [
        spawn.Process(
            target=_guess_in_a_process,
            args=(auth.store.config, [f"wrong{n:04d}{which}" for n in range(100)], start, results),
        )
        for which in "ab"
    ]
    for process in processes:
        process.start()
    start.set()
    # Meanwhile another number of the same line logs in without noticing.
    assert all(guess(office, ADDITIONAL, PASSWORD) for _ in range(5))
    answers = [answer for _ in processes for answer in results.get(timeout=60)]
    for process in processes:
        process.join(30)
    assert set(answers) <= {"refused", "busy"}
    counts = [event["mismatches"] for event in office.told("LoginFailed") if event["reason"] == "mismatch"]
    assert counts == list(range(1, 11))
    assert office.counted()["CredentialLocked"] == 1
    assert not guess(office, CONTRACT, PASSWORD), "a right guess after the tenth is refused"


@pytest.mark.rule("LOGIN-6")
def test_a_right_guess_among_200_parallel_ones_is_accepted_only_before_the_tenth_mismatch(
    office: OfficeLine, new_auth: Callable[..., Auth]
) -> None:
    office.settle()
    two = [office, OfficeLine(new_auth())]
    passwords = [PASSWORD if n in {4, 120} else f"wrong{n:04d}" for n in range(200)]
    with ThreadPoolExecutor(32) as pool:
        admitted = [
            passwords[n]
            for n, inside in enumerate(pool.map(lambda n: _try(two[n % 2], passwords[n]), range(200)))
            if inside
        ]
    names = [event.name for event in office.auth.history(HistoryQuery(limit=1000)).events]
    locked = names.index("CredentialLocked")
    assert names.count("CredentialLocked") == 1
    # The first session is that of the forced change.
    assert names.count("SessionOpened") - 1 == len(admitted), "who was told yes has a session, and nobody else"
    assert "SessionOpened" not in names[locked:]
    assert names[:locked].count("LoginFailed") >= 10


def _try(office: OfficeLine, password: str) -> bool:
    try:
        return guess(office, CONTRACT, password)
    except Busy:
        return False


@pytest.mark.rule("LOGIN-6")
def test_two_processes_that_decide_on_the_same_version_do_not_both_count(
    office: OfficeLine, auth: Auth, new_auth: Callable[..., Auth], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race, provoked: between the load and the save of the one, the other saves its tenth mismatch."""
    office.settle()
    other = OfficeLine(new_auth())
    for _ in range(9):
        guess(office, CONTRACT, "wrong1234x")
    save, interfered = auth.store.save, []

    def save_late(*aggregates: object, **kwargs: object) -> object:
        if not interfered:
            interfered.append(True)
            assert not guess(other, CONTRACT, "wrong5678x")
        return save(*aggregates, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(auth.store, "save", save_late)
    assert not guess(office, CONTRACT, PASSWORD), "it was right, but the tenth mismatch was saved first"
    assert office.counted()["CredentialLocked"] == 1


@pytest.mark.rule("LOGIN-8")
def test_the_session_of_a_completed_login_is_found_again(office: OfficeLine) -> None:
    key = office.settle()
    request = SessionQuery(session_key=key)
    assert office.auth.sessions.view(request.session_key, activity=True).number == CONTRACT
