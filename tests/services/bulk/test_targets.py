"""The targets of a group of 一括転送機能 by file, before the real auth and the real settings (FEAT-4, BULK-4..9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast
from uuid import UUID, uuid4

import pytest

from chassis.rpc import LocalClient
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine, RemoveNumbers
from contracts.auth.reach import NotInReach
from contracts.base import HistoryQuery, Role, Unavailable
from contracts.bulk.api import AnotherJobRuns, CorrectionsUnconfirmed, KindQuery, NotReady, UploadView
from contracts.bulk.changes import ChangeSort
from contracts.bulk.faults import Problem
from contracts.bulk.kinds import BulkKind, Column, UploadState
from contracts.phone import AuthUnit, Feature
from contracts.settings.bulk_forwarding import (
    GroupMember,
    GroupQuery,
    GroupRules,
    RemoveGroup,
    SetGroup,
    StartGroup,
)
from contracts.settings.bulk_targets import ApplyTargets, MemberTarget, SettingsBulkApi
from contracts.settings.common import Reach
from services.bulk.owner import Owner
from services.bulk.owners import TargetsAtSettings
from services.bulk.receiving import BadPart
from services.bulk.schema import MIGRATIONS
from services.settings import publishing
from services.settings.config import SettingsConfig
from services.settings.service import RunningSettings, SettingsService
from services.settings.store import SettingsStore
from tests.databases import migrate
from tests.services.auth.large_line import numbers_of
from tests.services.auth.people import ADDITIONAL, CONTRACT, PASSWORD
from tests.services.bulk.office import KEY, Office

FIRST, SECOND, THIRD, BARE = numbers_of(6)
"""Beside the guide's two. `BARE` has not contracted the feature."""
TARGET, OTHER = "0312345678", "09012345678"
FORWARDING = {Feature.CALL_NOTIFICATION, Feature.BULK_FORWARDING}


class Away:
    """Settings while it cannot be reached."""

    def __getattr__(self, procedure: str):
        def ask(*_given):
            raise Unavailable("settings")

        return ask


class GroupOffice(Office):
    """Whoever manages a line of six numbers, of which five can be in groups."""

    def __init__(self, auth_url: str, bulk_url: str, settings_url: str) -> None:
        super().__init__(auth_url, bulk_url, size=6)
        migrate(SettingsStore, settings_url)
        config = SettingsConfig.model_validate(
            {"database_url": settings_url, "key": KEY, "base_url": "https://settings.example", "group_numbers": 4}
        )
        self.settings = RunningSettings(config, self.auth, self.clock)  # type: ignore[arg-type]  # its history is all that is asked
        service = SettingsService()
        service.application = self.settings
        self.settings_api = LocalClient(service, SettingsBulkApi)
        self.settings_is(self.settings_api)
        able = (CONTRACT, ADDITIONAL, FIRST, SECOND, THIRD)
        self.contract(dict.fromkeys(able, FORWARDING) | {BARE: {Feature.CALL_NOTIFICATION}})
        self.group = self.set_group({FIRST: TARGET, SECOND: OTHER})

    def settings_is(self, settings: SettingsBulkApi) -> None:
        """From now on this one has the groups."""
        owners = cast("dict[BulkKind, Owner]", self.bulk.desk._owners)
        owners[BulkKind.FORWARDING] = TargetsAtSettings(self.auth_api, settings)

    def close(self) -> None:
        super().close()
        self.settings.close()

    def contract(self, features: dict[str, set[Feature]]) -> None:
        numbers = tuple(ProvisionedNumber(number=one, features=frozenset(has)) for one, has in features.items())
        self.auth.provisioning.provision(ProvisionLine(contract_number=CONTRACT, numbers=numbers))
        self.settings.follow()

    def reach(self) -> Reach:
        row = self.auth.store.number(CONTRACT)
        assert row is not None
        return Reach(
            assignment_id=row.assignment_id,
            number=CONTRACT,
            contract_number=CONTRACT,
            by=CONTRACT,
            by_assignment_id=row.assignment_id,
            role=Role.ADMINISTRATOR,
        )

    # --- at the pages of the group ---------------------------------------------------------------------------

    def set_group(self, members: dict[str, str], group_id: UUID | None = None) -> UUID:
        seen = self.version if group_id else 0
        group_id = group_id or uuid4()
        listed = tuple(GroupMember(number=number, target=target) for number, target in members.items())
        rules = GroupRules(name="本社", automatic=True, members=listed)
        self.settings.bulk_forwarding.set(
            SetGroup(reach=self.reach(), group_id=group_id, change_id=uuid4(), seen=seen, rules=rules)
        )
        return group_id

    @property
    def version(self) -> int:
        return self.settings.groups.one(GroupQuery(reach=self.reach(), group_id=self.group)).version

    def start(self) -> None:
        order = StartGroup(reach=self.reach(), group_id=self.group, order_id=uuid4(), seen=self.version)
        self.settings.bulk_forwarding.start(order)

    def remove_group(self) -> None:
        self.settings.bulk_forwarding.remove(RemoveGroup(reach=self.reach(), group_id=self.group, seen=self.version))

    def targets(self) -> dict[str, str]:
        """What is in the group now."""
        view = self.settings.groups.one(GroupQuery(reach=self.reach(), group_id=self.group))
        assert (view.name, view.automatic) == ("本社", True)
        return {one.number: one.target for one in view.members}

    # --- by file ---------------------------------------------------------------------------------------------

    def send_file(self, content: str | dict[str, str], key: str | None = None, seen: int | None = None) -> UUID:
        text = content if isinstance(content, str) else "".join(f"{one},{to}\r\n" for one, to in content.items())
        seen = self.version if seen is None else seen
        return self.send(text, key, BulkKind.FORWARDING, group_id=self.group, seen=seen)

    def check_file(self, content: str | dict[str, str], key: str | None = None, seen: int | None = None) -> UploadView:
        upload_id = self.send_file(content, key, seen)
        self.work()
        return self.look(upload_id, key)

    def put(self, content: str | dict[str, str]) -> UploadView:
        """The whole way."""
        view = self.check_file(content)
        assert view.state is UploadState.READY, view
        return self.done(view)

    def done(self, view: UploadView) -> UploadView:
        self.confirm(view.upload_id)
        self.work()
        return self.look(view.upload_id)

    def changes_told(self) -> int:
        page = publishing.history(self.settings.store, HistoryQuery(limit=1000))
        return [event.name for event in page.events].count("BulkForwardingChanged")


