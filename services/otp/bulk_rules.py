"""What the cells of a row of one-time passwords must be (OTP-4, OTP-5, BULK-3). Pure: text in, faults out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from services.otp.confirmation_rules import id_faults_at_change, password_faults

RUN = 4
Fault = tuple[str, str]
"""A column and what is wrong with it."""


def row_faults(
    use: str, address: str | None, confirmation_id: str, password: str, *, numbers: list[str], registered: bool
) -> list[Fault]:
    """Every fault. `address` is None where it is none; an empty cell keeps what a registered number has.

    Without use the three other cells are not read. A row with nothing in it leaves the number as it is, whatever that is.
    """
    if use == address == confirmation_id == password == "":
        return []
    if use not in {"0", "1"}:
        return [("use", "bad_use")]
    if use == "0":
        return []
    faults: list[Fault] = []
    if not registered:
        cells = {"address": address, "confirmation_id": confirmation_id, "confirmation_password": password}
        faults += [(column, "needed_to_register") for column, cell in cells.items() if cell == ""]
    if address is None:
        faults.append(("address", "bad_address"))
    if confirmation_id and id_faults_at_change(confirmation_id):
        faults.append(("confirmation_id", "bad_confirmation_id"))
    if password:
        faults += [("confirmation_password", fault) for fault in _password(password, numbers)]
    return faults


def _password(password: str, numbers: list[str]) -> Iterator[str]:
    """OTP-5 and, in bulk, PWD-3 and PWD-4."""
    yield from (f"password_{fault}" for fault in password_faults(password))
    if has_run(password, 0):
        yield "password_repeated"
    if has_run(password, 1) or has_run(password, -1):
        yield "password_sequence"
    if any(number in password for number in numbers):
        yield "password_contains_number"


def has_run(text: str, step: int) -> bool:
    """PWD-3 as auth has it for its own passwords: four in a row, each `step` after the one before, case apart."""
    length = 1
    for before, here in pairwise(text.lower()):
        length = length + 1 if _kind(before) == _kind(here) and ord(here) - ord(before) == step else 1
        if length >= RUN:
            return True
    return False


def _kind(character: str) -> str:
    if "a" <= character <= "z":
        return "letter"
    return "digit" if "0" <= character <= "9" else character
