"""Otp's use cases over one store: what the nameko service and the tests all call."""

from __future__ import annotations

from chassis.clock import Clock, utc_now
from services.otp.bulk import OtpInBulk
from services.otp.challenges import Challenges
from services.otp.config import OtpConfig
from services.otp.confirmations import Confirmations
from services.otp.enrolments import Enrolments
from services.otp.expiry import Expiry
from services.otp.links import Links
from services.otp.notices import Notices
from services.otp.outbox import Outbox
from services.otp.store import OtpStore


class Otp:
    """One object a process. Close it at the end."""

    def __init__(self, config: OtpConfig, clock: Clock = utc_now) -> None:
        self.store = OtpStore(config, clock)
        self.outbox = Outbox(self.store)
        notices = Notices(self.store, self.outbox)
        self.enrolments = Enrolments(self.store, self.outbox, notices)
        self.links = Links(self.store, notices)
        self.challenges = Challenges(self.store, self.outbox)
        self.confirmations = Confirmations(self.store)
        self.in_bulk = OtpInBulk(self.store, notices)
        self._expiry = Expiry(self.store)

    def sweep(self) -> bool:
        """Record what happened by the passing of time."""
        return self._expiry.sweep()

    def forget(self) -> None:
        """Delete rows of what has long been over."""
        self._expiry.forget()

    def send_mail(self) -> bool:
        """Hand over what is due."""
        return self.outbox.send_due()

    def check(self) -> None:
        """Raises what the store raises when it cannot be reached."""
        self.store.check()

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()
