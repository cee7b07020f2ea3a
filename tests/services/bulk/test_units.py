"""The unit of a line under 電話番号単位 changed by a file with its passwords (BULK-2, UNIT-1, UNIT-8, UNIT-9)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.auth.logins import InvalidCredentials, NoSession
from contracts.auth.provisioning import ProvisionedNumber, RemoveNumbers
from contracts.auth.reach import NotInReach
from contracts.bulk.api import AnotherJobRuns, KindQuery, UploadView
from contracts.bulk.changes import ChangeSort
from contracts.bulk.faults import Problem
from contracts.bulk.kinds import BulkKind, UploadState
from contracts.phone import AuthUnit, Feature
from services.bulk.holds import HELD
from tests.services.auth.large_line import LARGE
from tests.services.auth.people import ADDITIONAL, CONTRACT, PASSWORD, TEMPORARY
from tests.services.bulk.office import OTHERS, Office
from tests.services.bulk.test_crashes import Mortal

OWN = {CONTRACT: PASSWORD, ADDITIONAL: "kawa86yama", OTHERS[0]: "sora75kumo"}
"""Who has a password; all others have none."""
FILE = {**OWN, **dict.fromkeys(OTHERS[1:], "*")}


@pytest.fixture
def line(new_office: Callable[..., Office]) -> Office:
    """33 numbers under 電話番号単位; two besides the contract number have passwords."""
    office = new_office(unit=AuthUnit.NUMBER)
    for number in (ADDITIONAL, OTHERS[0]):
        office.dial(AuthUnit.NUMBER, number)
        _, key = office.log_in(number, TEMPORARY)
        office.change(key, TEMPORARY, OWN[number])
    return office


def checked(line: Office, wanted: dict[str, str], to: AuthUnit = AuthUnit.ADMIN_USER, key: str = "") -> UploadView:
    upload_id = line.send(wanted, key or line.key, BulkKind.UNIT, to_unit=to)
    line.work()
    return line.look(upload_id, key or line.key)


def told(view: UploadView) -> list[tuple[int | None, Problem]]:
    return [(fault.row, fault.problem) for fault in view.faults]


def unit_of(line: Office) -> AuthUnit | None:
    found = line.auth.store.number(CONTRACT)
    assert found is not None
    return found.unit


@pytest.mark.rule("BULK-2", "UNIT-1", "UNIT-5", "UNIT-8")
def test_a_file_with_every_password_changes_the_unit_in_one_moment(line):
    view = checked(line, FILE)
    assert (view.state, view.rows, view.to_unit) == (UploadState.READY, LARGE, AuthUnit.ADMIN_USER)
    assert unit_of(line) is AuthUnit.NUMBER
    line.confirm(view.upload_id)
    line.work()
    assert line.look(view.upload_id).state is UploadState.COMPLETED
    assert unit_of(line) is AuthUnit.ADMIN_USER
    (changed,) = line.told("AuthUnitChanged")[-1:]
    assert (changed["cause"], len(changed["numbers"])) == ("bulk", LARGE)
    line.log_in(ADDITIONAL, OWN[ADDITIONAL])
    assert line.auth.sessions.require(line.key).owner.number == CONTRACT


@pytest.mark.rule("BULK-2", "BULK-6", "UNIT-3", "UNIT-5")
def test_the_difference_says_of_each_number_how_it_is_proven_and_what_becomes_of_its_password(line):
    def told_of(to, key):
        view = checked(line, OWN, to, key)
        assert view.change_count == LARGE
        listed = {one.number: one.sorts for one in view.changes}
        counts = {one.sort: one.numbers for one in view.counts}
        proofs = [counts.pop(sort) for sort in (ChangeSort.PROVEN, ChangeSort.EXEMPT)]
        assert proofs == [len(OWN), LARGE - len(OWN)]
        assert listed[ADDITIONAL][0] is ChangeSort.PROVEN
        assert listed[OTHERS[5]][0] is ChangeSort.EXEMPT
        return [listed[number][1] for number in (CONTRACT, ADDITIONAL, OTHERS[5])], counts

    kept, copied, voided = ChangeSort.PASSWORD_KEPT, ChangeSort.PASSWORD_COPIED, ChangeSort.PASSWORD_VOIDED
    assert told_of(AuthUnit.ADMIN_USER, line.key) == ([kept] * 3, {kept: LARGE})
    assert told_of(AuthUnit.LINE, line.key) == ([kept, voided, voided], {kept: 1, voided: LARGE - 1})
    _, additional = line.log_in(ADDITIONAL, OWN[ADDITIONAL])
    assert told_of(AuthUnit.LINE, additional) == ([copied, voided, voided], {copied: 1, voided: LARGE - 1})


@pytest.mark.rule("UNIT-3", "LOGIN-9")
def test_changed_to_the_line_by_an_additional_number_its_password_is_the_contract_numbers(line):
    _, key = line.log_in(ADDITIONAL, OWN[ADDITIONAL])
    view = checked(line, FILE, AuthUnit.LINE, key)
    line.confirm(view.upload_id, key)
    line.work()
    assert unit_of(line) is AuthUnit.LINE
    for over in (key, line.key):
        with pytest.raises(NoSession):
            line.auth.sessions.require(over)
    line.log_in(CONTRACT, OWN[ADDITIONAL])
    with pytest.raises(InvalidCredentials):
        line.log_in(ADDITIONAL, OWN[ADDITIONAL])


@pytest.mark.rule("BULK-2", "BULK-5")
def test_the_download_has_a_star_where_no_password_is_asked(line):
    found = line.bulk.desk.download(KindQuery(session_key=line.key, kind=BulkKind.UNIT))
    assert {row.cells[0]: row.cells[1] for row in found.rows} == {
        number: "*" if mark == "*" else "" for number, mark in FILE.items()
    }


@pytest.mark.rule("UNIT-9", "LOGIN-2", "BULK-6")
def test_a_wrong_password_is_named_counts_for_its_number_and_changes_nothing(line):
    for _ in range(9):
        assert told(checked(line, {**FILE, ADDITIONAL: "wrong97531x"})) == [(2, Problem.WRONG_PASSWORD)]
    assert "CredentialLocked" not in line.counted()
    assert told(checked(line, {**FILE, ADDITIONAL: "wrong97531x"})) == [(2, Problem.WRONG_PASSWORD)]
    assert line.counted()["CredentialLocked"] == 1
    assert told(checked(line, FILE)) == [(None, Problem.LINE_BLOCKED)]
    assert unit_of(line) is AuthUnit.NUMBER


@pytest.mark.rule("UNIT-9")
def test_while_anything_else_is_wrong_with_the_file_no_password_is_compared(line):
    missing = {number: password for number, password in FILE.items() if number != ADDITIONAL}
    view = checked(line, {**missing, OTHERS[0]: "wrong97531x", CONTRACT: "*"})
    assert {problem for _, problem in told(view)} == {Problem.NUMBER_MISSING, Problem.PASSWORD_NEEDED}
    assert "LoginFailed" not in line.counted()


@pytest.mark.rule("UNIT-9", "BULK-9")
def test_however_often_a_part_is_checked_each_password_counts_once(line):
    upload_id = line.send({**FILE, ADDITIONAL: "wrong97531x"}, kind=BulkKind.UNIT, to_unit=AuthUnit.LINE)
    for dies_at in (3, 4):
        Mortal(line, dies_at, done=True).work()
        line.clock.forward(seconds=HELD.total_seconds() + 3)
    line.work()
    assert told(line.look(upload_id)) == [(2, Problem.WRONG_PASSWORD)]
    assert line.counted()["LoginFailed"] == 1


def _a_password(line):
    _, key = line.log_in(ADDITIONAL, OWN[ADDITIONAL])
    line.change(key, OWN[ADDITIONAL], "hoshi58tsuki")


def _a_temporary_password(line):
    line.dial(AuthUnit.NUMBER, ADDITIONAL)


def _a_first_password(line):
    line.dial(AuthUnit.NUMBER, OTHERS[5])
    _, key = line.log_in(OTHERS[5], TEMPORARY)
    line.change(key, TEMPORARY, "hoshi58tsuki")


def _a_lock(line):
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            line.log_in(ADDITIONAL, "wrong97531x")


def _a_removal(line):
    line.auth.provisioning.remove(RemoveNumbers(contract_number=CONTRACT, numbers=(ADDITIONAL,)))


@pytest.mark.rule("UNIT-1", "BULK-9")
@pytest.mark.parametrize("meanwhile", [_a_password, _a_temporary_password, _a_first_password, _a_lock, _a_removal])
def test_what_moved_between_check_and_confirmation_fails_the_change_whole(line, meanwhile):
    view = checked(line, FILE)
    meanwhile(line)
    line.confirm(view.upload_id)
    line.work()
    failed = line.look(view.upload_id)
    assert (failed.state, [problem for _, problem in told(failed)]) == (UploadState.FAILED, [Problem.MOVED_MEANWHILE])
    assert unit_of(line) is AuthUnit.NUMBER


def before_each_commit(line: Office, monkeypatch: pytest.MonkeyPatch, *happens: Callable[[], object]) -> list[object]:
    """Let each of these happen right before one try of auth to save; what was saved and tried is returned."""
    recorder, coming = line.auth.store.recorder, iter(happens)
    tries: list[object] = []
    original, busy = recorder.insert_events, []

    def save(stored, *args, **kwargs):
        if len(stored) >= LARGE and not busy:
            tries.append(len(stored))
            busy.append(True)
            next(coming, lambda: None)()
            busy.clear()
        return original(stored, *args, **kwargs)

    monkeypatch.setattr(recorder, "insert_events", save)
    return tries


@pytest.mark.rule("BULK-9", "LOGIN-1", "LOGIN-4")
def test_logins_and_wrong_guesses_right_before_each_commit_do_not_hold_the_change_up(line, monkeypatch):
    view = checked(line, FILE)
    line.confirm(view.upload_id)

    def guess():
        with pytest.raises(InvalidCredentials):
            line.log_in(OTHERS[0], "wrong97531x")

    people = [*(lambda number=number: line.log_in(number, OWN[number]) for number in OWN), guess, guess]
    encoded, original = [], line.auth.store.mapper.to_stored_event
    monkeypatch.setattr(
        line.auth.store.mapper, "to_stored_event", lambda event: (encoded.append(event), original(event))[1]
    )
    tries = before_each_commit(line, monkeypatch, *people)
    line.work()
    assert line.look(view.upload_id).state is UploadState.COMPLETED
    assert len(tries) == 1 + len(people)
    assert sum(type(event).__name__ == "LineUnitChanged" for event in encoded) == LARGE + len(people)
    (changed,) = line.told("AuthUnitChanged")[-1:]
    assert (changed["cause"], len(changed["numbers"])) == ("bulk", LARGE)
    for number, password in OWN.items():
        line.log_in(number, password)


@pytest.mark.rule("UNIT-3", "BULK-9")
def test_the_password_that_the_contract_number_takes_over_is_right_although_somebody_logs_in_meanwhile(
    line, monkeypatch
):
    _, key = line.log_in(ADDITIONAL, OWN[ADDITIONAL])
    view = checked(line, FILE, AuthUnit.LINE, key)
    line.confirm(view.upload_id, key)
    tries = before_each_commit(line, monkeypatch, lambda: line.log_in(CONTRACT, PASSWORD))
    line.work()
    assert len(tries) == 2
    line.log_in(CONTRACT, OWN[ADDITIONAL])


@pytest.mark.rule("BULK-9", "LINE-6")
def test_a_number_that_joins_or_leaves_the_line_before_the_commit_is_seen(line, monkeypatch):
    joining = ProvisionedNumber(number="0300999999", features=frozenset({Feature.CALL_NOTIFICATION}))
    leaving = RemoveNumbers(contract_number=CONTRACT, numbers=(ADDITIONAL,))
    view = checked(line, FILE)
    line.confirm(view.upload_id)
    before_each_commit(
        line,
        monkeypatch,
        # A login beside it: a number that joins is no conflict by itself, and is looked for at each try.
        lambda: (line.provision(CONTRACT, joining), line.log_in(CONTRACT, PASSWORD)),
        lambda: line.auth.provisioning.remove(leaving),
    )
    line.work()
    failed = line.look(view.upload_id)
    assert (failed.state, told(failed)) == (UploadState.FAILED, [(2, Problem.MOVED_MEANWHILE)])
    assert unit_of(line) is AuthUnit.NUMBER


@pytest.mark.rule("BULK-9", "LOGIN-9")
def test_of_two_files_at_once_for_two_units_one_is_done_and_the_other_is_over_with_its_login(line):
    _, other = line.log_in(ADDITIONAL, OWN[ADDITIONAL])
    to_line, to_users = checked(line, FILE, AuthUnit.LINE), checked(line, FILE, AuthUnit.ADMIN_USER, other)
    line.confirm(to_users.upload_id, other)
    with pytest.raises(AnotherJobRuns):
        line.confirm(to_line.upload_id)
    line.work()
    with pytest.raises(NoSession):
        line.confirm(to_line.upload_id)
    assert unit_of(line) is AuthUnit.ADMIN_USER
    assert line.names() == ["BulkJobAccepted", "BulkJobCompleted"]


@pytest.mark.rule("BULK-9")
@pytest.mark.parametrize("dies_at", range(1, 4))
@pytest.mark.parametrize("done", [False, True], ids=["before the step", "after the step"])
def test_wherever_an_instance_dies_the_unit_changes_once(line, dies_at, done):
    view = checked(line, FILE)
    line.confirm(view.upload_id)
    died = Mortal(line, dies_at, done=done).work()
    line.clock.forward(seconds=HELD.total_seconds() + 3)
    line.work()
    assert died is (dies_at <= 2)
    assert line.look(view.upload_id).state is UploadState.COMPLETED
    assert len(line.told("AuthUnitChanged")) == 2  # the telephone's first, and this


@pytest.mark.rule("UNIT-8", "UNIT-7")
def test_only_under_the_numbers_own_unit_and_on_a_large_line(office, new_office):
    with pytest.raises(NotInReach):
        checked(office, FILE)
    small = new_office(size=LARGE - 1, unit=AuthUnit.NUMBER)
    with pytest.raises(NotInReach):
        checked(small, FILE)
