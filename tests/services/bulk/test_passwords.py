"""A file of passwords from the first byte to the result, before the real auth (BULK-1, BULK-4..9)."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from contracts.auth.logins import InvalidCredentials, NoSession
from contracts.auth.provisioning import RemoveNumbers
from contracts.auth.reach import NotInReach
from contracts.base import Secret
from contracts.bulk.api import AddPart, AnotherJobRuns, CorrectionsUnconfirmed, KindQuery, NoSuchUpload, NotReady
from contracts.bulk.changes import ChangeSort
from contracts.bulk.faults import Problem
from contracts.bulk.kinds import MOST_BYTES, BulkKind, UploadState
from contracts.phone import AuthUnit
from services.bulk.owner import NoSuchKind
from services.bulk.vault import Sort
from tests.services.auth.people import ADDITIONAL, CONTRACT, PASSWORD, TEMPORARY
from tests.services.bulk.office import OTHERS

NEW = "hoshi58tsuki"
WANTED = {number: f"ume{place:03}matsu" for place, number in enumerate(OTHERS)}


def told(view):
    return [(fault.row, fault.problem) for fault in view.faults]


@pytest.mark.rule("BULK-1", "BULK-6", "BULK-9")
def test_a_faultless_file_changes_nothing_before_it_is_confirmed_and_everything_after(office):
    view = office.checked(WANTED)
    assert (view.state, view.rows, view.change_count, view.untouched) == (UploadState.READY, 31, 31, 2)
    assert [one.number for one in view.changes] == OTHERS
    assert office.set_by_bulk() == []
    office.confirm(view.upload_id)
    assert office.look(view.upload_id).state is UploadState.WORKING
    office.work()
    assert office.look(view.upload_id).state is UploadState.COMPLETED
    assert sorted(office.set_by_bulk()) == OTHERS
    office.log_in(OTHERS[7], WANTED[OTHERS[7]])


@pytest.mark.rule("BULK-1", "BULK-6", "PWD-8")
def test_the_difference_says_of_each_number_what_its_new_password_takes_the_place_of(office):
    office.set_all({OTHERS[0]: PASSWORD})
    office.clock.forward(days=100)
    _, office.key = office.log_in(CONTRACT, PASSWORD)
    office.set_all({OTHERS[1]: PASSWORD, CONTRACT: NEW})
    office.clock.forward(days=80)
    _, office.key = office.log_in(CONTRACT, NEW)
    office.dial(AuthUnit.ADMIN_USER, OTHERS[2])
    view = office.checked(dict.fromkeys(OTHERS[:5], NEW))
    assert [(one.number, *one.sorts) for one in view.changes] == [
        (OTHERS[0], ChangeSort.FROM_EXPIRED),
        (OTHERS[1], ChangeSort.FROM_PASSWORD),
        (OTHERS[2], ChangeSort.FROM_TEMPORARY),
        (OTHERS[3], ChangeSort.FROM_NOTHING),
        (OTHERS[4], ChangeSort.FROM_NOTHING),
    ]
    assert {one.sort: one.numbers for one in view.counts} == {
        ChangeSort.FROM_PASSWORD: 1,
        ChangeSort.FROM_EXPIRED: 1,
        ChangeSort.FROM_TEMPORARY: 1,
        ChangeSort.FROM_NOTHING: 2,
    }


@pytest.mark.rule("AUDIT-1", "EVENT-1")
def test_the_world_is_told_of_the_job_and_who_sent_it(office):
    view = office.set_all(WANTED)
    told_of = [(name, data["job"], data["kind"], data["rows"]) for name, data in office.history()]
    job = view.upload_id.hex
    assert told_of == [("BulkJobAccepted", job, "passwords", 31), ("BulkJobCompleted", job, "passwords", 31)]
    assert {data["actor"]["number"] for _, data in office.history()} == {CONTRACT}
    office.checked("")
    assert office.names()[-1] == "BulkUploadRejected"


@pytest.mark.rule("BULK-6", "BULK-8", "PWD-9")
def test_all_faults_of_a_file_are_told_at_once_those_of_passwords_too(office):
    office.set_all({OTHERS[5]: PASSWORD})
    view = office.checked(
        "電話番号,新規パスワード\r\n"
        f"{OTHERS[0]},{NEW}\r\n"
        f"{OTHERS[1]},short1\r\n"
        f"0399999999,{NEW}\r\n"
        f"{OTHERS[2]},aaaa1234\r\n"
        f"{OTHERS[0]},{NEW}\r\n"
        f"{OTHERS[5]},{PASSWORD}\r\n"
    )
    assert view.state is UploadState.REJECTED
    assert told(view) == [
        (3, Problem.PASSWORD_LENGTH),
        (4, Problem.UNKNOWN_NUMBER),
        (5, Problem.PASSWORD_REPEATED),
        (5, Problem.PASSWORD_SEQUENCE),
        (6, Problem.NUMBER_TWICE),
        (7, Problem.PASSWORD_SAME_AS_PRESENT),
    ]
    assert all(fault.value is None for fault in view.faults if fault.problem.startswith("password"))


@pytest.mark.rule("BULK-1", "BULK-8")
def test_a_locked_number_is_a_fault_and_one_with_a_temporary_password_is_not(office):
    office.dial(AuthUnit.ADMIN_USER, OTHERS[1])
    office.dial(AuthUnit.ADMIN_USER, OTHERS[0])
    for _ in range(3):
        with pytest.raises(InvalidCredentials):
            office.log_in(OTHERS[0], "wrong97531x")
    assert told(office.checked({OTHERS[0]: NEW, OTHERS[1]: NEW})) == [(1, Problem.LOCKED)]
    assert office.set_all({OTHERS[1]: NEW}).state is UploadState.COMPLETED
    office.log_in(OTHERS[1], NEW)


@pytest.mark.rule("BULK-7")
def test_dropped_zeros_are_put_back_only_when_that_is_confirmed(office):
    view = office.checked(f"{OTHERS[0][1:]},{NEW}\r\n{OTHERS[1]},{NEW}\r\n")
    assert (view.state, view.correction_count) == (UploadState.READY, 1)
    assert [(one.row, one.typed, one.number) for one in view.corrections] == [(1, OTHERS[0][1:], OTHERS[0])]
    with pytest.raises(CorrectionsUnconfirmed):
        office.confirm(view.upload_id)
    office.work()
    assert office.set_by_bulk() == []
    office.confirm(view.upload_id, corrected=True)
    office.work()
    assert sorted(office.set_by_bulk()) == OTHERS[:2]


@pytest.mark.rule("BULK-8")
def test_a_file_that_is_too_large_is_refused_without_being_sent(office):
    upload_id = uuid4()
    office.bulk.receiving.add_part(
        AddPart(
            session_key=office.key,
            upload_id=upload_id,
            kind=BulkKind.PASSWORDS,
            size=MOST_BYTES + 1,
            place=0,
            of=1,
            part=Secret(""),
        )
    )
    assert told(office.look(upload_id)) == [(None, Problem.TOO_LARGE)]
    assert office.names() == ["BulkUploadRejected"]


@pytest.mark.rule("BULK-8")
def test_a_file_of_a_kind_that_nobody_takes_is_refused_by_its_name(office):
    bulk = office.new_bulk()
    bulk.desk._owners.pop(BulkKind.OTP, None)  # shared with who takes files in
    office.bulk = bulk
    with pytest.raises(NoSuchKind, match="otp"):
        office.send(f"{OTHERS[0]},0,,,\r\n", kind=BulkKind.OTP)
    with pytest.raises(NoSuchKind, match="otp"):
        bulk.desk.download(KindQuery(session_key=office.key, kind=BulkKind.OTP))


@pytest.mark.rule("BULK-9")
def test_a_file_comes_in_parts_and_a_part_that_comes_twice_is_taken_once(office):
    rows = "".join(f"{number},{password}\r\n" for number, password in WANTED.items())
    content = rows + "\r\n" * 200_000
    upload_id = office.send(content)
    office.send(content, upload_id=upload_id)
    office.work()
    assert office.look(upload_id).rows == 31


@pytest.mark.rule("BULK-9")
@pytest.mark.parametrize("times", [1, 2])
def test_confirmed_twice_a_job_is_done_once(office, times):
    view = office.checked(WANTED)
    for _ in range(times):
        office.confirm(view.upload_id)
    office.work()
    office.confirm(view.upload_id)
    office.work()
    assert sorted(office.set_by_bulk()) == OTHERS
    assert office.names() == ["BulkJobAccepted", "BulkJobCompleted"]


@pytest.mark.rule("BULK-6")
def test_what_is_not_ready_cannot_be_confirmed(office):
    rejected = office.checked("")
    with pytest.raises(NotReady):
        office.confirm(rejected.upload_id)
    withdrawn = office.checked(WANTED)
    office.withdraw(withdrawn.upload_id)
    with pytest.raises(NotReady):
        office.confirm(withdrawn.upload_id)
    old = office.checked(WANTED)
    office.clock.forward(minutes=20)
    office.auth.sessions.view(office.key, activity=True)
    office.clock.forward(minutes=20)
    office.auth.sessions.view(office.key, activity=True)
    office.clock.forward(minutes=20)
    with pytest.raises(NotReady):
        office.confirm(old.upload_id)
    office.bulk.sweep()
    assert office.look(old.upload_id).state is UploadState.WITHDRAWN
    assert office.set_by_bulk() == []


def _a_password(office, number):
    office.dial(AuthUnit.ADMIN_USER, number)
    _, key = office.log_in(number, TEMPORARY)
    office.change(key, TEMPORARY, "sora86kumo")


def _a_temporary_password(office, number):
    office.dial(AuthUnit.ADMIN_USER, number)


def _a_removal(office, number):
    office.auth.provisioning.remove(RemoveNumbers(contract_number=CONTRACT, numbers=(number,)))


@pytest.mark.rule("BULK-9")
@pytest.mark.parametrize("meanwhile", [_a_password, _a_temporary_password, _a_removal])
def test_what_was_set_between_check_and_confirmation_wins_and_the_row_is_named(office, meanwhile):
    view = office.checked(WANTED)
    meanwhile(office, OTHERS[3])
    office.confirm(view.upload_id)
    office.work()
    failed = office.look(view.upload_id)
    assert failed.state is UploadState.FAILED
    assert [(fault.row, fault.problem, fault.value) for fault in failed.faults] == [
        (4, Problem.MOVED_MEANWHILE, OTHERS[3])
    ]
    assert office.set_by_bulk() == []
    assert office.names() == ["BulkJobAccepted", "BulkJobFailed"]


@pytest.mark.rule("BULK-9", "LINE-2")
def test_a_unit_changed_between_check_and_work_fails_the_job(office):
    view = office.checked(WANTED)
    office.confirm(view.upload_id)
    _, key = office.change_unit(office.key, AuthUnit.LINE, contract=PASSWORD)
    office.work()
    assert told(office.look(view.upload_id, key)) == [(None, Problem.UNIT_MOVED_MEANWHILE)]


@pytest.mark.rule("BULK-9")
def test_of_two_administrators_with_two_files_at_once_the_second_waits_and_then_loses_what_was_taken(office):
    _, second = office.log_in(CONTRACT, PASSWORD)
    first_file = office.checked({OTHERS[0]: NEW})
    second_file = office.checked({OTHERS[0]: "sora86kumo", OTHERS[1]: "sora86kumo"}, second)
    assert office.look(first_file.upload_id).state is UploadState.READY
    office.confirm(first_file.upload_id)
    with pytest.raises(AnotherJobRuns):
        office.confirm(second_file.upload_id, second)
    office.work()
    office.confirm(second_file.upload_id, second)
    office.work()
    assert told(office.look(second_file.upload_id, second)) == [(1, Problem.MOVED_MEANWHILE)]
    office.log_in(OTHERS[0], NEW)
    with pytest.raises(InvalidCredentials):
        office.log_in(OTHERS[1], "sora86kumo")


@pytest.mark.rule("BULK-9")
def test_a_newer_file_of_the_same_login_takes_the_place_of_one_that_was_not_confirmed(office):
    first = office.checked(WANTED)
    second = office.checked({OTHERS[0]: NEW})
    assert office.look(first.upload_id).state is UploadState.WITHDRAWN
    assert [view.upload_id for view in office.uploads()] == [second.upload_id]


@pytest.mark.rule("BULK-9")
def test_a_job_goes_on_without_its_administrator_who_finds_it_after_the_next_login(office):
    view = office.checked(WANTED)
    office.confirm(view.upload_id)
    office.auth.sessions.log_out(office.key)
    office.work()
    _, key = office.log_in(CONTRACT, PASSWORD)
    assert [(one.upload_id, one.state) for one in office.uploads(key)] == [(view.upload_id, UploadState.COMPLETED)]


@pytest.mark.rule("BULK-1", "LINE-4")
def test_files_are_seen_and_sent_by_nobody_else(office):
    view = office.checked({ADDITIONAL: PASSWORD})
    office.confirm(view.upload_id)
    office.work()
    _, user = office.log_in(ADDITIONAL, PASSWORD)
    with pytest.raises(NoSuchUpload):
        office.look(view.upload_id, user)
    with pytest.raises(NotInReach):
        office.send(WANTED, user)
    assert office.uploads(user) == []
    with pytest.raises(NoSession):
        office.look(view.upload_id, "nobody")


@pytest.mark.rule("BULK-9")
def test_who_logs_out_before_the_check_has_sent_nothing(office):
    upload_id = office.send(WANTED)
    office.auth.sessions.log_out(office.key)
    office.work()
    _, key = office.log_in(CONTRACT, PASSWORD)
    assert office.look(upload_id, key).state is UploadState.WITHDRAWN


@pytest.mark.rule("BULK-5")
def test_the_download_has_every_number_that_can_be_set_and_no_secret(office):
    found = office.bulk.desk.download(KindQuery(session_key=office.key, kind=BulkKind.PASSWORDS))
    assert [row.cells for row in found.rows] == [(number, "") for number in [CONTRACT, ADDITIONAL, *OTHERS]]


@pytest.mark.rule("AUDIT-2", "BULK-9")
def test_nothing_secret_lies_open_and_when_the_job_is_over_nothing_lies_there_at_all(office):
    view = office.checked(WANTED)
    office.confirm(view.upload_id)

    def stored():
        tables = ("uploads", "pieces", office.bulk.store.recorder.events_table_name)
        return str([office.bulk.store.rows(f"SELECT * FROM {table}") for table in tables])

    assert not any(secret in stored() for secret in (*WANTED.values(), *OTHERS, "argon2"))
    office.work()
    row = office.bulk.store.find(view.upload_id)
    assert row.job_key is None
    sorts = office.bulk.store.rows("SELECT DISTINCT sort FROM pieces")
    assert [one["sort"] for one in sorts] == ["difference"]
    office.clock.forward(days=8)
    office.bulk.sweep()
    assert office.bulk.store.rows("SELECT * FROM pieces") == []
    assert office.names() == ["BulkJobAccepted", "BulkJobCompleted"]


@pytest.mark.rule("PWD-2", "LOGIN-6", "BULK-1")
def test_nobody_finds_out_a_users_password_by_sending_file_after_file(new_office):
    office = new_office(files_a_day=3)
    office.set_all({OTHERS[0]: PASSWORD})
    for guess in (NEW, "sora75kumo"):
        assert office.checked({OTHERS[0]: guess}).state is UploadState.READY
    refused = office.checked({OTHERS[0]: PASSWORD})
    assert (refused.state, refused.rows, told(refused)) == (UploadState.REJECTED, 0, [(None, Problem.TOO_MANY_FILES)])
    office.checked({OTHERS[0]: PASSWORD})  # what was not looked at does not put off the next one
    office.clock.forward(days=1)
    _, office.key = office.log_in(CONTRACT, PASSWORD)
    assert told(office.checked({OTHERS[0]: PASSWORD})) == [(1, Problem.PASSWORD_SAME_AS_PRESENT)]


@pytest.mark.rule("BULK-3", "BULK-1")
def test_what_a_user_sends_of_its_own_does_not_use_up_the_administrators_files(new_office):
    office = new_office(files_a_day=1)
    office.checked({OTHERS[0]: NEW})
    assert told(office.checked({OTHERS[0]: NEW})) == [(None, Problem.TOO_MANY_FILES)]
    users = office.auth.store.number(ADDITIONAL).assignment_id
    office.bulk.store.execute("UPDATE uploads SET assignment_id = :user, kind = 'otp'", {"user": users.hex})
    assert office.checked({OTHERS[0]: NEW}).state is UploadState.READY


@pytest.mark.rule("BULK-9")
def test_of_files_begun_in_one_moment_none_is_one_too_many_and_a_refused_one_leaves_the_others(new_office, monkeypatch):
    office = new_office(files_a_day=2)
    first = office.checked({OTHERS[0]: NEW})
    receiving, nested = office.bulk.receiving, []
    original = receiving._refusal

    def while_another_begins(request, acting):
        found = original(request, acting)
        if not nested:
            nested.append(True)
            _, second_session = office.log_in(CONTRACT, PASSWORD)
            nested.append(office.send({OTHERS[1]: NEW}, second_session))
        return found

    monkeypatch.setattr(receiving, "_refusal", while_another_begins)
    late = office.send({OTHERS[2]: NEW})
    office.work()
    assert told(office.look(late)) == [(None, Problem.TOO_MANY_FILES)]
    assert office.look(nested[1]).state is UploadState.READY
    assert office.names().count("BulkUploadRejected") == 1
    assert (
        office.look(first.upload_id).state is UploadState.WITHDRAWN
    )  # by its own login's next file, before it was refused


def as_before_the_upgrade(office, upload_id):
    """The rows as an older version kept them: without a remark."""
    store = office.bulk.store
    row = store.find(upload_id)
    for place, rows in store.pieces(row, Sort.ROWS).items():
        content = store.vault(row).seal(Sort.ROWS, place, json.dumps([one[:5] for one in rows]))
        store.execute(
            "UPDATE pieces SET content = :content WHERE sort = 'rows' AND place = :place AND upload_id = :id",
            {"content": content, "place": place, "id": upload_id.hex},
        )


@pytest.mark.rule("BULK-9")
def test_a_job_that_was_confirmed_before_an_upgrade_is_carried_to_its_end(office):
    view = office.checked(WANTED)
    office.confirm(view.upload_id)
    as_before_the_upgrade(office, view.upload_id)
    office.work()
    assert office.look(view.upload_id).state is UploadState.COMPLETED


@pytest.mark.rule("BULK-6", "BULK-9")
def test_a_file_that_was_not_confirmed_before_an_upgrade_is_sent_once_more(office, monkeypatch):
    upload_id = office.send(WANTED)
    monkeypatch.setattr(office.bulk.worker, "_check", lambda _row: None)
    office.bulk.work()
    monkeypatch.undo()
    as_before_the_upgrade(office, upload_id)
    office.clock.forward(seconds=10)
    office.work()
    assert office.look(upload_id).state is UploadState.WITHDRAWN

    view = office.checked(WANTED)
    office.bulk.store.execute("UPDATE uploads SET listed = 0 WHERE state = 'ready'", {})
    with pytest.raises(NotReady):  # nobody was shown what it changes
        office.confirm(view.upload_id)
