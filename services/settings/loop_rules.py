"""Whether forwarded calls would come back to where they began (FEAT-3). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def comes_back(home: str, target: str, onward: Callable[[str], Iterable[str]]) -> bool:
    """Whether calls to `home`, forwarded to `target`, can reach `home` again.

    `onward` tells where a number forwards its own calls to. A circle that does not hold `home` is not of its making.
    """
    seen: set[str] = set()
    ahead = [target]
    while ahead:
        number = ahead.pop()
        if number == home:
            return True
        if number not in seen:
            seen.add(number)
            ahead.extend(onward(number))
    return False
