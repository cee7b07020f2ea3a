"""Which lines of one provisioning command may go into one commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contracts.auth.provisioning import ProvisionLine


def runs_apart(lines: Sequence[ProvisionLine]) -> Iterator[list[ProvisionLine]]:
    """Runs, in order, of lines that have no number in common.

    A line is checked against the rows, so whatever an earlier line says of the same numbers must be in the rows by then.
    """
    run: list[ProvisionLine] = []
    named: set[str] = set()
    for line in lines:
        names = {line.contract_number, *(one.number for one in line.numbers)}
        if not named.isdisjoint(names):
            yield run
            run, named = [], set()
        run.append(line)
        named |= names
    if run:
        yield run
