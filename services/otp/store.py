"""The store that otp's use cases share: loading, what must hold before anything is done, and the trail of who did it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import AggregateNotFoundError
from eventsourcing.persistence import Tracking

from chassis.among import rows_among
from chassis.clock import Clock, to_micros, utc_now
from chassis.gate import Turns
from chassis.hashing import Hashing
from chassis.origin import current_origin
from chassis.personal_data import SealedAsText
from chassis.recorders import Write
from chassis.store import Application
from chassis.trail import Trail
from contracts.base import Role
from contracts.otp.common import Factor, FactorMissing, Holder, HolderGone, Login, OtpNotInUse, OtpNotRegistered
from services.otp.config import OtpConfig
from services.otp.enrolment import Enrolment
from services.otp.schema import MIGRATIONS
from services.otp.second_factor import SecondFactor

GUESSES_IN_LINE = 64
"""How many guesses at one holder's factors wait in one process before the next is told that it is busy."""
GONE = -1
"""The version in the row of a number that left its line before anything was begun for it: nothing ever will be."""
_NAMESPACE = uuid5(NAMESPACE_URL, "urn:hikari:otp:second-factor")


class OtpStore(Application):
    """Enrolments and second factors with their rows. Personal data is sealed under the assignment's key (AUDIT-5)."""

    name = "otp"
    migrations = MIGRATIONS
    snapshotting_intervals = {Enrolment: 50, SecondFactor: 50}  # noqa: RUF012 - the library's own idiom

    def __init__(self, config: OtpConfig, clock: Clock = utc_now) -> None:
        super().__init__(config.database_url, config.key, clock)
        self.config = config
        self.hashing = Hashing(config)
        self.turns = Turns(GUESSES_IN_LINE, in_total=GUESSES_IN_LINE)

    # --- loading ---------------------------------------------------------------------------------------------

    def load(self, assignment_id: UUID) -> Enrolment:
        """The enrolment of an assignment, be it ended. Raises AggregateNotFoundError."""
        found: object = self.repository.get(assignment_id)
        assert isinstance(found, Enrolment)
        return found

    def find(self, assignment_id: UUID) -> Enrolment | None:
        """The enrolment of an assignment, if it has any. Raises `HolderGone`."""
        try:
            found = self.load(assignment_id)
        except AggregateNotFoundError:
            # Asked after it was looked for: whoever is removed from here on meets the rows of `begin`.
            if self.gone_among([assignment_id]):
                raise HolderGone from None
            return None
        if found.ended:
            raise HolderGone
        return found

    def gone_among(self, assignments: Iterable[UUID]) -> set[UUID]:
        """Those of these numbers that left their line without ever having chosen."""
        rows = rows_among(
            self,
            "SELECT stream_id FROM holders WHERE version = :gone AND stream_id IN (:values)",
            (one.hex for one in assignments),
            {"gone": GONE},
        )
        return {UUID(row["stream_id"]) for row in rows}

    def factor(self, assignment_id: UUID) -> SecondFactor:
        """What the holder of an enrolment is asked for; begun together with it."""
        found: object = self.repository.get(factor_id(assignment_id))
        assert isinstance(found, SecondFactor)
        return found

    def begin(self, holder: Holder, now: datetime) -> tuple[Enrolment, SecondFactor, list[Write]]:
        """A new enrolment, its second factor, and the rows by which events are told whose they are."""
        assignment = holder.assignment_id
        number = self.personal.seal(assignment, holder.number)
        line = self.personal.seal(assignment, holder.contract_number)
        enrolment = Enrolment.begin(assignment_id=assignment, number=number, contract_number=line, now=now)
        factor = SecondFactor.begin(factor_id(assignment), now)
        write = SealedAsText()
        rows = [
            {
                "stream": stream.hex,
                "assignment": assignment.hex,
                "number": write.encode(number),
                "line": write.encode(line),
            }
            for stream in (enrolment.id, factor.id)
        ]
        return enrolment, factor, [("INSERT INTO holders VALUES (:stream, :assignment, 0, :number, :line)", rows)]

    @staticmethod
    def never_begin(assignment_id: UUID) -> Write:
        """Stands where the row of an enrolment would: a conflict with whoever begins one at the same moment."""
        return (
            "INSERT INTO holders VALUES (:id, :id, :gone, '', '')",
            {"id": assignment_id.hex, "gone": GONE},
        )

    # --- saving ----------------------------------------------------------------------------------------------

    def save_enrolment(
        self,
        enrolment: Enrolment,
        *others: SecondFactor,
        writes: Iterable[Write] = (),
        trail: Trail | None = None,
        tracking: Tracking | None = None,
    ) -> None:
        """As `save`, and keep the version where `unmoved` looks."""
        version: Write = (
            "UPDATE holders SET version = :version WHERE stream_id = :id",
            {"id": enrolment.id.hex, "version": enrolment.version},
        )
        self.save(enrolment, *others, writes=[*writes, version], trail=trail, tracking=tracking)

    @staticmethod
    def unmoved(enrolment: Enrolment) -> Write:
        """Makes a save without the enrolment a conflict when that was saved since it was loaded."""
        return (
            "UPDATE holders SET version = version WHERE stream_id = :id AND version = :version",
            {"id": enrolment.id.hex, "version": enrolment.version},
            1,
        )

    # --- what must hold --------------------------------------------------------------------------------------

    def require_used(self, assignment_id: UUID) -> Enrolment:
        """Raises `OtpNotInUse`, `HolderGone`."""
        enrolment = self.find(assignment_id)
        if enrolment is None or not enrolment.is_used:
            raise OtpNotInUse
        return enrolment

    def require_registered(self, assignment_id: UUID) -> Enrolment:
        """Raises `OtpNotRegistered`, `OtpNotInUse`, `HolderGone`."""
        enrolment = self.require_used(assignment_id)
        if not enrolment.is_registered:
            raise OtpNotRegistered
        return enrolment

    def require_passed(self, login: Login, *factors: Factor) -> None:
        """Has this login given any of these? Raises `FactorMissing`, `FactorLocked`, `LoginOutdated`."""
        self.factor(login.assignment_id).require_open(login.generation)
        if not self.passed(login) & set(factors):
            raise FactorMissing

    def passed(self, login: Login) -> set[Factor]:
        """What this login has given so far."""
        found = self.rows(
            "SELECT factor FROM passed WHERE login_id = :login AND assignment_id = :assignment",
            {"login": login.login_id.hex, "assignment": login.assignment_id.hex},
        )
        return {Factor(row["factor"]) for row in found}

    # --- who did it ------------------------------------------------------------------------------------------

    def trail_of(self, login: Login) -> Trail:
        """The person who is logging in or logged in."""
        return self._trail(login.assignment_id, login.role, login.number, login.assignment_id)

    def trail_of_actor(self, actor: Holder, role: Role) -> Trail:
        """Somebody at work on other numbers than the own one, too (BULK-3)."""
        return self._trail(actor.assignment_id, role, actor.number, actor.assignment_id)

    def trail_of_holder(self, enrolment: Enrolment) -> Trail:
        """Whoever has the mailed link, which is the holder as far as anyone can tell."""
        number = self.personal.open(enrolment.number)
        return self._trail(enrolment.id, Role.SUBSCRIBER, number, enrolment.id)

    def trail_of_operator(self) -> Trail:
        """An operator's address is the operator's personal data, not that of the number worked on."""
        person = uuid5(NAMESPACE_URL, f"urn:hikari:operator:{current_origin().operator}")
        return self._trail(person, Role.OPERATOR, None, None)

    def trail_of_system(self) -> Trail:
        """Nobody: the time came, or another service told."""
        origin = current_origin()
        return Trail(channel=origin.channel, role=Role.SYSTEM, correlation_id=origin.correlation_id)

    def _trail(self, person: UUID, role: Role, number: str | None, subject: UUID | None) -> Trail:
        origin = current_origin()
        return Trail(
            channel=origin.channel,
            role=role,
            correlation_id=origin.correlation_id,
            actor=self.personal.seal(subject, number) if number and subject else None,
            operator=origin.operator,
            address=self.personal.seal(person, origin.address.reveal()) if origin.address else None,
            address_token=origin.address_token,
            request_id=origin.request_id,
        )


def factor_id(assignment_id: UUID) -> UUID:
    """The stream of the second factor that belongs to an assignment."""
    return uuid5(_NAMESPACE, assignment_id.hex)


def passed_write(login: Login, factor: Factor, now: datetime) -> Write:
    """Keep that this login has given it."""
    return (
        "INSERT INTO passed VALUES (:login, :assignment, :factor, :now) ON CONFLICT DO NOTHING",
        {
            "login": login.login_id.hex,
            "assignment": login.assignment_id.hex,
            "factor": factor.value,
            "now": to_micros(now),
        },
    )
