from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Seen = Callable[..., Any]


def test_a_hundred_callers_at_once_each_get_their_own_answer(seen: Seen) -> None:
    assert seen("parallel") == {"right": True, "left": 0}


def test_a_refusal_arrives_as_its_own_type_with_its_details(seen: Seen) -> None:
    assert seen("refusal") == {"text": "no"}


def test_a_missed_deadline_leaves_nothing_behind_and_the_next_call_works(seen: Seen) -> None:
    assert seen("missed_deadline") == {"service": "echo", "left": 0, "still": "well"}


def test_a_request_that_arrives_after_its_deadline_is_not_worked_on(seen: Seen) -> None:
    assert seen("late_request") == {"asked": 1}


def test_a_call_made_while_answering_ends_no_later_than_the_call_being_answered(seen: Seen) -> None:
    told = seen("nested_deadline")
    assert told["first"] == "first"
    assert told["granted"]
    assert all(told["granted"])


@pytest.mark.rule("AUDIT-2")
def test_an_unexpected_error_is_logged_under_the_correlation_id_and_told_without_details(
    seen: Seen, tmp_path: Path
) -> None:
    told = seen("unexpected_error", tmp_path / "log")
    assert told["told"] == "echo.crash: error"
    lines = [json.loads(line) for line in told["log"].splitlines()]
    (broke,) = [line for line in lines if line["event"] == "the procedure broke"]
    assert broke["correlation_id"] == "c" * 32
    assert broke["service"] == "echo"
    assert "ValueError" in broke["exception"]
    assert "s3cretWord" not in told["log"]


def test_what_a_killed_instance_worked_on_is_done_by_the_next(seen: Seen) -> None:
    assert seen("killed_while_working") == {"text": "done by the second", "asked": 3}


@pytest.mark.rule("AUDIT-2")
def test_nobody_who_reads_the_broker_reads_a_secret(seen: Seen) -> None:
    assert seen("wiretap") == {
        "arrived": "s3cretWord",
        "address": "192.0.2.77",
        "correlation_id": "d" * 32,
        "tap_works": True,
        "leaked": False,
    }


def test_a_provider_with_a_new_key_is_understood_without_a_restart_of_its_callers(seen: Seen) -> None:
    assert seen("changed_key") == {"before": "one", "after": "two"}


def test_a_service_that_nobody_runs_is_told_at_once(seen: Seen) -> None:
    assert seen("nobody_there") == {"service": "echo", "left": 0}


def test_a_procedure_that_the_provider_does_not_have_is_a_failure(seen: Seen) -> None:
    assert seen("foreign_method") == {"told": "echo.unheard: MethodNotFound"}


def test_background_work_survives_its_own_failures_and_ends_before_the_application_closes(seen: Seen) -> None:
    assert seen("background_work") == {"went_on_after_failure": True, "closed": 1, "after_close": 0}
