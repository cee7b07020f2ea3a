"""Passwords and units of many numbers at once: what the bulk service alone may ask (BULK-1, BULK-2, BULK-9)."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol
from uuid import UUID

from contracts.auth.api import AuthApi
from contracts.auth.passwords import PasswordFault
from contracts.base import Message, Nothing, Refusal, Role, Secret
from contracts.phone import AssignmentId, AuthUnit


class BulkPurpose(StrEnum):
    """What a line's numbers are set to in bulk."""

    PASSWORDS = "passwords"
    """An administrator sets passwords without giving the present ones (BULK-1)."""
    UNIT = "unit"
    """Somebody of a line under `NUMBER` gives the present passwords of all numbers, to change the unit (BULK-2)."""
    OTP = "otp"
    """A login with one-time passwords in use sets those of the numbers within its reach, however many (BULK-3)."""
    FORWARDING = "forwarding"
    """A login that manages the whole line sets a group of 一括転送機能, however many numbers there are (FEAT-4)."""


class Standing(StrEnum):
    """What a number has to log in with."""

    PASSWORD = "password"
    EXPIRED = "expired"
    """A password that has to be changed at the next login (PWD-8)."""
    TEMPORARY = "temporary"
    NONE = "none"


class PasswordEffect(StrEnum):
    """What becomes of a number's password when the unit changes (UNIT-3..6)."""

    KEPT = "kept"
    COPIED = "copied"
    """It is the acting number's from then on."""
    VOIDED = "voided"


class BulkQuery(Message):
    """Who acts, and the numbers that may be set. Raises `NotInReach` where the login or its line may not (PWD-7)."""

    session_key: str
    purpose: BulkPurpose
    numbers: bool = True
    """False where only the right to it is asked for."""
    begun: bool = False
    """Whether this is about a file that was checked already: the line may have shrunk below the threshold since."""
    to: AuthUnit | None = None
    """The unit that is wished for (purpose `unit`)."""


class NumberInBulk(Message):
    assignment_id: AssignmentId
    number: str
    version: int
    """Grows with whatever must make a job that was checked before fail (BULK-9)."""
    may_log_in: bool
    locked: bool
    """For passwords; of a change of the unit only the line as a whole is told (LOGIN-3)."""
    exempt: bool = False
    """Marked `*`: no password is asked for it (UNIT-1)."""
    standing: Standing | None = None
    """For an administrator only (purpose `passwords`): what others have is not told."""
    effect: PasswordEffect | None = None
    """Where `to` was asked."""


class BulkLine(Message):
    """The line of the login, as it was at one moment."""

    line_id: UUID
    contract_number: str
    epoch: int
    """Grows with each change of the unit."""
    assignment_id: AssignmentId
    """The login's own number."""
    session_id: UUID
    role: Role
    number: str
    numbers: tuple[NumberInBulk, ...] = ()
    blocked: bool = False
    """Some number has to get a password before the unit can be changed; which one is not said (UNIT-1)."""


class UnitSeen(Message):
    """Whether a line's unit is as it was when a file was checked. Raises `BulkNotApplied` where it is another."""

    line_id: UUID
    epoch: int


class BulkRows(Message):
    """Some rows of a job. `rows` is JSON: `[[assignment id in hex, version, password], …]`, sealed in one piece."""

    job_id: UUID
    line_id: UUID
    rows: Secret


class RowOutcome(Message):
    """What is wrong with the password of one row."""

    assignment_id: AssignmentId
    faults: tuple[PasswordFault, ...] = ()
    moved: bool = False
    """The number has moved on since its version was told."""


class RowsChecked(Message):
    """Rows without a fault are left out."""

    outcomes: tuple[RowOutcome, ...]


class RowsMadeReady(Message):
    """What auth needs to apply these rows, for its own eyes: encrypted under its key, and bound to the job."""

    result: str


class ProofRows(BulkRows):
    """Rows with present passwords. Each counts as a guess at its number, once for each job (UNIT-9)."""

    session_key: str


class RowsProven(Message):
    wrong: tuple[AssignmentId, ...] = ()
    """Numbers whose given password is not accepted, whatever the reason (LOGIN-3)."""
    result: str
    """That the others were right, as `RowsMadeReady.result`."""


class ApplyBulk(Message):
    """Put all rows of a job in force in one moment, or none. Idempotent by `job_id`."""

    job_id: UUID
    line_id: UUID
    epoch: int
    """As it was when the rows were checked."""
    assignment_id: AssignmentId
    session_id: UUID
    """Of the login that confirmed it; it goes on although its own password may be among them."""
    rows: int
    """How many rows all results have together."""
    results: tuple[str, ...]


class ApplyUnit(ApplyBulk):
    """The same for a change of the unit; `rows` is how many passwords were right."""

    to: AuthUnit
    session_key: str
    """Goes on where the login may, under its key (UNIT-3)."""


class BulkApplied(Message):
    numbers: int


class BulkNotApplied(Refusal):
    """Nothing was changed, and this job never will be: what it was checked against has moved (BULK-9)."""

    class Details(Message):
        moved: tuple[AssignmentId, ...] = ()
        """Numbers that got another password, a temporary one or a lock, or left the line."""
        unit_changed: bool = False

    details: Details


class AuthBulkApi(AuthApi, Protocol):
    """Besides, procedures that take many rows at once: the broker lets nobody but the bulk service ask them."""

    def bulk_line(self, request: BulkQuery) -> BulkLine: ...
    def hold_to_unit(self, request: UnitSeen) -> Nothing: ...
    def check_new_passwords(self, request: BulkRows) -> RowsChecked: ...
    def make_new_passwords_ready(self, request: BulkRows) -> RowsMadeReady: ...
    def apply_new_passwords(self, request: ApplyBulk) -> BulkApplied: ...
    def prove_present_passwords(self, request: ProofRows) -> RowsProven: ...
    def apply_unit_change(self, request: ApplyUnit) -> BulkApplied: ...
