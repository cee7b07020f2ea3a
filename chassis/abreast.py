"""The same work on many items, a few at a time: for work that waits for a pool of its own (hashing)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def abreast(work: Callable[[T], R], items: Iterable[T], at_once: int) -> list[R]:
    """The results in the order of the items. The first failure ends it: what was not begun is left, then it is raised.

    Threads of the standard library: in a process with nameko they are green.
    """
    listed = list(items)
    if len(listed) <= 1:
        return [work(item) for item in listed]
    results: dict[int, R] = {}
    failures: list[BaseException] = []
    places = iter(range(len(listed)))
    lock = threading.Lock()

    def go_on() -> None:
        while not failures:
            with lock:
                place = next(places, None)
            if place is None:
                return
            try:
                results[place] = work(listed[place])
            except BaseException as failure:  # noqa: BLE001  # raised below, in the caller's own thread
                failures.append(failure)

    threads = [threading.Thread(target=go_on) for _ in range(min(at_once, len(listed)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return [results[place] for place in range(len(listed))]
