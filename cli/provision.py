"""`./hikari provision FILE.csv`: check the file, apply it line by line, tell what became of it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.complaint import REFUSED, Complaint
from cli.operators import Conflict, Operators
from cli.provisioning import ProvisioningFile, read_file
from contracts.auth import LineIsProvisioned, ProvisionLine


def provision_file(path: Path, operators: Operators) -> int:
    """Returns 1 if anything of the file was refused, else 0. Faults go to standard error, the summary to output."""
    with read_file(path) as file:
        for fault in file.faults():
            _complain(str(fault))
        told = Counter[str]()
        told["lines refused"], told["refused"] = file.faulty_lines(), file.faulty_numbers()
        try:
            with _progress(file.sound_lines()) as advance:
                for line in file.lines():
                    _apply(line, file, operators, told)
                    advance()
        except Complaint as complaint:
            raise Complaint(
                f"{complaint}\n{_summary(told)}\nThe same file may be given again: what was applied stays as it is.",
                complaint.exit_code,
            ) from None
        print(_summary(told))
        return REFUSED if told["refused"] or told["lines refused"] else 0


def _apply(line: ProvisionLine, file: ProvisioningFile, operators: Operators, told: Counter[str]) -> None:
    try:
        answer = operators.post("/ops/api/lines", line.model_dump(mode="json"))
    except Conflict as conflict:
        told["lines refused"] += 1
        told["refused"] += len(line.numbers)
        _complain(f"line {line.contract_number} was refused: {conflict}")
        for number, reason in conflict.details.get("faults") or []:
            row = file.row_of(number)
            _complain(f"  {f'row {row}, ' if row else ''}{number}: {reason}")
        return
    done = LineIsProvisioned.model_validate(answer)
    told["lines"] += 1
    told.update(added=done.added, changed=done.changed, unchanged=done.unchanged)


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
