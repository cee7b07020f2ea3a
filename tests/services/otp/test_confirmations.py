"""The confirmation pair: given, guessed at, changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from contracts.base import Busy, Secret
from contracts.otp.challenges import FactorLocked
from contracts.otp.common import Factor, FactorMissing
from contracts.otp.confirmation import ChangeConfirmation, ConfirmationMismatch, ConfirmationRejected
from contracts.otp.registration import RegistrationFault as Fault
from services.otp.application import Otp
from tests.services.otp.people import CONFIRMATION_ID, CONFIRMATION_PASSWORD, Person


@pytest.fixture
def settled(person: Person) -> Person:
    """Registered, and logged in with a one-time password."""
    person.settle()
    return person


@pytest.mark.rule("OTP-10")
@pytest.mark.parametrize(
    ("confirmation_id", "confirmation_password"),
    [("abc12346", CONFIRMATION_PASSWORD), (CONFIRMATION_ID, "baiyou4r"), (CONFIRMATION_ID.upper(), "x"), ("", "")],
)
def test_the_pair_is_right_or_wrong_as_a_whole(
    settled: Person, confirmation_id: str, confirmation_password: str
) -> None:
    settled.log_in()
    with pytest.raises(ConfirmationMismatch):
        settled.give_pair(confirmation_id, confirmation_password)
    assert not settled.standing().confirmed
    settled.give_pair()
    assert settled.standing().confirmed


@pytest.mark.rule("OTP-13")
def test_id_and_password_are_changed_by_giving_the_present_one(settled: Person) -> None:
    settled.change_id(CONFIRMATION_ID, "def67890")
    settled.change_password(CONFIRMATION_PASSWORD, "umi86sora")
    settled.log_in()
    with pytest.raises(ConfirmationMismatch):
        settled.give_pair()
    settled.give_pair("def67890", "umi86sora")
    assert settled.counted()["ConfirmationIdChanged"] == settled.counted()["ConfirmationPasswordChanged"] == 1


@pytest.mark.rule("OTP-13", "OTP-4", "OTP-5")
def test_a_wrong_present_one_and_every_fault_of_the_new_one_are_told_together(settled: Person) -> None:
    with pytest.raises(ConfirmationRejected) as rejected:
        settled.change_id("wrong1234", "111")
    assert rejected.value.details.present_wrong
    assert rejected.value.details.faults == (Fault.LENGTH, Fault.ONLY_DIGITS)
    with pytest.raises(ConfirmationRejected) as rejected:
        settled.change_password(CONFIRMATION_PASSWORD, "abcdefgh")
    assert not rejected.value.details.present_wrong
    assert rejected.value.details.faults == (Fault.NO_DIGIT,)
    settled.give_pair()
    assert [event["mismatches"] for event in settled.told("ConfirmationMismatched")] == [1]


@pytest.mark.rule("OTP-13")
def test_a_second_entry_that_differs_is_one_more_fault_and_nothing_is_changed(settled: Person) -> None:
    request = ChangeConfirmation(
        attempt_id=uuid4(),
        login=settled.login,
        present=Secret(CONFIRMATION_ID),
        new=Secret("111"),
        repeated=Secret("112"),
    )
    with pytest.raises(ConfirmationRejected) as rejected:
        settled.otp.confirmations.change_id(request)
    assert rejected.value.details.faults == (Fault.LENGTH, Fault.ONLY_DIGITS, Fault.NOT_REPEATED)
    settled.give_pair()


@pytest.mark.rule("OTP-13")
def test_a_change_delivered_twice_is_made_once(settled: Person) -> None:
    attempt = uuid4()
    for _ in range(2):
        settled.change_id(CONFIRMATION_ID, "def67890", attempt)
    assert settled.counted()["ConfirmationIdChanged"] == 1
    wrong = uuid4()
    for _ in range(2):
        with pytest.raises(ConfirmationRejected):
            settled.change_id(CONFIRMATION_ID, "ghi67890", wrong)
    assert settled.counted()["ConfirmationMismatched"] == 1


@pytest.mark.rule("OTP-13")
def test_a_login_that_has_not_given_its_one_time_password_changes_neither(settled: Person) -> None:
    settled.log_in()
    settled.give_pair()
    with pytest.raises(FactorMissing):
        settled.change_id(CONFIRMATION_ID, "def67890")
    with pytest.raises(FactorMissing):
        settled.change_password(CONFIRMATION_PASSWORD, "umi86sora")


@pytest.mark.rule("OTP-9", "OTP-13")
def test_ten_wrong_ones_in_a_row_lock_wherever_they_were_given(settled: Person) -> None:
    for _ in range(5):
        with pytest.raises(ConfirmationMismatch):
            settled.give_pair("wrong1234", CONFIRMATION_PASSWORD)
    settled.give_pair()
    for _ in range(4):
        with pytest.raises(ConfirmationRejected):
            settled.change_password("wrong1234", "umi86sora")
    with pytest.raises(FactorLocked) as locked:
        settled.change_id("wrong1234", "def67890")
    assert (locked.value.details.factor, locked.value.details.mismatches) == (Factor.CONFIRMATION, 10)
    with pytest.raises(FactorLocked):
        settled.change_id(CONFIRMATION_ID, "def67890")
    with pytest.raises(FactorLocked):
        settled.change_address()
    settled.log_in()
    for refused in (settled.give_pair, settled.request):
        with pytest.raises(FactorLocked):
            refused()
    assert settled.told("FactorLocked")[-1]["factor"] == "confirmation"


@pytest.mark.rule("LOGIN-4", "OTP-9")
def test_only_a_completed_login_sets_the_count_back(settled: Person) -> None:
    settled.log_in()
    for _ in range(9):
        with pytest.raises(ConfirmationMismatch):
            settled.give_pair("wrong1234")
    settled.give_pair()
    settled.pass_factor()
    settled.log_in()
    with pytest.raises(ConfirmationMismatch):
        settled.give_pair("wrong1234")
    assert settled.told("ConfirmationMismatched")[-1]["mismatches"] == 1


@pytest.mark.rule("OTP-9")
def test_of_100_parallel_guesses_at_the_pair_ten_are_answered(settled: Person, new_otp: Callable[..., Otp]) -> None:
    settled.log_in()
    servers = [settled, settled.elsewhere(new_otp())]

    def guess(number: int) -> str:
        try:
            servers[number % 2].give_pair("wrong1234")
        except (ConfirmationMismatch, FactorLocked, Busy) as refused:
            return type(refused).__name__
        return "in"

    with ThreadPoolExecutor(20) as pool:
        answered = Counter(pool.map(guess, range(100)))
    assert answered["ConfirmationMismatch"] == 9, "the tenth is told that it is locked"
    assert answered["in"] == 0
    assert [event["mismatches"] for event in settled.told("ConfirmationMismatched")] == list(range(1, 11))


@pytest.mark.rule("OTP-13")
def test_a_pair_that_was_right_until_it_was_changed_opens_nothing(
    settled: Person, new_otp: Callable[..., Otp], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = settled.elsewhere(new_otp())
    verify = settled.otp.store.hashing.verify
    done: list[bool] = []

    def meanwhile(verifier: str | None, password: Secret) -> bool:
        result = verify(verifier, password)
        if not done:
            done.append(True)
            other.change_id(CONFIRMATION_ID, "def67890")
        return result

    monkeypatch.setattr(settled.otp.store.hashing, "verify", meanwhile)
    with pytest.raises(ConfirmationMismatch):
        settled.give_pair()
    assert settled.counted()["ConfirmationMismatched"] == 1
