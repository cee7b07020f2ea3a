"""What the auth service is asked, what it answers, and what it refuses.

Browser sessions are known by a *session key*: the SHA-256 (hex) of the random token in the cookie. The token itself
never leaves the gateway, so whoever reads the broker or the database cannot take a session over.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from contracts.base import HistoryPage, HistoryQuery, Message, Nothing, Refusal, Role, Secret
from contracts.phone import AssignmentId, AuthUnit, Feature, NumberSearch, PhoneNumber

# --- provisioning (LINE-6, LINE-9) ------------------------------------------------------------------------------


class ProvisionedNumber(Message):
    """A number and the features it has contracted; what it had contracted beyond them is withdrawn."""

    number: PhoneNumber
    features: frozenset[Feature] = frozenset()


class ProvisionLine(Message):
    """Bring a line to this state, atomically. Numbers of the line that are not listed stay as they are (LINE-9)."""

    contract_number: PhoneNumber
    numbers: tuple[ProvisionedNumber, ...]


class LineIsProvisioned(Message):
    """What the command changed; all zero when it was given before."""

    contract_number: str
    added: int
    changed: int
    unchanged: int


class ProvisioningRefused(Refusal):
    """Nothing of this line was changed. `faults` are (number, reason) pairs in English, for the operator."""

    class Details(Message):
        faults: tuple[tuple[str, str], ...]

    details: Details


class ProvisionLines(Message):
    """Several lines in one request: quicker than one by one, and each line is still taken or refused as a whole."""

    lines: tuple[ProvisionLine, ...]


class LineOutcome(Message):
    """What became of one of several lines; with faults nothing of it was changed."""

    done: LineIsProvisioned
    faults: tuple[tuple[str, str], ...] = ()


class FindHolder(Message):
    """Who has this number now (operators, other services)."""

    number: PhoneNumber


class HolderFound(Message):
    assignment_id: AssignmentId
    number: str
    contract_number: str


class NumberUnknown(Refusal):
    """No line has this number now."""


class LinesAreProvisioned(Message):
    """One outcome for each line, in the order of the command."""

    outcomes: tuple[LineOutcome, ...]


class RemoveNumbers(Message):
    """Remove numbers of one line; the contract number only together with all others (LINE-6)."""

    contract_number: PhoneNumber
    numbers: tuple[PhoneNumber, ...]


# --- the telephone's side (TEMP) --------------------------------------------------------------------------------


class IdentifyCaller(Message):
    caller: PhoneNumber


class CallerIdentified(Message):
    """The caller's line, as far as the dialogue needs it (TEMP-1..4, TEMP-10)."""

    caller: str
    contract_number: str
    unit: AuthUnit | None
    """None while the line's unit was never set."""
    own_settable: bool
    """Whether the caller's own number may have a temporary password (TEMP-4)."""


class CallerUnknown(Refusal):
    """The caller belongs to no line (TEMP-1)."""


class CheckTarget(Message):
    """May a caller of this line set a temporary password for this number (TEMP-4)?"""

    caller: PhoneNumber
    number: PhoneNumber


class TargetChecked(Message):
    settable: bool


class SetTemporaryPassword(Message):
    """Make a temporary password the only credential of a number (TEMP-9). Idempotent by `temporary_id`."""

    temporary_id: UUID
    caller: PhoneNumber
    number: PhoneNumber
    unit: AuthUnit
    password: Secret


class TemporaryPasswordIsSet(Message):
    """From now on the temporary password works and the former password does not."""

    number: str
    expires_at: datetime


class TemporaryPasswordRefused(Refusal):
    """The number may not be set by this caller, or not with this unit (TEMP-4, TEMP-10)."""


# --- login and sessions (LOGIN) ---------------------------------------------------------------------------------


