from __future__ import annotations

import threading

import pytest

from chassis.together import Together


class Errand:
    """Each run waits until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.let_go = threading.Semaphore(0)
        self.runs = 0

    def __call__(self) -> None:
        self.runs += 1
        self.begun.release()
        assert self.let_go.acquire(timeout=20)


class Watched:
    """A lock that tells of each who comes to it, before it lets anybody in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.come = threading.Semaphore(0)

    def acquire(self, timeout: float) -> bool:
        self.come.release()
        return self._lock.acquire(timeout=timeout)

    def release(self) -> None:
        self._lock.release()


def test_all_who_ask_while_a_run_is_under_way_share_the_next_one():
    errand, lock = Errand(), Watched()
    together = Together(errand)
    together._lock = lock  # type: ignore[assignment]
    asking = [threading.Thread(target=together.run, args=(20,)) for _ in range(1 + 5)]
    asking[0].start()
    assert errand.begun.acquire(timeout=20)
    for other in asking[1:]:
        other.start()
    for _ in asking:
        assert lock.come.acquire(timeout=20)
    errand.let_go.release()
    assert errand.begun.acquire(timeout=20), "what began before they asked is not enough"
    errand.let_go.release()
    for thread in asking:
        thread.join(20)
    assert errand.runs == 1 + 1


def test_who_asks_afterwards_gets_a_run_of_its_own_and_hears_why_it_failed():
    errand = Errand()
    together = Together(errand)
    errand.let_go.release(2)
    together.run(20)
    together.run(20)
    assert errand.runs == 2

    def fails() -> None:
        raise ValueError("why")

    failing = Together(fails)
    for _ in range(2):
        with pytest.raises(ValueError, match="why"):
            failing.run(20)


def test_nobody_waits_for_longer_than_it_has_time():
    errand = Errand()
    together = Together(errand)
    first = threading.Thread(target=together.run, args=(20,))
    first.start()
    assert errand.begun.acquire(timeout=20)
    together.run(0.001)
    errand.let_go.release()
    first.join(20)
    assert errand.runs == 1


def test_who_waited_for_a_run_that_fails_runs_the_errand_itself():
    errand, lock, failed = Errand(), Watched(), []

    def fails_at_second() -> None:
        errand()
        if errand.runs == 2:
            raise ValueError("its time was over")

    together = Together(fails_at_second)
    together._lock = lock  # type: ignore[assignment]

    def ask() -> None:
        try:
            together.run(20)
        except ValueError as error:
            failed.append(error)

    asking = [threading.Thread(target=ask) for _ in range(1 + 3)]
    asking[0].start()
    assert errand.begun.acquire(timeout=20)
    for other in asking[1:]:
        other.start()
    for _ in asking:
        assert lock.come.acquire(timeout=20)
    errand.let_go.release(3)
    for thread in asking:
        thread.join(20)
    assert (errand.runs, len(failed)) == (3, 1), "the next one runs it again, and serves the last one too"
