"""Bounded entrances (LOGIN-6): who waits, who goes first, who is told that it is busy."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from chassis.gate import Gate, Turns
from contracts.base import Busy


def occupied(gate: Gate) -> tuple[threading.Thread, threading.Event]:
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with gate.entered():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=stay)
    thread.start()
    assert inside.wait(10)
    return thread, leave


def wait_until_queued(gate: Gate, count: int) -> None:
    moment = threading.Event()
    while len(gate._queue) < count:
        moment.wait(0.001)


def test_whoever_has_waited_longest_goes_first() -> None:
    gate, order = Gate(at_work=1, waiting=9), []
    holder, leave = occupied(gate)

    def work(name: str) -> None:
        with gate.entered():
            order.append(name)

    threads = []
    for count, name in enumerate(("first", "second", "third"), start=1):
        threads.append(threading.Thread(target=work, args=(name,)))
        threads[-1].start()
        wait_until_queued(gate, count)
    leave.set()
    for thread in [holder, *threads]:
        thread.join(10)
    assert order == ["first", "second", "third"]


def test_whoever_finds_the_queue_full_is_told_at_once_that_it_is_busy() -> None:
    gate = Gate(at_work=1, waiting=0)
    holder, leave = occupied(gate)
    with pytest.raises(Busy), gate.entered():
        pass
    leave.set()
    holder.join(10)
    with gate.entered(), pytest.raises(Busy), gate.entered():
        pass


def test_whoever_waited_in_vain_leaves_the_queue() -> None:
    gate = Gate(at_work=1, waiting=1)
    holder, leave = occupied(gate)
    for _ in range(3):
        with pytest.raises(Busy), gate.entered(timeout=0.01):
            pass
    leave.set()
    holder.join(10)
    with gate.entered(timeout=0.01):
        assert not gate._queue


@pytest.mark.parametrize("when", ["while_waiting", "when_called"])
def test_whoever_is_killed_while_waiting_leaves_its_place_to_the_next(seen: Callable[..., Any], when: str) -> None:
    assert seen("killed_at_the_gate", when) == {"killed": True, "entered": True, "queue": 0}


@pytest.mark.rule("LOGIN-6")
def test_a_line_before_one_number_does_not_hold_up_another() -> None:
    turns, inside, leave = Turns(waiting=5, in_total=5), threading.Event(), threading.Event()

    def stay() -> None:
        with turns.turn("0300001111"):
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=stay)
    thread.start()
    assert inside.wait(10)
    with turns.turn("0300002222"):
        assert thread.is_alive()
    leave.set()
    thread.join(10)
    assert turns._gates == {}, "nothing is kept for numbers that nobody asks for"
