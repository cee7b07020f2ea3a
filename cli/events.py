"""`./hikari events parked` and `retry`: events that a service could not work with (EVENT-2)."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from cli.complaint import REFUSED, UNREACHABLE, Complaint
from cli.operators import Operators
from cli.text import printable
from contracts.base import ParkedEvent

COLUMNS = {"parked": 19, "service": 9, "source": 9, "position": 8, "kind": 26, "line": 11, "tries": 5, "reason": 0}


def list_parked(operators: Operators, *, as_json: bool) -> int:
    """Print what is parked. Exit code 1 when a service did not answer, as its events are missing then."""
    answer = operators.get("/ops/api/events/parked", {})
    events = _events(answer)
    if as_json:
        for event in events:
            print(event.model_dump_json())
    elif events:
        print(_row({name: name.upper() for name in COLUMNS}))
        for event in events:
            print(_row(_cells(event)))
        unlisted = int(answer.get("count", 0)) - len(events)
        if unlisted > 0:
            print(f"and {unlisted} more")
        print("The log of the service says why; once that is mended: ./hikari events retry")
    else:
        print("nothing is parked")
    return _complain_of(answer)


def retry(operators: Operators) -> int:
    """Have everything that is parked taken up, in order. Exit code 1 when something is left."""
    done = 0
    while True:
        answer = operators.post("/ops/api/events/retry", {})
        now, left = int(answer.get("done", 0)), int(answer.get("left", 0))
        done += now
        if not now or not left:
            break
    print(f"{done} taken up, {left} left")
    if left:
        print("What is left failed again, or waits behind such a one: ./hikari events parked")
    return _complain_of(answer) or (REFUSED if left else 0)


def _complain_of(answer: dict[str, Any]) -> int:
    away = answer.get("away") or []
    if not away:
        return 0
    raise Complaint(f"no answer from {', '.join(map(str, away))}; try again in a moment", UNREACHABLE)


def _events(answer: dict[str, Any]) -> list[ParkedEvent]:
    try:
        return [ParkedEvent.model_validate(event) for event in answer["events"]]
    except (KeyError, TypeError, ValidationError) as error:
        raise Complaint(
            f"the site's answer is not understood; is it of another version?\n{error}", UNREACHABLE
        ) from None


def _cells(event: ParkedEvent) -> dict[str, str]:
    return {
        "parked": f"{event.parked_at.astimezone():%Y-%m-%d %H:%M:%S}",
        "service": event.service,
        "source": event.source,
        "position": str(event.position),
        "kind": event.kind,
        "line": event.line or "-",
        "tries": str(event.tries),
        "reason": event.reason or "waits for one of its line",
    }


def _row(cells: dict[str, str]) -> str:
    return "  ".join(printable(cells[name]).ljust(width) for name, width in COLUMNS.items()).rstrip()
