from __future__ import annotations

from collections.abc import Callable
from typing import Any

Seen = Callable[..., Any]


def test_each_queue_gets_its_own_copy_and_a_requeued_message_comes_back_marked_to_the_same_queue(seen: Seen) -> None:
    saw = seen("queues")
    assert saw["one"] == [["first", False], ["first", True], ["second", False]]
    assert saw["two"] == [["first", False], ["second", False]]


def test_what_nobody_would_receive_is_refused_and_queues_go_with_their_last_listener(seen: Seen) -> None:
    saw = seen("queues")
    assert saw["unroutable_refused"]
    assert saw["left"] == []


def test_services_that_came_and_went_leave_no_reply_queue_message_or_binding(seen: Seen) -> None:
    assert seen("what_stays") == {
        "queues": ["rpc-echo", "rpc-relay"],
        "messages": 0,
        "listeners": 0,
        "bindings": 2,
        "table": 2,
    }


def test_services_that_wait_for_work_leave_the_processor_alone(seen: Seen) -> None:
    assert seen("idle")["busy"] < 0.2  # seconds of two
