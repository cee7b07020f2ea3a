"""The store that the settings' use cases share: who has which number and feature, how it is set, the trail of who did it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError

from chassis.among import rows_among
from chassis.clock import Clock, utc_now
from chassis.origin import current_origin
from chassis.personal_data import Sealed
from chassis.recorders import Write
from chassis.store import Application
from chassis.trail import Trail
from contracts.base import Role
from contracts.phone import AssignmentId, Feature
from contracts.settings.common import Limits, NotContracted, Reach
from services.settings.config import SettingsConfig
from services.settings.fax_inbox import FaxInbox
from services.settings.feature_settings import FeatureSettings, stream_of
from services.settings.forwarding_group import ForwardingGroup
from services.settings.schema import MIGRATIONS, bit_of

_KEEP_STATE = (
    "INSERT INTO states VALUES (:stream, :assignment, :feature, :version, :state) "
    "ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version, state = excluded.state"
)


class Held(NamedTuple):
    """A number as its present holder has it."""

    assignment_id: AssignmentId
    number: str
    contract_number: str


class SettingsStore(Application):
    """Personal data is sealed under the key of the assignment that it belongs to (AUDIT-5)."""

    name = "settings"
    migrations = MIGRATIONS
    snapshotting_intervals = {FeatureSettings: 20, FaxInbox: 50, ForwardingGroup: 20}  # noqa: RUF012 - the library's own idiom

    def __init__(self, config: SettingsConfig, clock: Clock = utc_now) -> None:
        super().__init__(config.database_url, config.key, clock)
        self.config = config
        self.limits = Limits(
            addresses=config.notice_addresses,
            listed_numbers=config.listed_numbers,
            ring_least=config.ring_least,
            ring_most=config.ring_most,
        )
        self.hurry: Callable[[], None] = lambda: None
        """Catches up with auth, for a number that came to be a moment ago. Set by what follows auth."""

    # --- numbers ---------------------------------------------------------------------------------------------

    def require_contracted(self, reach: Reach, feature: Feature) -> None:
        """Raises `NotContracted`. What auth has just told the gateway may not have arrived here yet; then it is fetched."""
        if not self.has(reach.assignment_id, feature):
            self.hurry()
            if not self.has(reach.assignment_id, feature):
                raise NotContracted

    def holder_of(self, number: str, feature: Feature) -> Held | None:
        """Who has the number now with this feature contracted; what rests is not found."""
        row = self.row(
            "SELECT assignment_id, number, contract_number, features FROM numbers "
            "WHERE number = :number AND removed = 0 ORDER BY position DESC LIMIT 1",
            {"number": number},
        )
        return _held(row) if row and row["features"] & bit_of(feature) else None

    def holders_on_line(self, contract_number: str, feature: Feature) -> list[Held]:
        """All numbers of a line that have this feature contracted, in order of number."""
        rows = self.rows(
            "SELECT assignment_id, number, contract_number FROM numbers "
            "WHERE contract_number = :line AND removed = 0 AND (features & :feature) <> 0 ORDER BY number",
            {"line": contract_number, "feature": bit_of(feature)},
        )
        return [_held(row) for row in rows]

    def line(self, contract_number: str) -> list[Held]:
        """All numbers of a line, whatever they have contracted, in order of number."""
        rows = self.rows(
            "SELECT assignment_id, number, contract_number FROM numbers "
            "WHERE contract_number = :line AND removed = 0 ORDER BY number",
            {"line": contract_number},
        )
        return [_held(row) for row in rows]

    def has(self, assignment_id: UUID, feature: Feature) -> bool:
        """Whether the number has the feature contracted, as far as auth has told."""
        row = self.row(
            "SELECT features FROM numbers WHERE assignment_id = :id AND removed = 0", {"id": assignment_id.hex}
        )
        return row is not None and bool(row["features"] & bit_of(feature))

    def contracted_among(self, assignment_ids: list[AssignmentId], feature: Feature) -> set[UUID]:
        """Which of these have the feature contracted."""
        rows = rows_among(
            self,
            "SELECT assignment_id, features FROM numbers WHERE removed = 0 AND assignment_id IN (:values)",
            (one.hex for one in assignment_ids),
        )
        return {UUID(row["assignment_id"]) for row in rows if row["features"] & bit_of(feature)}

    # --- how a feature is set --------------------------------------------------------------------------------

    def find(self, assignment_id: UUID, feature: Feature) -> FeatureSettings | None:
        """The settings of a number for a feature, if ever any were made."""
        try:
            found: object = self.repository.get(stream_of(assignment_id, feature))
        except AggregateNotFoundError:
            return None
        assert isinstance(found, FeatureSettings)
        return found

    def states(self, assignment_ids: list[AssignmentId], feature: Feature) -> dict[UUID, Sealed]:
        """How a feature is set for many numbers at once; those for which it was never set are left out."""
        rows = rows_among(
            self,
            "SELECT assignment_id, state FROM states WHERE stream_id IN (:values)",
            (stream_of(one, feature).hex for one in assignment_ids),
        )
        return {UUID(row["assignment_id"]): Sealed(UUID(row["assignment_id"]), row["state"]) for row in rows}

    @staticmethod
    def state_write(settings: FeatureSettings) -> Write:
        """Keeps the row in which `states` looks; to be saved with the settings."""
        assert settings.state is not None
        return (
            _KEEP_STATE,
            {
                "stream": settings.id.hex,
                "assignment": settings.assignment_id.hex,
                "feature": settings.feature,
                "version": settings.changes,
                "state": settings.state.ciphertext,
            },
        )

    # --- who did it ------------------------------------------------------------------------------------------

    def trail_of(self, reach: Reach) -> Trail:
        """The person who is logged in. Number and address are that person's data, not those of the number worked on."""
        origin, person = current_origin(), reach.by_assignment_id
        return Trail(
            channel=origin.channel,
            role=reach.role,
            correlation_id=origin.correlation_id,
            actor=self.personal.seal(person, reach.by),
            address=self.personal.seal(person, origin.address.reveal()) if origin.address else None,
            address_token=origin.address_token,
            request_id=origin.request_id,
        )

    def trail_of_holder(self) -> Trail:
        """Whoever opened a mailed link. No number is logged in."""
        origin = current_origin()
        return Trail(
            channel=origin.channel,
            role=Role.SUBSCRIBER,
            correlation_id=origin.correlation_id,
            address_token=origin.address_token,
            request_id=origin.request_id,
        )

    def trail_of_system(self) -> Trail:
        """Nobody: the time came, the network or another service told."""
        origin = current_origin()
        return Trail(channel=origin.channel, role=Role.SYSTEM, correlation_id=origin.correlation_id)


def _held(row: dict[str, Any]) -> Held:
    return Held(AssignmentId(UUID(row["assignment_id"])), row["number"], row["contract_number"])
