"""The same work on many items, a few at a time."""

from __future__ import annotations

import threading

import pytest

from chassis.abreast import abreast


def test_results_come_in_the_order_of_the_items() -> None:
    assert abreast(lambda item: item * 2, range(50), 4) == [item * 2 for item in range(50)]
    assert abreast(str, [7], 4) == ["7"]
    assert abreast(str, [], 4) == []


def test_some_are_at_work_together_and_never_more_than_were_allowed() -> None:
    together, at_work, most = threading.Barrier(3), set[object](), [0]

    def work(item: int) -> None:
        at_work.add(item)
        together.wait(10)  # nobody goes on before three are here
        most[0] = max(most[0], len(at_work))
        together.wait(10)
        at_work.discard(item)

    abreast(work, range(9), 3)
    assert most[0] == 3


def test_the_first_failure_is_raised_and_ends_what_was_not_begun() -> None:
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        raise ValueError(item)

    with pytest.raises(ValueError, match=r"0|1"):
        abreast(work, range(100), 2)
    assert len(begun) <= 2