@pytest.fixture
def office(new_store_url: Callable[[], str]) -> Iterator[GroupOffice]:
    office = GroupOffice(new_store_url(), new_store_url(), new_store_url())
    yield office
    office.close()


def told(view: UploadView) -> list[tuple[int | None, Column | None, Problem, str | None]]:
    return [(fault.row, fault.column, fault.problem, fault.value) for fault in view.faults]


def listed(view: UploadView) -> list[tuple[str, ChangeSort, str | None, str | None]]:
    def shown(secret):
        return secret.reveal() if secret else None

    return [(one.number, *one.sorts, shown(one.before), shown(one.after)) for one in view.changes]


@pytest.mark.rule("FEAT-4", "BULK-6", "BULK-9")
def test_the_group_is_as_the_file_has_it_in_one_moment_and_before_that_the_difference_is_shown(office):
    view = office.check_file({THIRD: OTHER, FIRST: TARGET, ADDITIONAL: "06-1234-5678"})
    assert view.state is UploadState.READY
    assert listed(view) == [
        (THIRD, ChangeSort.GROUP_ADDED, None, OTHER),
        (FIRST, ChangeSort.UNCHANGED, None, None),
        (ADDITIONAL, ChangeSort.GROUP_ADDED, None, "0612345678"),
        (SECOND, ChangeSort.GROUP_REMOVED, OTHER, None),
    ]
    assert {one.sort: one.numbers for one in view.counts} == {
        ChangeSort.GROUP_ADDED: 2,
        ChangeSort.GROUP_REMOVED: 1,
        ChangeSort.UNCHANGED: 1,
    }
    assert office.targets() == {FIRST: TARGET, SECOND: OTHER}
    done = office.done(view)
    assert done.state is UploadState.COMPLETED
    assert list(office.targets().items()) == [(THIRD, OTHER), (FIRST, TARGET), (ADDITIONAL, "0612345678")]
    assert {(one.before, one.after) for one in done.changes} == {(None, None)}
    (changed,) = listed(office.check_file({THIRD: TARGET, FIRST: TARGET, ADDITIONAL: "0612345678"}))[:1]
    assert changed == (THIRD, ChangeSort.TARGET_CHANGED, OTHER, TARGET)


@pytest.mark.rule("AUDIT-1", "EVENT-1")
def test_the_world_is_told_of_the_job_and_of_the_group(office):
    before = office.changes_told()
    view = office.put({THIRD: OTHER})
    assert [(name, data["job"], data["kind"], data["rows"]) for name, data in office.history()] == [
        ("BulkJobAccepted", view.upload_id.hex, "forwarding", 1),
        ("BulkJobCompleted", view.upload_id.hex, "forwarding", 1),
    ]
    assert office.changes_told() == before + 1
    office.put({THIRD: OTHER})
    assert office.changes_told() == before + 1


