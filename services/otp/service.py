"""Otp over RabbitMQ: unpack, call, pack; no decisions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from chassis.config import load
from chassis.due import Every, Sweeps
from chassis.follower import Follower, one_by_one
from chassis.following import FollowingService
from chassis.relaying import Relays
from chassis.rpc import Client, Uses, rpc
from contracts.auth.api import AuthApi
from contracts.base import HistoryPage, HistoryQuery, Nothing, Unavailable
from contracts.otp.bulk import ApplyOtpRows, OtpNumbers, OtpOfNumbers, OtpRows, OtpRowsChecked, OtpRowsReady
from contracts.otp.challenges import AnswerChallenge, ChallengeIssued, RequestChallenge
from contracts.otp.confirmation import ChangeConfirmation, CheckConfirmationPair
from contracts.otp.links import LinkUsed, LinkView, LookAtLink, UseLink
from contracts.otp.registration import (
    ChangeAddress,
    CheckRegistration,
    ChooseUse,
    ProvisionallyRegistered,
    Register,
    ResetOtp,
)
from contracts.otp.standing import LoginIsComplete, Standing, StandingQuery
from services.otp import policies, publishing
from services.otp.application import Otp
from services.otp.config import OtpConfig
from services.otp.store import OtpStore

MAIL_SECONDS = 0.5
"""Between two looks at the outbox: somebody is waiting for the mail."""


class RunningOtp(Otp):
    """The application as it runs: with auth's history to follow."""

    def __init__(self, config: OtpConfig, auth: AuthApi) -> None:
        super().__init__(config)
        effect = one_by_one(self.store, lambda event, tracking: policies.apply(self.enrolments, event, tracking))
        self.follower = Follower(self.store, "auth", auth.history, effect)

    @classmethod
    def from_env(cls, env: Mapping[str, str], auth: AuthApi) -> RunningOtp:
        """Over the `HIKARI_*` mapping, its tables brought up to date. Raises `Misconfigured`."""
        config = load(OtpConfig, env)
        OtpStore.migrate(config.database_url)
        return cls(config, auth)

    def history(self, query: HistoryQuery) -> HistoryPage:
        """What others are told after a position, in order."""
        return publishing.history(self.store, query)

    def follow(self) -> bool:
        """Catch up with auth's history; false, since there is nothing more to do before it grows."""
        with suppress(Unavailable):  # it goes on from the same position when auth is back
            self.follower.catch_up()
        return False


class OtpService(FollowingService):
    """See `contracts.otp.bulk.OtpBulkApi` for what each procedure promises."""

    name = "otp"
    otp = Uses(RunningOtp.from_env, auth=Client("auth", AuthApi))
    follows = Every(1.0, "follow", otp)
    sweeps = Sweeps(otp)
    forgets = Every(3600.0, "forget", otp)
    # Two, so that a mail server which lets one conversation hang does not hold up all mail.
    sends = Every(MAIL_SECONDS, "send_mail", otp)
    sends_too = Every(MAIL_SECONDS, "send_mail", otp)
    relay = Relays(otp)

    def followers(self) -> tuple[Follower, ...]:
        return (self.otp.follower,)

    @rpc
    def standing(self, request: StandingQuery) -> Standing:
        return self.otp.enrolments.standing(request.login)

    @rpc
    def choose(self, request: ChooseUse) -> Nothing:
        self.otp.enrolments.choose(request)
        return Nothing()

    @rpc
    def check_registration(self, request: CheckRegistration) -> Nothing:
        self.otp.enrolments.check(request)
        return Nothing()

    @rpc
    def register(self, request: Register) -> ProvisionallyRegistered:
        return self.otp.enrolments.register(request)

    @rpc
    def look_at_link(self, request: LookAtLink) -> LinkView:
        return self.otp.links.look(request.token)

    @rpc
    def use_link(self, request: UseLink) -> LinkUsed:
        return self.otp.links.use(request)

    @rpc
    def request_challenge(self, request: RequestChallenge) -> ChallengeIssued:
        return self.otp.challenges.request(request)

    @rpc
    def answer_challenge(self, request: AnswerChallenge) -> Nothing:
        self.otp.challenges.answer(request)
        return Nothing()

    @rpc
    def check_confirmation_pair(self, request: CheckConfirmationPair) -> Nothing:
        self.otp.confirmations.check_pair(request)
        return Nothing()

    @rpc
    def change_address(self, request: ChangeAddress) -> ProvisionallyRegistered:
        return self.otp.enrolments.change_address(request)

    @rpc
    def change_confirmation_id(self, request: ChangeConfirmation) -> Nothing:
        self.otp.confirmations.change_id(request)
        return Nothing()

    @rpc
    def change_confirmation_password(self, request: ChangeConfirmation) -> Nothing:
        self.otp.confirmations.change_password(request)
        return Nothing()

    @rpc
    def reset(self, request: ResetOtp) -> Nothing:
        self.otp.enrolments.reset(request)
        return Nothing()

    @rpc
    def login_completed(self, request: LoginIsComplete) -> Nothing:
        self.otp.challenges.complete_login(request.login)
        return Nothing()

    @rpc
    def otp_of_numbers(self, request: OtpNumbers) -> OtpOfNumbers:
        return self.otp.in_bulk.of_numbers(request)

    @rpc
    def check_otp_rows(self, request: OtpRows) -> OtpRowsChecked:
        return self.otp.in_bulk.check(request)

    @rpc
    def make_otp_rows_ready(self, request: OtpRows) -> OtpRowsReady:
        return self.otp.in_bulk.make_ready(request)

    @rpc
    def apply_otp_rows(self, request: ApplyOtpRows) -> Nothing:
        self.otp.in_bulk.apply(request)
        return Nothing()

    @rpc
    def history(self, request: HistoryQuery) -> HistoryPage:
        return self.otp.history(request)
