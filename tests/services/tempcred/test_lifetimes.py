"""TEMP-9 through kills of either service, and what becomes of a temporary password afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import Tracking

from chassis.follower import Follower, one_by_one
from contracts.base import Busy, Envelope, HistoryQuery
from services.tempcred import policies, publishing

CONTRACT = "0300001111"
ADDITIONAL = "0300002222"
PASSWORD = "20260401"


class Killed(BaseException):
    """The process ends here."""


def kill() -> None:
    raise Killed


def follow(world: Any) -> int:
    application = world.app
    effect = one_by_one(application, lambda event, tracking: policies.apply(application, event, tracking))
    return Follower(application, "auth", world.auth.history, effect).catch_up()


def public(world: Any) -> list[Envelope]:
    return list(publishing.history(world.app, HistoryQuery()).events)


def names(world: Any) -> list[str]:
    return [event.name for event in public(world)]


def kill_at_save(world: Any, nth: int, *, committed: bool) -> None:
    save: Callable[..., Any] = world.app.save
    count = 0

    def dying(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        if count == nth and not committed:
            raise Killed
        saved = save(*args, **kwargs)
        if count == nth:
            raise Killed
        return saved

    world.app.save = dying


POINTS: dict[str, Callable[[Any], None]] = {
    "before the request is saved": lambda world: kill_at_save(world, 1, committed=False),
    "after the request is saved": lambda world: kill_at_save(world, 1, committed=True),
    "before auth has it": lambda world: setattr(world.auth, "before", kill),
    "after auth has it": lambda world: setattr(world.auth, "after", kill),
    "before the outcome is saved": lambda world: kill_at_save(world, 2, committed=False),
    "after the outcome is saved": lambda world: kill_at_save(world, 2, committed=True),
}


@pytest.mark.rule("TEMP-9")
@pytest.mark.parametrize("point", POINTS)
def test_a_step_repeated_after_a_kill_goes_on_with_the_same_temporary_password(world: Any, point: str):
    world.dial("a", "1", PASSWORD)
    POINTS[point](world)
    with pytest.raises(Killed):
        world.app.enter("a", 3, PASSWORD)
    requested = world.app.rows("SELECT temporary_id FROM due")
    world.auth_is_back()
    world.restarted()
    turn = world.app.enter("a", 3, PASSWORD)
    assert "完了しました" in turn.say
    assert world.app.enter("a", 3, PASSWORD) == turn
    assert follow(world) == 1
    assert names(world) == ["TemporaryPasswordSet"]
    (row,) = world.app.rows("SELECT temporary_id FROM due")
    assert row["temporary_id"] == world.only_id().hex
    assert requested in ([], [row])


@pytest.mark.rule("TEMP-9")
@pytest.mark.parametrize("point", POINTS)
def test_after_a_kill_the_account_agrees_with_auth_although_the_caller_is_gone(world: Any, point: str):
    world.dial("a", "1", PASSWORD)
    POINTS[point](world)
    with pytest.raises(Killed):
        world.app.enter("a", 3, PASSWORD)
    world.auth_is_back()
    world.restarted()
    follow(world)
    world.passes(minutes=16)
    assert world.app.sweep() is False
    follow(world)
    assert names(world) == ["TemporaryPasswordSet"] * len(world.auth.held)
    due = world.app.rows("SELECT temporary_id FROM due")
    assert [UUID(row["temporary_id"]) for row in due] == list(world.auth.held)


@pytest.mark.rule("TEMP-9")
def test_a_caller_whom_auth_does_not_answer_is_never_told_that_it_is_done(world: Any):
    world.dial("a", "1", PASSWORD)
    world.auth_is_away()
    turn = world.app.enter("a", 3, PASSWORD)
    assert turn.ended
    assert "完了しました" not in turn.say
    assert world.app.row("SELECT state FROM calls")["state"] is None
    world.auth_is_back()
    assert world.app.enter("a", 3, PASSWORD) == turn
    assert not world.auth.held


@pytest.mark.rule("TEMP-9")
def test_a_lost_reply_is_made_good_by_following_auth(world: Any):
    world.dial("a", "1", PASSWORD)
    world.auth_is_away()
    world.auth.before, world.auth.after = lambda: None, world.auth.before  # it does it, and its answer is lost
    assert "完了しました" not in world.app.enter("a", 3, PASSWORD).say
    assert names(world) == []
    follow(world)
    assert names(world) == ["TemporaryPasswordSet"]


def test_a_busy_auth_leaves_the_step_to_be_repeated(world: Any):
    def busy() -> None:
        raise Busy(retry_after=2)

    world.dial("a", "1", PASSWORD)
    world.auth.before = busy
    with pytest.raises(Busy):
        world.app.enter("a", 3, PASSWORD)
    world.auth_is_back()
    assert "完了しました" in world.app.enter("a", 3, PASSWORD).say


def test_hanging_up_while_it_is_being_set_does_not_disturb_it(world: Any):
    world.dial("a", "1", PASSWORD)
    world.auth.before = lambda: world.app.hang_up("a")
    assert "完了しました" in world.app.enter("a", 3, PASSWORD).say


def test_what_auth_never_had_is_closed_and_told_to_nobody(world: Any):
    world.dial("a", "1", PASSWORD)
    world.auth_is_away()
    world.app.enter("a", 3, PASSWORD)
    world.passes(minutes=15)
    world.app.sweep()
    assert world.app.rows("SELECT * FROM due") == []
    assert names(world) == []


def test_what_was_closed_but_auth_had_all_the_same_is_set_when_auth_tells(world: Any):
    world.dial("a", "1", PASSWORD)
    world.auth.after = kill
    with pytest.raises(Killed):
        world.app.enter("a", 3, PASSWORD)
    world.passes(minutes=15)
    world.app.sweep()
    follow(world)
    assert names(world) == ["TemporaryPasswordSet"]
    assert len(world.app.rows("SELECT * FROM due")) == 1


@pytest.mark.rule("AUDIT-1")
def test_setting_one_is_published_with_the_caller_masked_unless_it_is_the_number_itself(world: Any):
    world.dial("a", "2", ADDITIONAL, PASSWORD, PASSWORD)
    world.dial("b", "1", PASSWORD, PASSWORD)
    other, own = public(world)
    assert other.data["number"] == other.subject == ADDITIONAL
    assert (other.data["caller"], own.data["caller"]) == ("******1111", CONTRACT)
    assert (other.data["actor"]["number"], own.data["actor"]["number"]) == ("******1111", CONTRACT)
    assert (other.data["unit"], own.data["unit"]) == ("NUMBER", "LINE")
    assert other.partitionkey == own.partitionkey == CONTRACT
    assert datetime.fromisoformat(own.data["expires_at"]) == world.now + timedelta(hours=24)


@pytest.mark.rule("AUDIT-2")
def test_no_digit_of_it_is_in_any_event(world: Any):
    world.dial("a", "1", PASSWORD, PASSWORD)
    world.auth.tell("CredentialLocked", world.only_id(), factor="temporary_password", mismatches=3)
    follow(world)
    recorded = world.app.recorder.select_notifications(start=None, limit=100)
    assert len(recorded) == 3
    assert PASSWORD not in repr([event.state for event in recorded]) + repr(public(world))


@pytest.mark.rule("AUDIT-5")
def test_an_erased_number_is_told_no_more(world: Any):
    world.dial("a", "1", PASSWORD, PASSWORD)
    world.app.personal.erase(world.only_id())
    (event,) = public(world)
    assert (event.subject, event.partitionkey, event.data["number"], event.data["caller"]) == (None,) * 4


ENDINGS = [
    ("PasswordSet", {"cause": "temporary"}, "TemporaryPasswordReplaced", None),
    ("PasswordSet", {"cause": "bulk"}, "TemporaryPasswordVoided", "password_set"),
    ("CredentialLocked", {"factor": "temporary_password"}, "TemporaryPasswordVoided", "mismatches"),
    ("CredentialVoided", {"cause": "temporary_set"}, "TemporaryPasswordVoided", "superseded"),
    ("CredentialVoided", {"cause": "unit_changed"}, "TemporaryPasswordVoided", "unit_changed"),
    ("CredentialVoided", {"cause": "number_removed"}, "TemporaryPasswordVoided", "number_removed"),
]


@pytest.mark.rule("TEMP-8")
@pytest.mark.rule("TEMP-9")
@pytest.mark.parametrize(("told", "data", "published", "cause"), ENDINGS)
def test_what_auth_tells_of_its_end_is_recorded_once(
    world: Any, told: str, data: dict[str, Any], published: str, cause: str | None
):
    world.dial("a", "1", PASSWORD, PASSWORD)
    for _ in range(2):
        world.auth.tell(told, world.only_id(), **data)
    follow(world)
    assert names(world) == ["TemporaryPasswordSet", published]
    last = public(world)[-1]
    assert last.data["cause"] == cause
    asked = [last.data[name] for name in ("correlation_id", "address_token", "request_id")]
    assert asked == ["0" * 32, "ab12", "cd34"]
    assert world.app.rows("SELECT * FROM due") == []


def test_a_repeat_of_the_whole_history_changes_nothing(world: Any):
    world.dial("a", "1", PASSWORD, PASSWORD)
    world.auth.tell("PasswordSet", world.only_id(), cause="temporary")
    follow(world)
    before = public(world)
    assert follow(world) == 0
    for position, event in enumerate(world.auth.told, start=10):
        tracking = Tracking("auth", position)
        policies.apply(world.app, event, tracking)
    assert public(world) == before


def test_an_end_that_is_told_before_its_beginning_stays_the_end(world: Any):
    world.dial("a", "1", PASSWORD)
    world.auth.after = kill
    with pytest.raises(Killed):
        world.app.enter("a", 3, PASSWORD)
    world.auth.tell("PasswordSet", world.only_id(), cause="temporary")
    world.auth.told.reverse()
    for position, event in enumerate(world.auth.told, start=1):
        policies.apply(world.app, event, Tracking("auth", position))
    assert names(world) == ["TemporaryPasswordReplaced"]


def test_events_that_are_none_of_ours_are_passed_over(world: Any):
    world.auth.tell("TemporaryPasswordHeld", uuid4(), expires_at=world.now.isoformat())
    world.auth.tell("PasswordSet", None, cause="own")
    world.auth.tell("SessionOpened", None)
    assert follow(world) == 3
    assert world.app.position_in("auth") == 3


@pytest.mark.rule("TEMP-7")
def test_after_24_hours_it_is_recorded_as_expired(world: Any):
    world.dial("a", "1", PASSWORD, PASSWORD)
    world.passes(hours=23, minutes=59, seconds=59)
    world.app.sweep()
    assert names(world) == ["TemporaryPasswordSet"]
    world.passes(seconds=6)
    world.app.sweep()
    world.app.sweep()
    assert names(world) == ["TemporaryPasswordSet", "TemporaryPasswordVoided"]
    assert public(world)[-1].data["cause"] == "expired"


@pytest.mark.rule("TEMP-7")
def test_a_password_set_in_the_last_moment_counts_although_it_is_told_late(world: Any):
    world.dial("a", "1", PASSWORD, PASSWORD)
    world.auth.tell("PasswordSet", world.only_id(), cause="temporary")
    world.passes(hours=24, seconds=5)
    world.app.sweep()
    follow(world)
    assert names(world)[-1] == "TemporaryPasswordReplaced"


def test_many_due_at_once_are_recorded_in_several_passes(world: Any):
    for index in range(5):
        world.dial(f"call {index}", "1", PASSWORD, PASSWORD)
    world.passes(hours=25)
    assert [world.app.record_due(limit=2) for _ in range(4)] == [True, True, False, False]
    assert names(world).count("TemporaryPasswordVoided") == 5
