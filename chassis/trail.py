"""Who, on whose behalf, from where: what is stamped on everything recorded (AUDIT-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chassis.personal_data import Sealed
from contracts.base import Channel, Role


@dataclass(frozen=True)
class Trail:
    """Kept inside the stored event, beside what happened; the clear address never is."""

    channel: Channel
    role: Role
    correlation_id: str
    actor: Sealed | None = None
    """The acting number."""
    operator: str | None = None
    address: Sealed | None = None
    address_token: str | None = None
    request_id: str | None = None

    def as_state(self) -> dict[str, Any]:
        """What the event carries: only what there is."""
        state: dict[str, Any] = {
            "channel": self.channel.value,
            "role": self.role.value,
            "correlation_id": self.correlation_id,
            "actor": self.actor,
            "operator": self.operator,
            "address": self.address,
            "address_token": self.address_token,
            "request_id": self.request_id,
        }
        return {name: value for name, value in state.items() if value is not None}

    @staticmethod
    def of(event: object) -> Trail:
        """The trail of a recorded event; the system's where it carries none."""
        state = event.__dict__.get("trail") or {}
        return Trail(
            channel=Channel(state.get("channel", Channel.SYSTEM)),
            role=Role(state.get("role", Role.SYSTEM)),
            correlation_id=state.get("correlation_id", ""),
            actor=state.get("actor"),
            operator=state.get("operator"),
            address=state.get("address"),
            address_token=state.get("address_token"),
            request_id=state.get("request_id"),
        )
