"""One-time passwords: sent, answered, guessed at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from contracts.base import Busy
from contracts.otp.challenges import ChallengeCause, ChallengeOver, FactorLocked, OtpMismatch, TooManySends
from contracts.otp.common import Factor, FactorMissing, LoginOutdated
from services.otp.application import Otp
from services.otp.codes import code_of, is_code_of, new_secret
from services.otp.outbox import challenge_secret
from tests.services.otp.conftest import MovableClock
from tests.services.otp.people import CODE, Person, other_code


def cause_of(person: Person, code: str) -> ChallengeCause:
    with pytest.raises(ChallengeOver) as over:
        person.answer(code)
    return ChallengeCause(over.value.details.cause)


def guess_wrong(person: Person, times: int) -> None:
    """However many sends and 15-minute pauses it takes."""
    for _ in range(times):
        if person.standing().challenge is None:
            person.request()
        challenge = person.standing().challenge
        assert challenge is not None
        secret = challenge_secret(person.otp.store, challenge.challenge_id)
        assert secret is not None
        with pytest.raises((OtpMismatch, FactorLocked)):
            person.answer(other_code(code_of(secret)))


@pytest.fixture
def settled(person: Person) -> Person:
    """Registered, and at the next login."""
    person.settle()
    person.log_in()
    return person


@pytest.mark.rule("OTP-6", "LOGIN-7")
def test_the_mailed_code_is_what_the_login_was_waiting_for(settled: Person) -> None:
    assert not settled.standing().matched
    with pytest.raises(FactorMissing):
        settled.complete()
    settled.request()
    settled.answer(settled.code())
    assert settled.standing().matched
    assert settled.counted()["OtpMatched"] == 2
    settled.log_in()
    assert not settled.standing().matched, "it holds for one login"


@pytest.mark.rule("OTP-6")
def test_at_exactly_300_seconds_from_issue_a_code_is_void(settled: Person, clock: MovableClock) -> None:
    settled.request()
    code = settled.code()
    clock.forward(seconds=299)
    challenge = settled.standing().challenge
    assert challenge is not None
    assert (challenge.seconds_left, challenge.tries_left) == (1, 5)
    clock.forward(seconds=1)
    assert settled.standing().challenge is None
    assert cause_of(settled, code) is ChallengeCause.EXPIRED
    settled.otp.sweep()
    settled.otp.sweep()
    assert cause_of(settled, code) is ChallengeCause.EXPIRED
    assert settled.counted()["OtpExpired"] == 1
    assert settled.counted()["OtpVoided"] == 0


@pytest.mark.rule("OTP-7")
def test_a_code_has_six_digits_from_a_secret_of_its_own_and_is_read_as_people_type_it() -> None:
    codes = {code_of(new_secret()) for _ in range(200)}
    assert {len(code) for code in codes} == {6}
    assert len(codes) > 190
    secret = new_secret()
    code = code_of(secret)
    wide = code.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    assert is_code_of(secret, f" {wide[:3]} {wide[3:]}\n")
    assert not is_code_of(secret, other_code(code))
    assert not is_code_of(secret, "")


@pytest.mark.rule("OTP-7")
def test_a_code_is_used_once(settled: Person) -> None:
    settled.request()
    code = settled.code()
    settled.answer(code)
    assert cause_of(settled, code) is ChallengeCause.USED
    assert settled.counted()["OtpMatched"] == 2


@pytest.mark.rule("OTP-7")
def test_a_newer_code_voids_the_older_and_is_asked_of_the_login_that_sent_for_it(settled: Person) -> None:
    settled.request()
    older = settled.code()
    first = settled.login
    settled.log_in()
    settled.request()
    newer, second = settled.code(), settled.login
    settled.login = first
    assert cause_of(settled, newer) is ChallengeCause.SUPERSEDED
    settled.login = second
    if older != newer:
        with pytest.raises(OtpMismatch):
            settled.answer(older)
    settled.answer(newer)
    assert [event["cause"] for event in settled.told("OtpVoided")] == ["superseded"]


@pytest.mark.rule("OTP-7")
def test_five_wrong_entries_void_a_code(settled: Person) -> None:
    issued = settled.request()
    code, wrong, left = settled.code(), settled.wrong_code(issued), []
    for _ in range(5):
        with pytest.raises(OtpMismatch) as mismatch:
            settled.answer(wrong)
        left.append(mismatch.value.details.tries_left)
    assert left == [4, 3, 2, 1, 0]
    assert cause_of(settled, code) is ChallengeCause.MISMATCHES
    settled.pass_factor()


@pytest.mark.rule("OTP-7", "OTP-9")
def test_of_100_parallel_guesses_at_most_five_are_answered(settled: Person, new_otp: Callable[..., Otp]) -> None:
    issued = settled.request()
    wrong = settled.wrong_code(issued)
    servers = [settled, settled.elsewhere(new_otp()), settled.elsewhere(new_otp())]

    def guess(number: int) -> str:
        try:
            servers[number % 3].answer(wrong)
        except (OtpMismatch, ChallengeOver, Busy) as refused:
            return type(refused).__name__
        return "in"

    with ThreadPoolExecutor(20) as pool:
        answered = Counter(pool.map(guess, range(100)))
    assert answered["OtpMismatch"] == 5
    assert answered["in"] == 0
    assert [event["mismatches"] for event in settled.told("OtpMismatched")] == [1, 2, 3, 4, 5]


@pytest.mark.rule("OTP-7")
def test_of_parallel_right_answers_one_gets_in(settled: Person, new_otp: Callable[..., Otp]) -> None:
    settled.request()
    code = settled.code()
    servers = [settled, settled.elsewhere(new_otp())]

    def answer(number: int) -> bool:
        try:
            servers[number % 2].answer(code)
        except (ChallengeOver, Busy):
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(answer, range(20))) == 1
    assert settled.counted()["OtpMatched"] == 2


@pytest.mark.rule("OTP-7", "OTP-9")
def test_a_guess_delivered_twice_counts_once_and_opens_nothing_for_another_login(settled: Person) -> None:
    issued = settled.request()
    wrong, attempt = settled.wrong_code(issued), uuid4()
    for _ in range(3):
        with pytest.raises(OtpMismatch) as mismatch:
            settled.answer(wrong, attempt)
        assert mismatch.value.details.tries_left == 4
    right = uuid4()
    settled.answer(settled.code(), right)
    settled.answer("000000", right)
    assert settled.counted()["OtpMatched"] == 2
    settled.log_in()
    with pytest.raises(ChallengeOver):
        settled.answer("000000", right)
    assert not settled.standing().matched


@pytest.mark.rule("OTP-8")
def test_the_sixth_send_in_15_minutes_has_to_wait_whatever_login_asks(settled: Person, clock: MovableClock) -> None:
    clock.forward(minutes=20)
    for _ in range(5):
        settled.request()
        clock.forward(minutes=2)
        settled.log_in()
    with pytest.raises(TooManySends) as refused:
        settled.request()
    assert refused.value.details.retry_after == 300
    clock.forward(seconds=299)
    with pytest.raises(TooManySends):
        settled.request()
    clock.forward(seconds=1)
    settled.request()


@pytest.mark.rule("OTP-8")
def test_a_request_delivered_twice_sends_one_code(settled: Person) -> None:
    before, once = len(settled.postbox.mails), uuid4()
    assert settled.request(once) == settled.request(once)
    settled.otp.send_mail()
    assert len(settled.postbox.mails) == before + 1
    settled.answer(settled.code())


@pytest.mark.rule("OTP-9")
def test_ten_wrong_codes_across_resends_lock_until_a_new_temporary_password(
    settled: Person, clock: MovableClock
) -> None:
    guess_wrong(settled, 5)
    clock.forward(minutes=16)
    settled.log_in()
    guess_wrong(settled, 4)
    issued = settled.request()
    code, wrong = settled.code(), settled.wrong_code(issued)
    with pytest.raises(FactorLocked) as locked:
        settled.answer(wrong)
    assert (locked.value.details.factor, locked.value.details.mismatches) == (Factor.OTP, 10)
    for refused in (lambda: settled.answer(code), settled.request, settled.give_pair):
        with pytest.raises(FactorLocked):
            refused()
    settled.log_in()
    with pytest.raises(FactorLocked):
        settled.request()
    assert [(event["factor"], event["generation"]) for event in settled.told("FactorLocked")] == [("otp", 3)]
    old = settled.login
    settled.log_in(generation=5)
    settled.pass_factor()
    settled.login = old
    with pytest.raises(LoginOutdated):
        settled.request()


@pytest.mark.rule("OTP-9")
def test_100_parallel_guesses_with_a_new_code_after_each_void_one_never_get_past_ten(
    settled: Person, new_otp: Callable[..., Otp], clock: MovableClock
) -> None:
    servers = [settled, settled.elsewhere(new_otp())]
    answered: Counter[str] = Counter()
    for _ in range(4):
        clock.forward(minutes=4)
        try:
            wrong = settled.wrong_code(settled.request())
        except FactorLocked:
            answered["sends refused"] += 1
            continue

        def guess(number: int, wrong: str = wrong) -> str:
            try:
                servers[number % 2].answer(wrong)
            except (OtpMismatch, ChallengeOver, FactorLocked, Busy) as refused:
                return type(refused).__name__
            return "in"

        with ThreadPoolExecutor(10) as pool:
            answered += Counter(pool.map(guess, range(25)))
    assert answered["sends refused"] == 2
    assert len(settled.told("OtpMismatched")) == 10
    assert answered["in"] == 0


@pytest.mark.rule("LOGIN-4", "OTP-9")
def test_only_a_completed_login_sets_the_count_back(settled: Person, clock: MovableClock) -> None:
    guess_wrong(settled, 4)
    settled.request()
    settled.answer(settled.code())
    settled.log_in()
    guess_wrong(settled, 1)
    assert settled.told("OtpMismatched")[-1]["mismatches"] == 5, "given, but the login was not completed"
    clock.forward(minutes=16)
    settled.pass_factor()
    settled.complete()
    settled.log_in()
    guess_wrong(settled, 1)
    assert settled.told("OtpMismatched")[-1]["mismatches"] == 1


@pytest.mark.rule("OTP-9")
def test_a_new_temporary_password_begins_the_count_anew(settled: Person) -> None:
    guess_wrong(settled, 2)
    settled.log_in(generation=6)
    guess_wrong(settled, 1)
    assert [event["mismatches"] for event in settled.told("OtpMismatched")] == [1, 2, 1]


@pytest.mark.rule("AUDIT-2", "OTP-7")
def test_no_code_is_stored_and_its_secret_is_destroyed_when_it_is_over(settled: Person) -> None:
    issued = settled.request()
    secret = challenge_secret(settled.otp.store, issued.challenge_id)
    assert secret is not None
    rows = str(settled.otp.store.rows("SELECT * FROM challenges")) + str(settled.otp.store.rows("SELECT * FROM outbox"))
    code = settled.code()
    assert secret not in rows
    assert code not in rows
    settled.answer(code)
    assert settled.otp.store.rows("SELECT 1 AS kept FROM challenges WHERE secret IS NOT NULL") == []
    assert settled.newest_mail(CODE)[1] == code
