"""What the otp service is asked, what it answers, and what it refuses (OTP).

Everything belongs to the assignment of a number (LINE-9). Who asks is told by auth, never by a browser: the gateway
takes a `Login` from the session and hands it on.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol
from uuid import UUID

from contracts.base import HistoryPage, HistoryQuery, Message, Nothing, Refusal, Role, Secret
from contracts.phone import AssignmentId, PhoneNumber

LINK_PATH = "/otp/links/{token}"
"""Where a mailed link leads, below the site's address. The token is secret: this path must not be logged as it stands."""

CODE_DIGITS = 6
"""OTP-7"""


class Holder(Message):
    """A number as one holder has it."""

    assignment_id: AssignmentId
    number: PhoneNumber
    contract_number: PhoneNumber


class Login(Holder):
    """The login in whose name something is asked, complete or still on its way there (LOGIN-7)."""

    login_id: UUID
    """One for each login, from the accepted password to the end of its session. What it has proved stays with it."""
    generation: int
    """As auth tells it: it counts up with what ends a lock, like a temporary password. Mismatches are counted for each anew."""
    role: Role = Role.SUBSCRIBER


class OtpUse(StrEnum):
    """利用選択."""

    UNDECIDED = "none"
    """Asked for at each login until it is made (OTP-1)."""
    NOT_USED = "not_used"
    USED = "used"


class UseCause(StrEnum):
    """How the use came to be what it is."""

    CHOICE = "choice"
    """At the login (OTP-1)."""
    CHANGE = "change"
    """By the menu (OTP-12)."""
    BULK = "bulk"
    OPERATOR_RESET = "operator_reset"


class MailState(StrEnum):
    """What has become of a mail so far."""

    ON_ITS_WAY = "on_its_way"
    """Not handed over yet; it is tried again and again while what it brings is valid."""
    SENT = "sent"
    """A mail server has taken it over."""
    FAILED = "failed"
    """Refused for good by a mail server, or too late."""


class Factor(StrEnum):
    """What was guessed at, in the words of the public event `CredentialLocked`."""

    OTP = "otp"
    CONFIRMATION = "confirmation"


# --- how things stand -------------------------------------------------------------------------------------------


class StandingQuery(Message):
    login: Login


class ChallengeView(Message):
    """The one-time password of this login that is in force."""

    challenge_id: UUID
    expires_at: datetime
    """OTP-6"""
    seconds_left: int
    tries_left: int
    """OTP-7"""
    mail: MailState


class LinkMail(Message):
    """The newest link that was mailed and not used yet, while it is valid (OTP-2)."""

    address: str
    """Masked."""
    expires_at: datetime
    mail: MailState


class Standing(Message):
    """How far the holder and this login have come (LOGIN-7)."""

    use: OtpUse
    registered: bool
    """Fully, by the mailed link. In use but not registered: back to 仮登録 (OTP-14)."""
    address: str | None
    """The address in force, masked; none while it is not registered."""
    matched: bool
    """Whether this login has given its one-time password."""
    confirmed: bool
    """Whether this login has given the confirmation ID and password (OTP-10)."""
    challenge: ChallengeView | None = None
    link: LinkMail | None = None
    locked: Factor | None = None
    """What was guessed at wrongly ten times in this generation (OTP-9): the login is over, and auth locks the password."""
    mismatches: int = 0
    """How many consecutive ones there were where it is locked."""


# --- choosing and registering -----------------------------------------------------------------------------------


class ChooseUse(Message):
    """Use it or not (OTP-1, OTP-12). Turning it off deletes the registration; turning it on begins one."""

    login: Login
    use: Literal[OtpUse.USED, OtpUse.NOT_USED]


class RegistrationFault(StrEnum):
    """The rules that what is registered can break (OTP-4, OTP-5)."""

    LENGTH = "length"
    CHARACTERS = "characters"
    ONLY_UPPER = "only_upper"
    ONLY_LOWER = "only_lower"
    ONLY_DIGITS = "only_digits"
    NO_LETTER = "no_letter"
    NO_DIGIT = "no_digit"
    NOT_REPEATED = "not_repeated"
    """The second entry differs from the first."""


class CheckRegistration(Message):
    """Tell what is wrong with what would be registered, before the person confirms it. Changes nothing."""

    address: Secret
    confirmation_id: Secret | None = None
    confirmation_password: Secret | None = None
    """Neither where only the address is to be changed."""


