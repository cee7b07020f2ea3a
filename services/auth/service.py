"""Auth over RabbitMQ: unpack, call, pack; no decisions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from chassis.clock import Clock, utc_now
from chassis.config import load
from chassis.due import Every
from chassis.follower import Follower, one_by_one
from chassis.following import FollowingService
from chassis.relaying import Relays
from chassis.rpc import Client, Uses, rpc
from contracts.auth.bulk import (
    ApplyBulk,
    ApplyUnit,
    BulkApplied,
    BulkLine,
    BulkQuery,
    BulkRows,
    ProofRows,
    RowsChecked,
    RowsMadeReady,
    RowsProven,
    UnitSeen,
)
from contracts.auth.logins import (
    AdvanceLogin,
    LoggedIn,
    LogIn,
    LoginAdvanced,
    NoSession,
    SessionCause,
    SessionKey,
    SessionQuery,
    SessionView,
    Stage,
)
from contracts.auth.passwords import ChangePassword, PasswordChanged
from contracts.auth.provisioning import (
    FindHolder,
    HolderFound,
    LineIsProvisioned,
    LinesAreProvisioned,
    ProvisionLine,
    ProvisionLines,
    RemoveNumbers,
)
from contracts.auth.reach import FeaturesInReach, FeaturesQuery, NumbersInReach, NumbersQuery
from contracts.auth.telephone import (
    CallerIdentified,
    CheckTarget,
    IdentifyCaller,
    SetTemporaryPassword,
    TargetChecked,
    TemporaryPasswordIsSet,
)
from contracts.auth.units import ChangeUnit, UnitChanged, UnitChangeForm, UnitChangeQuery
from contracts.base import HistoryPage, HistoryQuery, Nothing, Unavailable
from contracts.otp.api import OtpApi
from contracts.otp.common import FactorMissing, HolderGone, Login, OtpUse
from contracts.otp.standing import LoginIsComplete, Standing, StandingQuery
from contracts.phone import AssignmentId
from services.auth import policies
from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.second_factor import Demand, Lock, LoginUnderWay
from services.auth.store import AuthStore

ANSWERED_WITHIN = 2.0
"""Seconds that otp has: a login asks it twice and is answered in time all the same."""


class OneTimePasswords:
    """`SecondFactor`, asked of the otp service."""

    def __init__(self, otp: OtpApi) -> None:
        self._otp = otp

    def demand(self, login: LoginUnderWay) -> Demand:
        try:
            standing = self._otp.standing(StandingQuery(login=_told(login)))
        except HolderGone:
            raise NoSession(cause=SessionCause.NUMBER_REMOVED) from None
        return Demand(
            stage=_stage_of(standing),
            registered=standing.use is OtpUse.USED and standing.registered,
            lock=Lock(standing.locked.value, standing.mismatches) if standing.locked else None,
        )

    def complete(self, login: LoginUnderWay) -> bool:
        try:
            self._otp.login_completed(LoginIsComplete(login=_told(login)))
        except FactorMissing:
            return False
        except HolderGone:
            raise NoSession(cause=SessionCause.NUMBER_REMOVED) from None
        return True


def _told(login: LoginUnderWay) -> Login:
    return Login(
        assignment_id=AssignmentId(login.assignment_id),
        number=login.number,
        contract_number=login.contract_number,
        login_id=login.login_id,
        generation=login.generation,
        role=login.role,
    )


def _stage_of(standing: Standing) -> Stage:
    """LOGIN-7"""
    if standing.use is OtpUse.UNDECIDED:
        return Stage.OTP_CHOICE
    if standing.use is OtpUse.NOT_USED or standing.matched:
        return Stage.COMPLETE
    return Stage.OTP if standing.registered else Stage.OTP_REGISTRATION


class RunningAuth(Auth):
    """The application as it runs: with otp to ask, and otp's history to follow."""

    def __init__(self, config: AuthConfig, otp: OtpApi, clock: Clock = utc_now) -> None:
        super().__init__(config, OneTimePasswords(otp), clock)
        effect = one_by_one(self.store, lambda event, tracking: policies.apply(self, event, tracking))
        self.follower = Follower(self.store, "otp", otp.history, effect)

    @classmethod
    def from_env(cls, env: Mapping[str, str], otp: OtpApi) -> RunningAuth:
        """Over the `HIKARI_*` mapping, its tables brought up to date. Raises `Misconfigured`."""
        config = load(AuthConfig, env)
        AuthStore.migrate(config.database_url)
        return cls(config, otp)

    def follow(self) -> bool:
        """Catch up with otp's history (OTP-9); false, since there is nothing more to do before it grows."""
        with suppress(Unavailable):  # it goes on from the same position when otp is back
            self.follower.catch_up()
        return False


