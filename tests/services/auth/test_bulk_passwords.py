"""Passwords of many numbers in one moment: all or none, once, and never over what was set meanwhile (BULK-1, BULK-9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from contracts.auth.bulk import BulkNotApplied
from contracts.auth.logins import InvalidCredentials, NoSession
from contracts.auth.passwords import PasswordFault
from contracts.auth.provisioning import ProvisionedNumber, RemoveNumbers
from contracts.auth.reach import NotInReach
from contracts.base import Busy
from contracts.phone import AuthUnit
from services.auth.bulk_hashing import PARTS_AT_ONCE, BulkHashing
from tests.services.auth.large_line import CONTRACT, LARGE, NEW, PASSWORD, LargeLine, by_number, numbers_of
from tests.services.auth.people import ADDITIONAL, CALL, TEMPORARY

OTHERS = numbers_of(LARGE)


@pytest.fixture
def line(auth):
    return LargeLine(auth)


@pytest.mark.rule("BULK-1", "PWD-7")
def test_a_line_of_thirty_two_numbers_is_not_set_in_bulk_and_one_of_thirty_three_is(auth):
    small = LargeLine(auth, size=LARGE - 1)
    with pytest.raises(NotInReach):
        small.ask()
    small.provision(CONTRACT, ProvisionedNumber(number="0300999999", features=frozenset({CALL})))
    assert len(small.ask().numbers) == LARGE


@pytest.mark.rule("BULK-1")
@pytest.mark.parametrize("unit", [AuthUnit.LINE, AuthUnit.NUMBER])
def test_only_an_administrator_sets_passwords_in_bulk(auth, unit):
    with pytest.raises(NotInReach):
        LargeLine(auth, unit=unit).ask()


@pytest.mark.rule("BULK-1", "LOGIN-5")
def test_a_user_and_a_login_that_is_not_complete_are_refused(line):
    line.dial(AuthUnit.ADMIN_USER, ADDITIONAL)
    _, unfinished = line.log_in(ADDITIONAL, TEMPORARY)
    with pytest.raises(NotInReach):
        line.ask(unfinished)
    _, user = line.change(unfinished, TEMPORARY, PASSWORD)
    with pytest.raises(NotInReach):
        line.ask(user)


@pytest.mark.rule("BULK-1", "BULK-9", "AUDIT-1")
def test_all_passwords_work_from_one_moment_on(line):
    wanted = {number: f"ume{place:03}matsu" for place, number in enumerate(OTHERS)}
    before = len(line.told("PasswordSet"))
    order = line.order(wanted)
    with pytest.raises(InvalidCredentials):
        line.log_in(OTHERS[0], wanted[OTHERS[0]])
    assert line.apply(order).numbers == len(wanted)
    line.log_in(OTHERS[0], wanted[OTHERS[0]])
    line.log_in(OTHERS[-1], wanted[OTHERS[-1]])
    told = line.told("PasswordSet")[before:]
    assert {(one["number"], one["cause"]) for one in told} == {(number, "bulk") for number in wanted}
    assert {one["actor"]["number"] for one in told} == {CONTRACT}


@pytest.mark.rule("BULK-9")
def test_a_job_that_is_applied_twice_is_applied_once(line, new_auth):
    order = line.order({ADDITIONAL: NEW})
    line.apply(order)
    before = line.counted()["PasswordSet"]
    assert new_auth().bulk_passwords.apply(order).numbers == 1
    assert line.counted()["PasswordSet"] == before


@pytest.mark.rule("BULK-9")
def test_a_job_that_is_asked_for_again_while_it_is_put_in_force_is_not_begun_a_second_time(line, monkeypatch):
    order, told = line.order({ADDITIONAL: NEW}), []
    original = line.auth.store.recorder.insert_events

    def meanwhile(*args, **kwargs):
        with pytest.raises(Busy):
            line.apply(order)
        told.append("busy")
        return original(*args, **kwargs)

    monkeypatch.setattr(line.auth.store.recorder, "insert_events", meanwhile)
    assert line.apply(order).numbers == 1
    monkeypatch.undo()
    assert told == ["busy"]
    line.log_in(ADDITIONAL, NEW)


@pytest.mark.rule("BULK-9")
def test_a_job_that_two_instances_apply_at_once_is_applied_once(line, new_auth):
    order = line.order({ADDITIONAL: NEW, OTHERS[0]: NEW})
    instances = [line.auth, new_auth(), new_auth()]
    before = line.counted()["PasswordSet"]
    with ThreadPoolExecutor(len(instances)) as pool:
        done = list(pool.map(lambda auth: auth.bulk_passwords.apply(order).numbers, instances))
    assert done == [2, 2, 2]
    assert line.counted()["PasswordSet"] == before + 2


@pytest.mark.rule("BULK-9")
def test_a_job_whose_results_are_not_all_there_is_not_applied(line):
    order = line.order({ADDITIONAL: NEW, OTHERS[0]: NEW}, parts=2)
    with pytest.raises(ValueError):
        line.apply(order.model_copy(update={"results": order.results[:1]}))
    other = line.order({ADDITIONAL: NEW})
    with pytest.raises(ValueError):
        line.apply(order.model_copy(update={"results": other.results, "rows": 1}))


def _a_password(line):
    line.dial(AuthUnit.ADMIN_USER, ADDITIONAL)
    _, key = line.log_in(ADDITIONAL, TEMPORARY)
    line.change(key, TEMPORARY, PASSWORD)


def _a_temporary_password(line):
    line.dial(AuthUnit.ADMIN_USER, ADDITIONAL)


def _a_removal(line):
    line.auth.provisioning.remove(RemoveNumbers(contract_number=CONTRACT, numbers=(ADDITIONAL,)))


def _a_lock(line):
    for _ in range(3):
        with pytest.raises(InvalidCredentials):
            line.log_in(ADDITIONAL, "wrong97531x")


@pytest.mark.rule("BULK-9")
@pytest.mark.parametrize("meanwhile", [_a_password, _a_temporary_password, _a_removal, _a_lock])
def test_whatever_was_set_meanwhile_wins_and_the_job_fails_whole_naming_it(line, meanwhile):
    line.dial(AuthUnit.ADMIN_USER, ADDITIONAL)
    told = line.ask()
    order = line.order({ADDITIONAL: NEW, OTHERS[0]: NEW}, told)
    meanwhile(line)
    before = line.counted()["PasswordSet"]
    with pytest.raises(BulkNotApplied) as refused:
        line.apply(order)
    assert refused.value.details.moved == (by_number(told)[ADDITIONAL].assignment_id,)
    assert line.counted()["PasswordSet"] == before
    with pytest.raises(InvalidCredentials):
        line.log_in(OTHERS[0], NEW)


@pytest.mark.rule("BULK-9", "LOGIN-9")
def test_a_change_of_the_unit_meanwhile_fails_the_job(line):
    order = line.order({ADDITIONAL: NEW})
    line.change_unit(line.key, AuthUnit.LINE, contract=PASSWORD)
    with pytest.raises(BulkNotApplied) as refused:
        line.apply(order)
    assert refused.value.details.unit_changed


@pytest.mark.rule("BULK-9")
def test_neither_a_login_nor_a_wrong_guess_meanwhile_stops_the_job(line):
    line.apply(line.order({ADDITIONAL: PASSWORD}))
    order = line.order({ADDITIONAL: NEW})
    line.log_in(ADDITIONAL, PASSWORD)
    with pytest.raises(InvalidCredentials):
        line.log_in(ADDITIONAL, "wrong97531x")
    assert line.apply(order).numbers == 1
    line.log_in(ADDITIONAL, NEW)


@pytest.mark.rule("BULK-9", "LOGIN-6")
def test_a_temporary_password_set_in_the_very_moment_of_the_commit_wins(line, new_auth, monkeypatch):
    order = line.order({ADDITIONAL: NEW})
    other = new_auth()
    original, done = line.auth.store.recorder.insert_events, []

    def and_before(*args, **kwargs):
        if not done:
            done.append(True)
            line.auth = other
            line.dial(AuthUnit.ADMIN_USER, ADDITIONAL)
        return original(*args, **kwargs)

    mine = line.auth
    monkeypatch.setattr(mine.store.recorder, "insert_events", and_before)
    with pytest.raises(BulkNotApplied):
        mine.bulk_passwords.apply(order)
    assert done
    line.log_in(ADDITIONAL, TEMPORARY)


@pytest.mark.rule("BULK-9", "LOGIN-1")
def test_somebody_who_logs_in_again_and_again_while_a_job_is_prepared_holds_it_up_once_at_most(
    line, new_auth, monkeypatch
):
    line.apply(line.order({ADDITIONAL: PASSWORD}))
    order = line.order(dict.fromkeys([ADDITIONAL, *OTHERS], NEW))
    mine, line.auth = line.auth, new_auth()
    original, encoded, tries = mine.store.mapper.to_stored_event, [], []

    def while_they_come(event):
        encoded.append(event.originator_id)
        if len(encoded) % 10 == 0:
            line.log_in(ADDITIONAL, PASSWORD)
        return original(event)

    def counted(*args, _insert=mine.store.recorder.insert_events, **kwargs):
        tries.append(True)
        return _insert(*args, **kwargs)

    monkeypatch.setattr(mine.store.mapper, "to_stored_event", while_they_come)
    monkeypatch.setattr(mine.store.recorder, "insert_events", counted)
    assert mine.bulk_passwords.apply(order).numbers == len(OTHERS) + 1
    assert len(tries) == 2
    assert len(encoded) < 2 * len(OTHERS)  # the second time only what had moved
    told = line.told("PasswordSet")
    assert [one["number"] for one in told].count(ADDITIONAL) == 2
    line.log_in(ADDITIONAL, NEW)


@pytest.mark.rule("BULK-9", "LOGIN-4")
def test_logins_and_wrong_guesses_right_before_each_commit_do_not_fail_a_job_and_are_all_on_record(
    line, new_auth, monkeypatch
):
    line.apply(line.order(dict.fromkeys([ADDITIONAL, *OTHERS], PASSWORD)))
    order = line.order(dict.fromkeys([ADDITIONAL, *OTHERS], NEW))
    mine, line.auth = line.auth, new_auth()
    original, coming = mine.store.recorder.insert_events, iter([*OTHERS[:12], *OTHERS[:3]])

    def just_before(*args, **kwargs):
        number = next(coming, None)
        if number in OTHERS[:6]:
            line.log_in(number, PASSWORD)
        elif number:
            with pytest.raises(InvalidCredentials):
                line.log_in(number, "wrong97531x")
        return original(*args, **kwargs)

    monkeypatch.setattr(mine.store.recorder, "insert_events", just_before)
    assert mine.bulk_passwords.apply(order).numbers == len(OTHERS) + 1
    assert next(coming, None) is None
    told = [one["number"] for one in line.told("PasswordSet") if one["cause"] == "bulk"]
    assert sorted(told) == sorted(2 * [ADDITIONAL, *OTHERS])
    for number in (ADDITIONAL, *OTHERS[:12]):
        line.log_in(number, NEW)


@pytest.mark.rule("BULK-1", "LOGIN-9")
def test_sessions_of_the_numbers_end_but_the_administrators_own_goes_on(line):
    line.apply(line.order({ADDITIONAL: PASSWORD}))
    _, user = line.log_in(ADDITIONAL, PASSWORD)
    _, second = line.log_in(CONTRACT, PASSWORD)
    line.apply(line.order({ADDITIONAL: NEW, CONTRACT: NEW}))
    assert line.auth.sessions.require(line.key).owner.number == CONTRACT
    for over in (user, second):
        with pytest.raises(NoSession) as ended:
            line.auth.sessions.require(over)
        assert ended.value.details.cause == "password_set"


@pytest.mark.rule("PWD-1", "PWD-2", "PWD-3", "PWD-4", "PWD-9")
def test_every_rule_that_a_new_password_breaks_is_told(line):
    line.apply(line.order({ADDITIONAL: PASSWORD}))
    found = line.check(
        {
            OTHERS[0]: NEW,
            OTHERS[1]: "short1",
            OTHERS[2]: "aaaa1234",
            OTHERS[3]: f"x{OTHERS[3]}",
            OTHERS[4]: f"x{CONTRACT}",
            OTHERS[5]: "ｚenkaku97",
            ADDITIONAL: PASSWORD,
        }
    )
    assert {number: set(one.faults) for number, one in found.items()} == {
        OTHERS[1]: {PasswordFault.LENGTH},
        OTHERS[2]: {PasswordFault.REPEATED, PasswordFault.SEQUENCE},
        OTHERS[3]: {PasswordFault.CONTAINS_NUMBER, PasswordFault.REPEATED},
        OTHERS[4]: {PasswordFault.CONTAINS_NUMBER, PasswordFault.REPEATED},
        OTHERS[5]: {PasswordFault.CHARACTERS},
        ADDITIONAL: {PasswordFault.SAME_AS_PRESENT},
    }


@pytest.mark.rule("BULK-1", "LOGIN-4")
def test_checking_counts_as_no_guess_at_anybodys_password(line):
    line.apply(line.order({ADDITIONAL: PASSWORD}))
    for _ in range(11):
        line.check({ADDITIONAL: NEW})
    line.log_in(ADDITIONAL, PASSWORD)


@pytest.mark.rule("BULK-1")
def test_a_number_that_is_locked_is_told_as_locked(line):
    line.dial(AuthUnit.ADMIN_USER, ADDITIONAL)
    _a_lock(line)
    told = by_number(line.ask())
    assert [number for number, one in told.items() if one.locked] == [ADDITIONAL]


@pytest.mark.rule("AUDIT-2", "BULK-9")
def test_what_auth_hands_back_shows_no_hash(line):
    order = line.order({ADDITIONAL: NEW})
    assert "argon2" not in str(order)
    assert NEW not in str(order)


@pytest.mark.rule("BULK-9", "LOGIN-6")
def test_an_instance_takes_on_so_many_parts_and_no_more():
    hashing = BulkHashing()
    entered = [hashing.part() for _ in range(PARTS_AT_ONCE)]
    for part in entered:
        part.__enter__()
    with pytest.raises(Busy), hashing.part():
        pass
    entered[0].__exit__(None, None, None)
    with hashing.part():
        assert hashing.each(lambda item: item * 2, [1, 2, 3, 4, 5, 6, 7]) == [2, 4, 6, 8, 10, 12, 14]