class Register(Message):
    """Register provisionally (OTP-2): a link goes to the address. A newer one voids the older (OTP-3)."""

    registration_id: UUID
    """Repeating it sends no second mail."""
    login: Login
    address: Secret
    confirmation_id: Secret
    confirmation_password: Secret


class ChangeAddress(Message):
    """Register a new address provisionally (OTP-10). Until its link was used the old one stays in force (OTP-11)."""

    registration_id: UUID
    login: Login
    address: Secret


class ProvisionallyRegistered(Message):
    """The link is on its way."""

    address: str
    """Masked."""
    expires_at: datetime


class RegistrationRejected(Refusal):
    """Nothing was registered. Every broken rule is named, field by field."""

    class Details(Message):
        address_invalid: bool
        confirmation_id: tuple[RegistrationFault, ...] = ()
        confirmation_password: tuple[RegistrationFault, ...] = ()

    details: Details


class OtpNotInUse(Refusal):
    """The holder does not use one-time passwords, or has not chosen yet."""


class OtpNotRegistered(Refusal):
    """There is no full registration, so there is nothing to send to and nothing to change (OTP-10, OTP-14)."""


class OtpRegistered(Refusal):
    """There is a full registration already; its parts are changed one by one."""


class FactorMissing(Refusal):
    """The login has not given what is needed: the one-time password, or for a new address the confirmation pair."""


class HolderGone(Refusal):
    """The number was removed; this assignment of it is over (LINE-9)."""


# --- the mailed link --------------------------------------------------------------------------------------------


class LinkState(StrEnum):
    """What a link is worth."""

    VALID = "valid"
    USED = "used"
    SUPERSEDED = "superseded"
    """A newer one was mailed."""
    EXPIRED = "expired"
    """Its 24 hours are over (OTP-2)."""
    WITHDRAWN = "withdrawn"
    """What it was to complete is not wanted any more: turned off, reset, number removed."""
    UNKNOWN = "unknown"


class LookAtLink(Message):
    """Asked for GET and HEAD: tells and consumes nothing (OTP-3)."""

    token: Secret


class LinkView(Message):
    state: LinkState
    address: str | None = None
    """Masked; where the link is valid."""


class UseLink(Message):
    """Asked for the POST that a person's page makes (OTP-3). Repeating it with one `attempt_id` answers the same."""

    attempt_id: UUID
    token: Secret


class LinkUsed(Message):
    """The address is fully registered now."""

    assignment_id: AssignmentId
    login_id: UUID
    """The login that registered it: in its browser the page goes on, elsewhere it says to log in (OTP-2)."""


class LinkVoid(Refusal):
    """Nothing was changed; `state` says why."""

    class Details(Message):
        state: LinkState

    details: Details


# --- the one-time password --------------------------------------------------------------------------------------


class RequestChallenge(Message):
    """Mail a new one-time password (OTP-6); an older one is void from now on. Repeating it sends no second mail."""

    challenge_id: UUID
    login: Login


class ChallengeIssued(Message):
    challenge_id: UUID
    address: str
    """Masked."""
    expires_at: datetime


class TooManySends(Refusal):
    """OTP-8: nothing was sent; the next may be asked for after `retry_after` seconds."""

    class Details(Message):
        retry_after: int

    details: Details


class AnswerChallenge(Message):
    """A guess at the one-time password. Redelivery of one `attempt_id` counts once."""

    attempt_id: UUID
    login: Login
    code: Secret


class OtpMismatch(Refusal):
    """Wrong. With no tries left the password is void, and another has to be sent (OTP-7)."""

    class Details(Message):
        tries_left: int

    details: Details


class ChallengeCause(StrEnum):
    """Why there is no one-time password in force for this login."""

    NONE_ISSUED = "none_issued"
    EXPIRED = "expired"
    """The person logs in again (OTP-6)."""
    SUPERSEDED = "superseded"
    MISMATCHES = "mismatches"
    USED = "used"
    WITHDRAWN = "withdrawn"


class ChallengeOver(Refusal):
    """Nothing was compared."""

    class Details(Message):
        cause: ChallengeCause

    details: Details


class FactorLocked(Refusal):
    """Ten consecutive mismatches (OTP-9): nothing is compared any more in this generation.

    auth records the lock when it hears this, and again from this service's history where it did not.
    """

    class Details(Message):
        factor: Factor
        mismatches: int

    details: Details


class LoginOutdated(Refusal):
    """A newer temporary password has been seen: this login is over."""


# --- the confirmation pair --------------------------------------------------------------------------------------