@pytest.mark.rule("FEAT-4", "BULK-6", "BULK-8")
def test_every_fault_is_told_at_once_with_row_column_and_value(office):
    view = office.check_file(
        f"電話番号,転送先\r\n{FIRST},110\r\n{BARE},{TARGET}\r\n0399998888,{TARGET}\r\n"
        f"{SECOND},0120123456\r\n{FIRST},{OTHER}\r\n{THIRD},120123456\r\n{ADDITIONAL},{ADDITIONAL}\r\n"
    )
    assert view.state is UploadState.REJECTED
    number, target = Column.NUMBER, Column.TARGET
    assert told(view) == [
        (2, target, Problem.TARGET_EMERGENCY, "110"),
        (3, number, Problem.NOT_CONTRACTED, BARE),
        (4, number, Problem.UNKNOWN_NUMBER, "0399998888"),
        (5, target, Problem.TARGET_CHARGED_RANGE, "0120123456"),
        (6, number, Problem.NUMBER_TWICE, FIRST),
        (7, target, Problem.TARGET_CHARGED_RANGE, "120123456"),
        (8, target, Problem.TARGET_ITSELF, ADDITIONAL),
        (None, None, Problem.TOO_MANY_FOR_GROUP, "7"),
    ]
    assert office.targets() == {FIRST: TARGET, SECOND: OTHER}


@pytest.mark.rule("FEAT-4", "BULK-6")
def test_a_circle_within_the_file_is_told_with_every_row_of_it_however_far_apart_they_stand(office):
    text = (
        f"{FIRST},{SECOND[1:]}\r\n{THIRD},{FIRST}\r\n{SECOND},{ADDITIONAL}\r\n{ADDITIONAL},{FIRST[:3]}-{FIRST[3:]}\r\n"
    )
    view = office.check_file(text)
    assert view.state is UploadState.REJECTED
    assert [(one.row, one.column, one.problem, one.value, one.other_row) for one in view.faults] == [
        (1, Column.TARGET, Problem.TARGET_LOOP, SECOND[1:], 3),
        (3, Column.TARGET, Problem.TARGET_LOOP, ADDITIONAL, 4),
        (4, Column.TARGET, Problem.TARGET_LOOP, f"{FIRST[:3]}-{FIRST[3:]}", 1),
    ], "a row that leads into the circle and is not of it may stay"
    view = office.check_file({FIRST: FIRST, SECOND: THIRD, THIRD: OTHER})
    assert told(view) == [(1, Column.TARGET, Problem.TARGET_ITSELF, FIRST)]
    office.set_group({SECOND: FIRST}, office.group)
    assert office.check_file({FIRST: SECOND}).state is UploadState.READY, "what the file replaces closes no circle"


@pytest.mark.rule("FEAT-4", "BULK-7")
def test_zeros_that_were_dropped_in_either_column_are_put_back_when_that_is_confirmed(office):
    view = office.check_file(f"{FIRST[1:]},{OTHER[1:]}\r\n")
    assert [(one.column, one.typed, one.number) for one in view.corrections] == [
        (Column.NUMBER, FIRST[1:], FIRST),
        (Column.TARGET, OTHER[1:], OTHER),
    ]
    with pytest.raises(CorrectionsUnconfirmed):
        office.confirm(view.upload_id)
    office.confirm(view.upload_id, corrected=True)
    office.work()
    assert office.targets() == {FIRST: OTHER}


@pytest.mark.rule("BULK-9", "LINE-2")
def test_a_unit_changed_while_a_confirmed_file_waits_fails_it(office):
    view = office.check_file({THIRD: TARGET})
    office.confirm(view.upload_id)
    _, key = office.change_unit(office.key, AuthUnit.NUMBER, contract=PASSWORD)
    office.work()
    assert told(office.look(view.upload_id, key)) == [(None, None, Problem.UNIT_MOVED_MEANWHILE, None)]
    assert office.targets() == {FIRST: TARGET, SECOND: OTHER}