class AuthService(FollowingService):
    """See `contracts.auth.bulk.AuthBulkApi` for what each procedure promises."""

    name = "auth"
    auth: Uses[Auth] = Uses(RunningAuth.from_env, otp=Client("otp", OtpApi, timeout=ANSWERED_WITHIN))
    follows = Every(1.0, "follow", auth)
    sweeps = Every(5.0, "sweep", auth)
    relay = Relays(auth)

    def followers(self) -> tuple[Follower, ...]:
        assert isinstance(self.auth, RunningAuth)
        return (self.auth.follower,)

    @rpc
    def provision_line(self, request: ProvisionLine) -> LineIsProvisioned:
        return self.auth.provisioning.provision(request)

    @rpc
    def provision_lines(self, request: ProvisionLines) -> LinesAreProvisioned:
        return self.auth.provisioning.provision_all(request)

    @rpc
    def remove_numbers(self, request: RemoveNumbers) -> Nothing:
        self.auth.provisioning.remove(request)
        return Nothing()

    @rpc
    def find_holder(self, request: FindHolder) -> HolderFound:
        return self.auth.reach.holder(request.number)

    @rpc
    def identify_caller(self, request: IdentifyCaller) -> CallerIdentified:
        return self.auth.telephone.identify(request.caller)

    @rpc
    def check_target(self, request: CheckTarget) -> TargetChecked:
        return TargetChecked(settable=self.auth.telephone.is_settable(request.caller, request.number))

    @rpc
    def set_temporary_password(self, request: SetTemporaryPassword) -> TemporaryPasswordIsSet:
        return self.auth.telephone.set_temporary(request)

    @rpc
    def log_in(self, request: LogIn) -> LoggedIn:
        return LoggedIn(stage=self.auth.logins.log_in(request))

    @rpc
    def advance_login(self, request: AdvanceLogin) -> LoginAdvanced:
        return LoginAdvanced(stage=self.auth.login_steps.advance(request.session_key, request.new_session_key))

    @rpc
    def session(self, request: SessionQuery) -> SessionView:
        return self.auth.sessions.view(request.session_key, activity=request.activity)

    @rpc
    def log_out(self, request: SessionKey) -> Nothing:
        self.auth.sessions.log_out(request.session_key)
        return Nothing()

    @rpc
    def change_password(self, request: ChangePassword) -> PasswordChanged:
        return self.auth.password_changes.change(request)

    @rpc
    def features_in_reach(self, request: FeaturesQuery) -> FeaturesInReach:
        return self.auth.reach.features(request.session_key)

    @rpc
    def numbers_in_reach(self, request: NumbersQuery) -> NumbersInReach:
        return self.auth.reach.numbers(request)

    @rpc
    def unit_change_form(self, request: UnitChangeQuery) -> UnitChangeForm:
        return self.auth.unit_changes.form(request)

    @rpc
    def change_unit(self, request: ChangeUnit) -> UnitChanged:
        return self.auth.unit_changes.change(request)

    @rpc
    def bulk_line(self, request: BulkQuery) -> BulkLine:
        return self.auth.bulk_lines.line(request)

    @rpc
    def hold_to_unit(self, request: UnitSeen) -> Nothing:
        self.auth.bulk_lines.hold_to_unit(request)
        return Nothing()

    @rpc
    def check_new_passwords(self, request: BulkRows) -> RowsChecked:
        return self.auth.bulk_passwords.check(request)

    @rpc
    def make_new_passwords_ready(self, request: BulkRows) -> RowsMadeReady:
        return self.auth.bulk_passwords.make_ready(request)

    @rpc
    def apply_new_passwords(self, request: ApplyBulk) -> BulkApplied:
        return self.auth.bulk_passwords.apply(request)

    @rpc
    def prove_present_passwords(self, request: ProofRows) -> RowsProven:
        return self.auth.bulk_units.prove(request)

    @rpc
    def apply_unit_change(self, request: ApplyUnit) -> BulkApplied:
        return self.auth.bulk_units.apply(request)

    @rpc
    def history(self, request: HistoryQuery) -> HistoryPage:
        return self.auth.history(request)
