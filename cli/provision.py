"""`./hikari provision FILE.csv`: check the file, apply it line by line, tell what became of it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.complaint import REFUSED, Complaint
from cli.operators import Conflict, Operators
from cli.provisioning import ProvisioningFile, read_file
from contracts.auth.provisioning import (
    LineIsProvisioned,
    LineOutcome,
    LinesAreProvisioned,
    ProvisionLine,
    ProvisionLines,
)

NUMBERS_AT_ONCE = 500
"""Of small lines so many numbers go in one request; a larger line goes alone. More gains little and takes memory."""


def provision_file(path: Path, operators: Operators) -> int:
    """Returns 1 if anything of the file was refused, else 0. Faults go to standard error, the summary to output."""
    with read_file(path) as file:
        for fault in file.faults():
            _complain(str(fault))
        told = Counter[str]()
        told["lines refused"], told["refused"] = file.faulty_lines(), file.faulty_numbers()
        try:
            with _progress(file.sound_lines()) as advance:
                for lines in _together(file.lines()):
                    _apply(lines, file, operators, told)
                    for _ in lines:
                        advance()
        except Complaint as complaint:
            raise Complaint(
                f"{complaint}\n{_summary(told)}\nThe same file may be given again: what was applied stays as it is.",
                complaint.exit_code,
            ) from None
        print(_summary(told))
        return REFUSED if told["refused"] or told["lines refused"] else 0


def _together(lines: Iterable[ProvisionLine]) -> Iterator[list[ProvisionLine]]:
    """As many lines at a time as go in one request."""
    together: list[ProvisionLine] = []
    numbers = 0
    for line in lines:
        if together and numbers + len(line.numbers) > NUMBERS_AT_ONCE:
            yield together
            together, numbers = [], 0
        together.append(line)
        numbers += len(line.numbers)
    if together:
        yield together


def _apply(lines: list[ProvisionLine], file: ProvisioningFile, operators: Operators, told: Counter[str]) -> None:
    for line, outcome in zip(lines, _outcomes(lines, operators), strict=True):
        if isinstance(outcome, LineIsProvisioned):
            told["lines"] += 1
            told.update(added=outcome.added, changed=outcome.changed, unchanged=outcome.unchanged)
            continue
        told["lines refused"] += 1
        told["refused"] += len(line.numbers)
        _complain(f"line {line.contract_number} was refused: {outcome}")
        for number, reason in outcome.details.get("faults") or []:
            row = file.row_of(number)
            _complain(f"  {f'row {row}, ' if row else ''}{number}: {reason}")


def _outcomes(lines: list[ProvisionLine], operators: Operators) -> list[LineIsProvisioned | Conflict]:
    """What became of each line, in order."""
    try:
        if len(lines) == 1:
            return [
                LineIsProvisioned.model_validate(operators.post("/ops/api/lines", lines[0].model_dump(mode="json")))
            ]
        command = ProvisionLines(lines=tuple(lines))
        answer = LinesAreProvisioned.model_validate(
            operators.post("/ops/api/lines/several", command.model_dump(mode="json"))
        )
    except Conflict as conflict:
        if len(lines) == 1:
            return [conflict]
        # One of them is unreadable to the site, and so it took none: alone, each of the others goes through.
        return [outcome for line in lines for outcome in _outcomes([line], operators)]
    return [_told(outcome) for outcome in answer.outcomes]


def _told(outcome: LineOutcome) -> LineIsProvisioned | Conflict:
    if not outcome.faults:
        return outcome.done
    return Conflict({"error": "nothing of this line was changed", "faults": outcome.faults})


def _summary(told: Counter[str]) -> str:
    return (
        f"lines: {told['lines']} applied, {told['lines refused']} refused\n"
        f"numbers: {told['added']} added, {told['changed']} changed, {told['unchanged']} unchanged, "
        f"{told['refused']} refused"
    )


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal; elsewhere a line at each tenth of a large file."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        console = Console(stderr=True)
        with Progress("lines", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console) as bar:
            task = bar.add_task("lines", total=total)
            yield lambda: bar.advance(task)
        return
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if total >= 100 and done % (total // 10) == 0:  # noqa: PLR2004 - below that the summary comes soon enough
            _complain(f"{done} of {total} lines")

    yield advance