@pytest.mark.rule("BULK-9")
def test_a_file_that_was_in_force_before_the_unit_changed_and_whose_answer_was_lost_has_not_failed(office):
    class Deaf(Away):
        def apply_targets(self, order):
            office.settings_api.apply_targets(order)
            raise Unavailable("settings")

    view = office.check_file({THIRD: TARGET})
    office.confirm(view.upload_id)
    office.settings_is(Deaf())
    office.work()
    _, key = office.change_unit(office.key, AuthUnit.NUMBER, contract=PASSWORD)
    office.settings_is(office.settings_api)
    office.clock.forward(seconds=3)
    office.work()
    assert (office.look(view.upload_id, key).state, office.targets()) == (UploadState.COMPLETED, {THIRD: TARGET})


@pytest.mark.rule("AUDIT-5", "BULK-7")
def test_corrections_die_with_the_job(office):
    view = office.check_file(f"{FIRST[1:]},{OTHER[1:]}\r\n")
    office.withdraw(view.upload_id)
    assert not office.bulk.store.rows("SELECT sort FROM pieces WHERE sort = 'corrections'")


@pytest.mark.rule("BULK-7")
def test_a_file_whose_corrections_an_older_release_has_kept_is_looked_at_and_given_up(office):
    view = office.check_file(f"{FIRST[1:]},{OTHER[1:]}\r\n")
    row = office.bulk.store.find(view.upload_id)
    kept = office.bulk.store.personal.lock_away("[]", f"upload {row.upload_id.hex} corrections 0")
    office.bulk.store.execute("UPDATE pieces SET content = :kept WHERE sort = 'corrections'", {"kept": kept})
    for statement in MIGRATIONS[-1].sql.split(";"):
        office.bulk.store.execute(statement, {})
    assert office.look(view.upload_id).state is UploadState.READY
    with pytest.raises(NotReady):
        office.confirm(view.upload_id, corrected=True)
    office.bulk.desk.sweep()
    assert office.look(view.upload_id).state is UploadState.WITHDRAWN
    assert office.targets() == {FIRST: TARGET, SECOND: OTHER}


@pytest.mark.rule("FEAT-4", "BULK-9")
@pytest.mark.parametrize(
    ("meanwhile", "problem"),
    [
        (lambda office: office.start(), Problem.GROUP_IS_ON),
        (lambda office: office.set_group({FIRST: OTHER}, office.group), Problem.GROUP_MOVED),
        (lambda office: office.remove_group(), Problem.GROUP_GONE),
    ],
    ids=["started", "changed", "removed"],
)
@pytest.mark.parametrize("when", ["before the check", "after it"])
def test_a_group_that_was_started_changed_or_removed_since_the_page_was_shown_fails_the_file_whole(
    office, meanwhile, problem, when
):
    if when == "after it":
        view = office.check_file({THIRD: TARGET})
        meanwhile(office)
        view = office.done(view)
        assert view.state is UploadState.FAILED
        assert office.names() == ["BulkJobAccepted", "BulkJobFailed"]
    else:
        upload_id = office.send_file({THIRD: TARGET})
        meanwhile(office)
        office.work()
        view = office.look(upload_id)
        assert view.state is UploadState.REJECTED
    assert told(view) == [(None, None, problem, None)]
    if problem is not Problem.GROUP_GONE:
        assert THIRD not in office.targets()


@pytest.mark.rule("BULK-9", "LINE-6")
@pytest.mark.parametrize("how", ["removed", "without the feature"])
def test_a_number_that_leaves_between_check_and_confirmation_is_named_by_its_row(office, how):
    view = office.check_file({FIRST: TARGET, THIRD: TARGET})
    if how == "removed":
        office.auth.provisioning.remove(RemoveNumbers(contract_number=CONTRACT, numbers=(THIRD,)))
        office.settings.follow()
    else:
        office.contract({THIRD: {Feature.CALL_NOTIFICATION}})
    view = office.done(view)
    assert view.state is UploadState.FAILED
    assert told(view) == [(2, Column.NUMBER, Problem.LEFT_MEANWHILE, THIRD)]
    assert office.targets() == {FIRST: TARGET, SECOND: OTHER}


@pytest.mark.rule("MENU-3", "FEAT-4", "BULK-6")
def test_a_number_whose_contract_rests_is_neither_listed_as_taken_out_nor_taken_out(office):
    office.contract({FIRST: {Feature.CALL_NOTIFICATION}})
    view = office.check_file({THIRD: OTHER})
    assert [one[:2] for one in listed(view)] == [(THIRD, ChangeSort.GROUP_ADDED), (SECOND, ChangeSort.GROUP_REMOVED)]
    assert office.done(view).state is UploadState.COMPLETED
    assert office.targets() == {THIRD: OTHER}
    office.contract({FIRST: FORWARDING})
    assert office.targets() == {THIRD: OTHER, FIRST: TARGET}


