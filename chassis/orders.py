"""An operator's order to take up what is parked, as an event of the service that is to do it (AUDIT-1)."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from eventsourcing.domain import Aggregate

from chassis.origin import current_origin
from chassis.store import Application
from chassis.trail import Trail
from contracts.base import Role


class Order(Aggregate):
    """Given once; there is nothing more to it."""

    TOPIC = "chassis.Order"

    class Event(Aggregate.Event):
        TOPIC = "chassis.Order.Event"

    class RetryOrdered(Aggregate.Created):
        TOPIC = "chassis.Order.RetryOrdered"
        parked: int

    def __init__(self, parked: int) -> None:
        """`parked` is how many events were parked then."""
        self.parked = parked

    @classmethod
    def retry(cls, application: Application, parked: int) -> Order:
        """To take up what is parked."""
        return cls._create(cls.RetryOrdered, id=uuid4(), timestamp=application.clock(), parked=parked)


def record_retry(application: Application, parked: int) -> None:
    """Record the order that is being carried out, with who gave it and from where."""
    application.save(Order.retry(application, parked), trail=_trail(application))


def operator_as_subject(operator: str | None) -> UUID:
    """Under whose key an operator's address is sealed: it is the operator's own personal data."""
    return uuid5(NAMESPACE_URL, f"urn:hikari:operator:{operator}")


def _trail(application: Application) -> Trail:
    origin = current_origin()
    address = None
    if origin.address is not None:
        address = application.personal.seal(operator_as_subject(origin.operator), origin.address.reveal())
    return Trail(
        channel=origin.channel,
        role=Role.OPERATOR,
        correlation_id=origin.correlation_id,
        operator=origin.operator,
        address=address,
        address_token=origin.address_token,
        request_id=origin.request_id,
    )