class Stage(StrEnum):
    """How far a login has come (LOGIN-7)."""

    CHANGE_TEMPORARY = "change_temporary"
    """A temporary password was accepted; it must be changed before anything else (LOGIN-5)."""
    CHANGE_EXPIRED = "change_expired"
    """An expired password was accepted; it must be changed before anything else (PWD-8)."""
    SECOND_FACTOR = "second_factor"
    """The password is done with; what the otp service demands besides could not be learnt yet. Advance the login."""
    OTP_CHOICE = "otp_choice"
    """Whether one-time passwords are used was never chosen (OTP-1)."""
    OTP_REGISTRATION = "otp_registration"
    """They are to be used, and nothing is fully registered yet (OTP-14)."""
    OTP = "otp"
    """The one-time password is to be given (OTP-6), or its address changed first (OTP-10)."""
    COMPLETE = "complete"


class LogIn(Message):
    """Answer a guess. Redelivery of one `attempt_id` counts once (LOGIN-6)."""

    attempt_id: UUID
    number: PhoneNumber
    password: Secret
    session_key: str
    """SHA-256 (hex) of the token that the gateway will put into the cookie when the answer is yes."""


class LoggedIn(Message):
    stage: Stage


class InvalidCredentials(Refusal):
    """The only answer to a login that fails, whatever the reason (LOGIN-3)."""


class AdvanceLogin(Message):
    """Ask the otp service how this login stands, and act on it: the next stage, its completion, or the lock (OTP-9).

    Asked after every step with the otp service, and harmless at any time: nothing is believed that otp does not say.
    """

    session_key: str
    new_session_key: str | None = None
    """Replaces the session's key where this completes the login; none keeps it."""


class LoginAdvanced(Message):
    """Where the login stands now. Of a complete login `stage` says so, whatever else changed."""

    stage: Stage


class SessionQuery(Message):
    """Look a session up, once per browser request. `activity` is false for requests no person made (LOGIN-8)."""

    session_key: str
    activity: bool = True


class SessionView(Message):
    """The person behind a session and how far they may go."""

    session_id: UUID | None
    """The opaque public id; none while the login is not complete."""
    login_id: UUID
    """One for each login, from the accepted password to the end of its session; the otp service knows it by this."""
    assignment_id: AssignmentId
    generation: int
    """The credential's, for otp: it grows with what ends a lock, and wrong guesses are counted anew for each (OTP-9)."""
    number: str
    contract_number: str
    unit: AuthUnit | None
    """The line's unit, or for a first login the one chosen on the telephone."""
    role: Role
    stage: Stage
    otp_registered: bool = False
    """Whether one-time passwords are in use and fully registered, as auth last learnt for this login (MENU-1)."""
    expires_at: datetime
    """When the session ends if nothing more is done (LOGIN-8)."""
    seconds_left: int
    warn_seconds: int = 120
    """The page warns this long before the end."""


class SessionCause(StrEnum):
    """Why a session ended."""

    LOGOUT = "logout"
    IDLE = "idle"
    ABSOLUTE = "absolute"
    SUPERSEDED = "superseded"
    LOCKED = "locked"
    TEMPORARY_SET = "temporary_set"
    PASSWORD_SET = "password_set"
    UNIT_CHANGED = "unit_changed"
    NUMBER_REMOVED = "number_removed"
    OPERATOR = "operator"


class NoSession(Refusal):
    """There is no such session, or not any more. `cause` is told where it is still known."""

    class Details(Message):
        cause: SessionCause | None = None

    details: Details


class SessionKey(Message):
    session_key: str


class PasswordFault(StrEnum):
    """The rules that a new password can break (PWD-1..4)."""

    LENGTH = "length"
    CHARACTERS = "characters"
    NO_LETTER = "no_letter"
    NO_DIGIT = "no_digit"
    SAME_AS_PRESENT = "same_as_present"
    REPEATED = "repeated"
    SEQUENCE = "sequence"
    CONTAINS_NUMBER = "contains_number"
    NOT_REPEATED = "not_repeated"
    """The second entry differs from the first."""