@pytest.mark.rule("BULK-9")
def test_the_same_job_applied_twice_is_applied_once_also_when_the_group_has_moved_on(office):
    member = MemberTarget(assignment_id=office.auth.store.number(THIRD).assignment_id, number=THIRD, target=TARGET)
    order = ApplyTargets(
        job_id=uuid4(), reach=office.reach(), group_id=office.group, seen=office.version, members=(member,)
    )
    for _ in range(2):
        office.settings_api.apply_targets(order)
    office.set_group({FIRST: OTHER}, office.group)
    office.settings_api.apply_targets(order)
    assert office.targets() == {FIRST: OTHER}
    office.remove_group()
    office.settings_api.apply_targets(order)


@pytest.mark.rule("BULK-9")
def test_of_two_administrators_with_two_files_at_once_the_second_waits_and_then_finds_the_group_changed(office):
    _, second = office.log_in(CONTRACT, PASSWORD)
    first_file = office.check_file({THIRD: TARGET})
    second_file = office.check_file({ADDITIONAL: OTHER}, second)
    office.confirm(first_file.upload_id)
    with pytest.raises(AnotherJobRuns):
        office.confirm(second_file.upload_id, second)
    office.work()
    office.confirm(second_file.upload_id, second)
    office.work()
    assert told(office.look(second_file.upload_id, second)) == [(None, None, Problem.GROUP_MOVED, None)]
    assert office.targets() == {THIRD: TARGET}


@pytest.mark.rule("BULK-9")
def test_while_settings_is_away_a_file_waits_and_goes_on_from_where_it_was(office):
    upload_id = office.send_file({THIRD: TARGET})
    office.settings_is(Away())
    office.work()
    assert office.look(upload_id).state is UploadState.CHECKING
    office.settings_is(office.settings_api)
    office.clock.forward(seconds=3)
    office.work()
    assert office.look(upload_id).state is UploadState.READY
    office.confirm(upload_id)
    office.settings_is(Away())
    office.work()
    assert office.look(upload_id).state is UploadState.WORKING
    office.settings_is(office.settings_api)
    office.clock.forward(seconds=3)
    office.work()
    assert (office.look(upload_id).state, office.targets()) == (UploadState.COMPLETED, {THIRD: TARGET})


@pytest.mark.rule("BULK-9", "FEAT-4")
def test_a_groups_files_are_found_however_many_were_sent_for_others(office):
    def files():
        query = KindQuery(session_key=office.key, kind=BulkKind.FORWARDING, group_id=office.group)
        return [one.upload_id for one in office.bulk.desk.list(query).uploads]

    own = office.put({THIRD: TARGET}).upload_id
    for _ in range(20):
        office.send("?", kind=BulkKind.FORWARDING, group_id=uuid4())
        office.clock.forward(seconds=1)
        office.work()
    assert files() == [own]


@pytest.mark.rule("BULK-5", "FEAT-4")
def test_the_download_has_what_is_in_the_group_and_where_nothing_is_every_number_that_can_be(office):
    def rows():
        query = KindQuery(session_key=office.key, kind=BulkKind.FORWARDING, group_id=office.group)
        return [row.cells for row in office.bulk.desk.download(query).rows]

    assert rows() == [(FIRST, TARGET), (SECOND, OTHER)]
    office.set_group({}, office.group)
    assert rows() == [(number, "") for number in sorted((CONTRACT, ADDITIONAL, FIRST, SECOND, THIRD))]


@pytest.mark.rule("FEAT-4", "LINE-2", "LINE-4")
def test_only_who_manages_the_whole_line_sends_a_file_and_a_file_names_its_group(office):
    with pytest.raises(BadPart):
        office.send({FIRST: TARGET}, kind=BulkKind.FORWARDING)
    _, office.key = office.change_unit(office.key, AuthUnit.NUMBER, contract=PASSWORD)
    with pytest.raises(NotInReach):
        office.send_file({FIRST: TARGET})


@pytest.mark.rule("AUDIT-2", "AUDIT-5", "BULK-9")
def test_no_number_or_target_lies_open_and_no_target_at_all_when_the_job_is_over(office):
    view = office.check_file({THIRD: TARGET})

    def stored():
        tables = ("uploads", "pieces", office.bulk.store.recorder.events_table_name)
        return str([office.bulk.store.rows(f"SELECT * FROM {table}") for table in tables])

    assert not any(number in stored() for number in (THIRD, TARGET, OTHER))
    office.done(view)
    assert {row["sort"] for row in office.bulk.store.rows("SELECT DISTINCT sort FROM pieces")} == {"difference"}
