"""Bulk over RabbitMQ: unpack, call, pack; no decisions."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.config import load
from chassis.due import Every, Sweeps
from chassis.relaying import Relays
from chassis.rpc import Client, Service, Uses, rpc
from contracts.auth.bulk import AuthBulkApi
from contracts.base import HistoryPage, HistoryQuery, Nothing
from contracts.bulk.api import (
    AddPart,
    Confirm,
    Download,
    FaultsPiece,
    FaultsQuery,
    KindQuery,
    Progress,
    ProgressQuery,
    UploadId,
    UploadQuery,
    Uploads,
    UploadView,
)
from contracts.bulk.kinds import BulkKind
from contracts.otp.bulk import OtpBulkApi
from contracts.settings.bulk_targets import SettingsBulkApi
from services.bulk import publishing
from services.bulk.application import Bulk
from services.bulk.config import BulkConfig
from services.bulk.owner import Owner
from services.bulk.owners import OtpAtOtp, PasswordsAtAuth, TargetsAtSettings, UnitAtAuth, WhoAtAuth
from services.bulk.store import BulkStore

LOOK_SECONDS = 0.5
"""Between two looks for a file to work on: somebody waits at the progress bar."""
PART = 60.0
"""Seconds that an owner may take over some rows while logins go before them."""
WHOLE = 45.0
"""Seconds for an owner to apply ten thousand rows, or to list as many numbers. An answer that was lost with the broker is
missed only then, and the job asks again; an owner that takes longer goes on meanwhile and answers the next time."""
TIMEOUTS = {
    **dict.fromkeys(("check_new_passwords", "make_new_passwords_ready", "prove_present_passwords"), PART),
    **dict.fromkeys(("bulk_line", "apply_new_passwords", "apply_unit_change"), WHOLE),
}
TIMEOUTS_OF_OTP = {
    **dict.fromkeys(("check_otp_rows", "make_otp_rows_ready"), PART),
    **dict.fromkeys(("otp_of_numbers", "apply_otp_rows"), WHOLE),
}


TIMEOUTS_OF_SETTINGS = dict.fromkeys(("group_in_bulk", "apply_targets"), WHOLE)


class RunningBulk(Bulk):
    """The application as it runs: with the owners to ask."""

    def __init__(self, config: BulkConfig, auth: AuthBulkApi, otp: OtpBulkApi, settings: SettingsBulkApi) -> None:
        owners: dict[BulkKind, Owner] = {
            BulkKind.PASSWORDS: PasswordsAtAuth(auth),
            BulkKind.UNIT: UnitAtAuth(auth),
            BulkKind.OTP: OtpAtOtp(auth, otp),
            BulkKind.FORWARDING: TargetsAtSettings(auth, settings),
        }
        super().__init__(config, owners, WhoAtAuth(auth))

    @classmethod
    def from_env(
        cls, env: Mapping[str, str], auth: AuthBulkApi, otp: OtpBulkApi, settings: SettingsBulkApi
    ) -> RunningBulk:
        """Over the `HIKARI_*` mapping, its tables brought up to date. Raises `Misconfigured`."""
        config = load(BulkConfig, env)
        BulkStore.migrate(config.database_url)
        return cls(config, auth, otp, settings)

    def history(self, query: HistoryQuery) -> HistoryPage:
        """What others are told after a position, in order."""
        return publishing.history(self.store, query)


class BulkService(Service):
    """See `contracts.bulk.api.BulkApi` for what each procedure promises."""

    name = "bulk"
    bulk = Uses(
        RunningBulk.from_env,
        auth=Client("auth", AuthBulkApi, timeouts=TIMEOUTS),
        otp=Client("otp", OtpBulkApi, timeouts=TIMEOUTS_OF_OTP),
        settings=Client("settings", SettingsBulkApi, timeouts=TIMEOUTS_OF_SETTINGS),
    )
    # Several, so that one large file does not hold up the small ones of others.
    works = Every(LOOK_SECONDS, "work", bulk)
    works_too = Every(LOOK_SECONDS, "work", bulk)
    works_as_well = Every(LOOK_SECONDS, "work", bulk)
    works_besides = Every(LOOK_SECONDS, "work", bulk)
    sweeps = Sweeps(bulk, 30.0)
    relay = Relays(bulk)

    @rpc
    def add_part(self, request: AddPart) -> Nothing:
        self.bulk.receiving.add_part(request)
        return Nothing()

    @rpc
    def upload(self, request: UploadQuery) -> UploadView:
        return self.bulk.desk.view(request)

    @rpc
    def uploads(self, request: KindQuery) -> Uploads:
        return self.bulk.desk.list(request)

    @rpc
    def all_faults(self, request: FaultsQuery) -> FaultsPiece:
        return self.bulk.desk.faults(request)

    @rpc
    def progress(self, request: ProgressQuery) -> Progress:
        return self.bulk.desk.progress(request.upload_id)

    @rpc
    def confirm(self, request: Confirm) -> Nothing:
        self.bulk.desk.confirm(request)
        return Nothing()

    @rpc
    def withdraw(self, request: UploadId) -> Nothing:
        self.bulk.desk.withdraw(request)
        return Nothing()

    @rpc
    def download(self, request: KindQuery) -> Download:
        return self.bulk.desk.download(request)

    @rpc
    def history(self, request: HistoryQuery) -> HistoryPage:
        return self.bulk.history(request)