class ChangePassword(Message):
    """Set a new password, giving the present one (PWD-5). Also ends the forced change of a login (LOGIN-5).

    `number` is the number whose password is changed; the login's own unless an administrator names another (PWD-6).
    `new_session_key` replaces the session's key where the password is the login's own, so that a key known before the
    change is worth nothing after it.
    """

    attempt_id: UUID
    session_key: str
    new_session_key: str
    present: Secret
    new: Secret
    repeated: Secret | None = None
    """The new one as it was typed the second time, where a person typed it."""
    number: PhoneNumber | None = None


class PasswordChanged(Message):
    """`number` has its new password. After a forced change the login is now at `stage`."""

    number: str
    stage: Stage


class PasswordRejected(Refusal):
    """Nothing was changed. Every broken rule is named (PWD-9); a wrong present password was counted (PWD-5)."""

    class Details(Message):
        present_wrong: bool
        faults: tuple[PasswordFault, ...]

    details: Details


class PasswordVoid(Refusal):
    """Nothing was changed: the present password became void meanwhile (locked, 24 h over, unit no longer allowed)."""


class NotInReach(Refusal):
    """The login may not work on this number (LINE-2..4)."""


class FeaturesQuery(Message):
    """The contracted features within the login's reach (MENU-3)."""

    session_key: str


class FeatureInReach(Message):
    feature: Feature
    numbers: int
    """How many numbers within reach have contracted it."""


class FeaturesInReach(Message):
    features: tuple[FeatureInReach, ...]


class NumbersQuery(Message):
    """Numbers within the login's reach, in order of number, the contract number first; one page."""

    session_key: str
    feature: Feature | None = None
    """Only numbers that have contracted this feature."""
    search: NumberSearch = ""
    """Only numbers that begin like this. Small lines have no search, and it is ignored there (PWD-7)."""
    assignment_id: AssignmentId | None = None
    """Only the number that an earlier answer gave this reference, if it is still the same holder's (LINE-9)."""
    page: int = 1
    per_page: int = 50


class NumberInReach(Message):
    assignment_id: AssignmentId
    """Stands for the number where the number itself should not be read, as in addresses of pages."""
    number: str
    is_contract_number: bool
    features: tuple[Feature, ...]


class NumbersInReach(Message):
    numbers: tuple[NumberInReach, ...]
    total: int
    page: int
    pages: int
    large_line: bool = False
    """Whether the line has so many numbers with a feature that they are searched and set in bulk (PWD-7, UNIT-8)."""


# --- changing the authentication unit (UNIT) ---------------------------------------------------------------------


class UnitChangeQuery(Message):
    """What a change of the line's unit asks of this login."""

    session_key: str
    most_numbers: int = 200
    """A line with more numbers is answered without them: no page has so many fields."""


class NumberInUnitChange(Message):
    number: str
    exempt: bool
    """Marked `*`: no password is asked for it (UNIT-1)."""


class UnitChangeForm(Message):
    """The fields of the page. Without `each_number` the login's own password is all that is asked (UNIT-2)."""

    unit: AuthUnit
    each_number: bool
    """Whether the passwords of all numbers must be given (UNIT-1)."""
    numbers: tuple[NumberInUnitChange, ...] = ()
    """The contract number first; empty where only the own password is asked, and where `total` is more than was asked
    for."""
    total: int = 0
    """How many numbers the line has."""
    blocked: bool = False
    """Some number has to get a password before the unit can be changed; which one is not said (LOGIN-3). Not looked
    into where the numbers are left out for being too many."""
    large_line: bool = False
    """UNIT-8"""


class PasswordOfNumber(Message):
    """A number's present password as it was typed. Redelivery of one `attempt_id` counts once."""

    number: PhoneNumber
    attempt_id: UUID
    password: Secret


class ChangeUnit(Message):
    """Put another unit in force, giving the own password, or from `NUMBER` those of all numbers (UNIT-1, UNIT-2)."""

    session_key: str
    new_session_key: str
    """Replaces the session's key where the session goes on."""
    to: AuthUnit
    passwords: tuple[PasswordOfNumber, ...]