class CheckConfirmationPair(Message):
    """Prove oneself before the address is changed without a one-time password (OTP-10)."""

    attempt_id: UUID
    login: Login
    confirmation_id: Secret
    confirmation_password: Secret


class ConfirmationMismatch(Refusal):
    """Wrong; which of the two is not told."""


class ChangeConfirmation(Message):
    """Replace the confirmation ID, or the confirmation password, by giving the present one (OTP-13)."""

    attempt_id: UUID
    login: Login
    present: Secret
    new: Secret
    repeated: Secret | None = None
    """The new one as it was typed the second time, where a person typed it."""


class ConfirmationRejected(Refusal):
    """Nothing was changed. A wrong present one was counted (OTP-9)."""

    class Details(Message):
        present_wrong: bool
        faults: tuple[RegistrationFault, ...]

    details: Details


# --- told by others ---------------------------------------------------------------------------------------------


class LoginIsComplete(Message):
    """Told by auth: the counts of mismatches return to 0 (LOGIN-4)."""

    login: Login


class ResetOtp(Message):
    """An operator takes back choice and registration (OTP-15); the holder chooses again at the next login."""

    holder: Holder
    reason: str
    """What the operator was told; kept sealed, shown in the audit trail."""


# --- many numbers at once (BULK-3, BULK-9) -----------------------------------------------------------------------


class OtpNumbers(Message):
    assignments: tuple[AssignmentId, ...]


class OtpOfNumber(Message):
    """How a number stands, for whoever may set it."""

    assignment_id: AssignmentId
    used: bool
    version: int
    """Grows with whatever is chosen or registered; 0 where nothing ever was."""


class OtpOfNumbers(Message):
    """Those that have ever chosen; the others use none."""

    numbers: tuple[OtpOfNumber, ...]


class OtpRows(Message):
    """Some rows of a job. `rows` is JSON: `[[assignment id in hex, version, number, use, address, confirmation id,
    confirmation password], …]`, sealed in one piece.
    """

    job_id: UUID
    contract_number: PhoneNumber
    rows: Secret


class OtpRowFault(Message):
    """`column` is one of `use`, `address`, `confirmation_id`, `confirmation_password`, `number`."""

    assignment_id: AssignmentId
    column: str
    fault: str


class OtpRowsChecked(Message):
    faults: tuple[OtpRowFault, ...]


class OtpRowsReady(Message):
    """What otp needs to apply these rows, for its own eyes."""

    result: str


class ApplyOtpRows(Message):
    """Put all rows of a job in force in one moment, or none. Idempotent by `job_id`."""

    job_id: UUID
    actor: Holder
    role: Role
    rows: int
    results: tuple[str, ...]


class OtpRowsNotApplied(Refusal):
    """Nothing was changed, and this job never will be: these have moved since the check (BULK-9)."""

    class Details(Message):
        moved: tuple[AssignmentId, ...]

    details: Details


class OtpApi(Protocol):
    """The otp service's remote procedures."""

    def standing(self, request: StandingQuery) -> Standing: ...
    def choose(self, request: ChooseUse) -> Nothing: ...
    def check_registration(self, request: CheckRegistration) -> Nothing: ...
    def register(self, request: Register) -> ProvisionallyRegistered: ...
    def look_at_link(self, request: LookAtLink) -> LinkView: ...
    def use_link(self, request: UseLink) -> LinkUsed: ...

    def request_challenge(self, request: RequestChallenge) -> ChallengeIssued: ...
    def answer_challenge(self, request: AnswerChallenge) -> Nothing: ...
    def check_confirmation_pair(self, request: CheckConfirmationPair) -> Nothing: ...

    def change_address(self, request: ChangeAddress) -> ProvisionallyRegistered: ...
    def change_confirmation_id(self, request: ChangeConfirmation) -> Nothing: ...
    def change_confirmation_password(self, request: ChangeConfirmation) -> Nothing: ...

    def reset(self, request: ResetOtp) -> Nothing: ...
    def login_completed(self, request: LoginIsComplete) -> Nothing: ...

    def otp_of_numbers(self, request: OtpNumbers) -> OtpOfNumbers: ...
    def check_otp_rows(self, request: OtpRows) -> OtpRowsChecked: ...
    def make_otp_rows_ready(self, request: OtpRows) -> OtpRowsReady: ...
    def apply_otp_rows(self, request: ApplyOtpRows) -> Nothing: ...

    def history(self, request: HistoryQuery) -> HistoryPage: ...
