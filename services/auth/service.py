"""Auth over RabbitMQ: unpack, call, pack; no decisions."""

from __future__ import annotations

from chassis.due import Every
from chassis.relaying import Relays
from chassis.rpc import Service, Uses, rpc
from contracts.auth import (
    ApplyBulk,
    BulkApplied,
    BulkLine,
    BulkQuery,
    BulkRows,
    CallerIdentified,
    ChangePassword,
    ChangeUnit,
    CheckTarget,
    FeaturesInReach,
    FeaturesQuery,
    IdentifyCaller,
    LineIsProvisioned,
    LinesAreProvisioned,
    LoggedIn,
    LogIn,
    NumbersInReach,
    NumbersQuery,
    PasswordChanged,
    ProvisionLine,
    ProvisionLines,
    RemoveNumbers,
    RowsChecked,
    RowsMadeReady,
    SessionKey,
    SessionQuery,
    SessionView,
    SetTemporaryPassword,
    TargetChecked,
    TemporaryPasswordIsSet,
    UnitChanged,
    UnitChangeForm,
    UnitChangeQuery,
)
from contracts.base import HistoryPage, HistoryQuery, Nothing
from services.auth.application import Auth


class AuthService(Service):
    """See `contracts.auth.AuthApi` for what each procedure promises."""

    name = "auth"
    auth = Uses(Auth.from_env)
    sweeps = Every(5.0, "sweep", auth)
    relay = Relays(auth)

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
        return self.auth.bulk_passwords.line(request)

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
    def history(self, request: HistoryQuery) -> HistoryPage:
        return self.auth.history(request)