class UnitChanged(Message):
    unit: AuthUnit
    log_in_number: str
    """The number to log in with from now on (UNIT-6)."""
    session_goes_on: bool
    """False for an additional number that changed the unit to `LINE`: it cannot log in any more (UNIT-3)."""


class UnitChangeRefused(Refusal):
    """Nothing was changed. Each wrong password was counted as a mismatch of its number (UNIT-9)."""

    class Details(Message):
        wrong: tuple[str, ...] = ()
        """Numbers whose given password is not accepted, whatever the reason (LOGIN-3)."""
        missing: tuple[str, ...] = ()
        """Numbers whose password must be given and was not; then none was compared."""

    details: Details


class UnitChangeBlocked(Refusal):
    """Nothing was compared or changed: some number must have a password first (UNIT-1)."""


class AlreadyThatUnit(Refusal):
    """Nothing was changed: the line has that unit."""


# --- passwords and units in bulk (BULK-1, BULK-2, BULK-9) ----------------------------------------------------------


class BulkPurpose(StrEnum):
    """What a line's numbers are set to in bulk."""

    PASSWORDS = "passwords"
    """An administrator sets passwords without giving the present ones (BULK-1)."""
    UNIT = "unit"
    """Somebody of a line under `NUMBER` gives the present passwords of all numbers, to change the unit (BULK-2)."""
    OTP = "otp"
    """A login with one-time passwords in use sets those of the numbers within its reach, however many (BULK-3)."""


class BulkQuery(Message):
    """Who acts, and the numbers that may be set. Raises `NotInReach` where the login or its line may not (PWD-7)."""

    session_key: str
    purpose: BulkPurpose
    numbers: bool = True
    """False where only the right to it is asked for."""
    begun: bool = False
    """Whether this is about a file that was checked already: the line may have shrunk below the threshold since."""


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


class AuthApi(Protocol):
    """The auth service's remote procedures."""

    def provision_line(self, request: ProvisionLine) -> LineIsProvisioned: ...
    def provision_lines(self, request: ProvisionLines) -> LinesAreProvisioned: ...
    def remove_numbers(self, request: RemoveNumbers) -> Nothing: ...
    def find_holder(self, request: FindHolder) -> HolderFound: ...

    def identify_caller(self, request: IdentifyCaller) -> CallerIdentified: ...
    def check_target(self, request: CheckTarget) -> TargetChecked: ...
    def set_temporary_password(self, request: SetTemporaryPassword) -> TemporaryPasswordIsSet: ...

    def log_in(self, request: LogIn) -> LoggedIn: ...
    def advance_login(self, request: AdvanceLogin) -> LoginAdvanced: ...
    def session(self, request: SessionQuery) -> SessionView: ...
    def log_out(self, request: SessionKey) -> Nothing: ...
    def change_password(self, request: ChangePassword) -> PasswordChanged: ...
    def features_in_reach(self, request: FeaturesQuery) -> FeaturesInReach: ...
    def numbers_in_reach(self, request: NumbersQuery) -> NumbersInReach: ...

    def unit_change_form(self, request: UnitChangeQuery) -> UnitChangeForm: ...
    def change_unit(self, request: ChangeUnit) -> UnitChanged: ...

    def bulk_line(self, request: BulkQuery) -> BulkLine: ...
    def check_new_passwords(self, request: BulkRows) -> RowsChecked: ...
    def make_new_passwords_ready(self, request: BulkRows) -> RowsMadeReady: ...
    def apply_new_passwords(self, request: ApplyBulk) -> BulkApplied: ...
    def prove_present_passwords(self, request: ProofRows) -> RowsProven: ...
    def apply_unit_change(self, request: ApplyUnit) -> BulkApplied: ...

    def history(self, request: HistoryQuery) -> HistoryPage: ...
