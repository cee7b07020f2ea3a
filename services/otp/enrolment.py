"""Whether a holder uses one-time passwords, and the registration they go by (OTP-1, OTP-2, OTP-10..15).

What may be done is decided by the use cases and the questions asked here; a stream belongs to one assignment (LINE-9).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from chassis.personal_data import Sealed
from contracts.otp.common import OtpUse, UseCause

LINK_VALID = timedelta(hours=24)
"""OTP-2"""
SENDS = 5
"""Mails in `SENDS_WITHIN`, of links and of one-time passwords each (OTP-8)."""
SENDS_WITHIN = timedelta(minutes=15)


def wait_for_next(sends: list[datetime], now: datetime) -> int:
    """Seconds until another may be sent; 0 where it may now (OTP-8)."""
    if len(sends) < SENDS:
        return 0
    left = (sends[-SENDS] + SENDS_WITHIN - now).total_seconds()
    return max(0, int(-(-left // 1)))


class Enrolment(Aggregate):
    """The id is the assignment's."""

    TOPIC = "otp.Enrolment"

    class Event(Aggregate.Event):
        TOPIC = "otp.Enrolment.Event"

    class Created(Aggregate.Created):
        """The holder was asked for the first time."""

        TOPIC = "otp.Enrolment.Begun"
        number: Sealed
        contract_number: Sealed

    class UseChosen(Event):
        """From now on one-time passwords are used or not. Whatever was registered is gone (OTP-12)."""

        TOPIC = "otp.Enrolment.UseChosen"
        use: str
        cause: str

        def apply(self, aggregate: Enrolment) -> None:
            aggregate.use = self.use
            aggregate.forget_registration()

    class ProvisionallyRegistered(Event):
        """A link was mailed to the address. A change of address alone brings no verifiers."""

        TOPIC = "otp.Enrolment.ProvisionallyRegistered"
        registration_id: UUID
        link_hash: str
        login_id: UUID
        address: Sealed
        confirmation_id: str | None
        confirmation_password: str | None
        expires_at: datetime

        def apply(self, aggregate: Enrolment) -> None:
            aggregate.registration_id = self.registration_id
            aggregate.link_hash = self.link_hash
            aggregate.link_login = self.login_id
            aggregate.link_expires_at = self.expires_at
            aggregate.new_address = self.address
            aggregate.new_confirmation_id = self.confirmation_id
            aggregate.new_confirmation_password = self.confirmation_password
            aggregate.link_sends = [*aggregate.link_sends, self.timestamp][-SENDS:]

    class LinkVoided(Event):
        """The newest link leads nowhere any more."""

        TOPIC = "otp.Enrolment.LinkVoided"
        cause: str

        def apply(self, aggregate: Enrolment) -> None:
            aggregate.forget_link()

    class FullyRegistered(Event):
        """The link was used: what it stood for is in force (OTP-11)."""

        TOPIC = "otp.Enrolment.FullyRegistered"
        attempt_id: UUID
        address: Sealed

        def apply(self, aggregate: Enrolment) -> None:
            aggregate.used_link = [self.attempt_id, aggregate.link_hash, aggregate.link_login]
            aggregate.address = self.address
            aggregate.confirmation_id = aggregate.new_confirmation_id or aggregate.confirmation_id
            aggregate.confirmation_password = aggregate.new_confirmation_password or aggregate.confirmation_password
            aggregate.forget_link()

    class ConfirmationIdChanged(Event):
        """OTP-13"""

        TOPIC = "otp.Enrolment.ConfirmationIdChanged"
        verifier: str

        def apply(self, aggregate: Enrolment) -> None:
            aggregate.confirmation_id = self.verifier

    class ConfirmationPasswordChanged(Event):
        """OTP-13"""

        TOPIC = "otp.Enrolment.ConfirmationPasswordChanged"
        verifier: str

        def apply(self, aggregate: Enrolment) -> None:
            aggregate.confirmation_password = self.verifier

    class AddressSet(Event):
        """An administrator who has given both factors set it for the number: it counts as fully registered (BULK-3)."""

        TOPIC = "otp.Enrolment.AddressSet"
        address: Sealed

        def apply(self, aggregate: Enrolment) -> None:
            aggregate.address = self.address

    class Reset(Event):
        """An operator took back choice and registration (OTP-15)."""

        TOPIC = "otp.Enrolment.Reset"
        reason: Sealed

        def apply(self, aggregate: Enrolment) -> None:
            aggregate.use = OtpUse.UNDECIDED.value
            aggregate.forget_registration()

    class Ended(Event):
        """The number was removed; its next holder inherits nothing (LINE-9)."""

        TOPIC = "otp.Enrolment.Ended"

        def apply(self, aggregate: Enrolment) -> None:
            aggregate.ended = True
            aggregate.forget_registration()

    def __init__(self, number: Sealed, contract_number: Sealed) -> None:
        self.number = number
        self.contract_number = contract_number
        self.ended = False
        self.use = OtpUse.UNDECIDED.value
        self.link_sends: list[datetime] = []
        self.used_link: list[Any] = []
        """The attempt that used the last link, that link's hash, and the login that had asked for it."""
        self.registration_id: UUID | None = None
        self.forget_registration()

    @classmethod
    def begin(cls, *, assignment_id: UUID, number: Sealed, contract_number: Sealed, now: datetime) -> Enrolment:
        """Nothing is chosen yet."""
        return cls._create(cls.Created, id=assignment_id, timestamp=now, number=number, contract_number=contract_number)

    # --- what it answers -------------------------------------------------------------------------------------

    @property
    def is_used(self) -> bool:
        """Whether the holder wants one-time passwords, registered or not."""
        return self.use == OtpUse.USED

    @property
    def is_registered(self) -> bool:
        """Whether there is a full registration."""
        return self.address is not None

    def link_is_valid(self, now: datetime) -> bool:
        """Whether the newest link can be used; at exactly 24 hours it cannot (OTP-2)."""
        return self.link_expires_at is not None and now < self.link_expires_at

    # --- what is done to it ----------------------------------------------------------------------------------

    def choose(self, use: OtpUse, cause: UseCause, now: datetime) -> None:
        """Choosing what is chosen already changes nothing."""
        if use != self.use:
            self.void_link("withdrawn", now)
            self._trigger(self.UseChosen, now, use=use.value, cause=cause.value)

    def register(
        self,
        *,
        registration_id: UUID,
        link_hash: str,
        login_id: UUID,
        address: Sealed,
        confirmation_id: str | None = None,
        confirmation_password: str | None = None,
        now: datetime,
    ) -> None:
        """Provisionally; an older link is void from now on (OTP-3)."""
        self.void_link("superseded", now)
        self._trigger(
            self.ProvisionallyRegistered,
            now,
            registration_id=registration_id,
            link_hash=link_hash,
            login_id=login_id,
            address=address,
            confirmation_id=confirmation_id,
            confirmation_password=confirmation_password,
            expires_at=now + LINK_VALID,
        )

    def use_link(self, attempt_id: UUID, now: datetime) -> None:
        """The person has opened the link."""
        self._trigger(self.FullyRegistered, now, attempt_id=attempt_id, address=self.new_address)

    def void_link(self, cause: str, now: datetime) -> None:
        """Where one is in force."""
        if self.link_hash is not None:
            self._trigger(self.LinkVoided, now, cause=cause)

    def change_confirmation_id(self, verifier: str, now: datetime) -> None:
        """The present one has been given."""
        self._trigger(self.ConfirmationIdChanged, now, verifier=verifier)

    def change_confirmation_password(self, verifier: str, now: datetime) -> None:
        """The present one has been given."""
        self._trigger(self.ConfirmationPasswordChanged, now, verifier=verifier)

    def set_address(self, address: Sealed, now: datetime) -> None:
        """Without a link (BULK-3); one that is under way is void."""
        self.void_link("superseded", now)
        self._trigger(self.AddressSet, now, address=address)

    def reset(self, reason: Sealed, now: datetime) -> None:
        """As if nothing had ever been chosen."""
        self.void_link("withdrawn", now)
        self._trigger(self.Reset, now, reason=reason)

    def end(self, now: datetime) -> None:
        """For good."""
        if not self.ended:
            self.void_link("withdrawn", now)
            self._trigger(self.Ended, now)

    # --- within ----------------------------------------------------------------------------------------------

    def forget_link(self) -> None:
        """What the newest link stood for."""
        self.link_hash: str | None = None
        self.link_login: UUID | None = None
        self.link_expires_at: datetime | None = None
        self.new_address: Sealed | None = None
        self.new_confirmation_id: str | None = None
        self.new_confirmation_password: str | None = None

    def forget_registration(self) -> None:
        """All of it; nothing is used again (OTP-12)."""
        self.forget_link()
        self.address: Sealed | None = None
        self.confirmation_id: str | None = None
        self.confirmation_password: str | None = None

    def _trigger(self, event: type[Aggregate.Event], now: datetime, **fields: Any) -> None:
        self.trigger_event(event, timestamp=now, **fields)
