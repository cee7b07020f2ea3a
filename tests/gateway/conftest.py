"""The gateway before the real auth service, and a browser that checks every page it is given."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from chassis.clock import Clock
from chassis.rpc import LocalClient
from contracts.auth.bulk import AuthBulkApi
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine
from contracts.auth.telephone import SetTemporaryPassword
from contracts.base import Secret
from contracts.bulk.api import BulkApi
from contracts.otp.bulk import OtpBulkApi
from contracts.phone import AuthUnit, Feature
from contracts.settings.bulk_targets import SettingsBulkApi
from gateway.app import create_app
from gateway.services import Services
from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.second_factor import Demand, LoginUnderWay, SecondFactor
from services.auth.service import AuthService, OneTimePasswords
from services.auth.store import AuthStore
from services.bulk.config import BulkConfig
from services.bulk.service import BulkService, RunningBulk
from services.bulk.store import BulkStore
from services.otp.config import OtpConfig
from services.otp.service import OtpService, RunningOtp
from services.otp.store import OtpStore
from services.settings.config import SettingsConfig
from services.settings.service import RunningSettings, SettingsService
from services.settings.store import SettingsStore
from tests.databases import migrate
from tests.gateway.browser import Browser
from tests.gateway.templates import COMPILED
from tests.services.auth.people import NotInUse
from tests.services.otp.mail_server import Postbox

CONTRACT = "0300001111"
ADDITIONAL = "0300002222"
OFFICE = "0311110000"
OFFICE_SIZE = 60
TEMPORARY = "20260401"
PASSWORD = "tsuki8hosi"
CODE = r"^(\d{6})$"
"""A one-time password in a mail."""
LINK = r"(/otp/links/\S+)"
"""Where the link in a mail leads on our site (OTP-2)."""

ENV = {
    "HIKARI_KEY": "ab" * 32,
    "HIKARI_IVR_TOKEN": "the telephone platform's own token",
    "HIKARI_OPS_TOKEN": "the only token of the operators here",
    "HIKARI_LOGIN_THROTTLE": "off",
}


@dataclass
class Site:
    """The site over SQLite and without a broker, on a clock of its own. `failing` makes services unreachable.

    Nobody here is asked for a second factor; the fixture `otp_site` changes that.
    """

    auth: AuthBulkApi
    otp: OtpBulkApi | None = None
    second_factor: SecondFactor = field(default_factory=NotInUse)
    newest_mail: Callable[[str], str] = lambda pattern: pytest.fail("only otp_site has mail")
    """What the group of a pattern finds in the newest mail that has it: `CODE`, `LINK`."""
    send_mail: Callable[[], bool] = lambda: pytest.fail("only otp_site has mail")
    otp_follows: Callable[[], bool] = lambda: pytest.fail("only otp_site has otp")
    """Lets otp read what auth has told."""
    postbox: Postbox | None = None
    """Where its mail goes."""
    now: datetime = field(default=datetime(2026, 4, 1, 9, tzinfo=UTC))
    env: dict[str, str] = field(default_factory=lambda: dict(ENV))
    failing: Callable[[str], Exception | None] = lambda procedure: None
    asked: list[str] = field(default_factory=list)
    settings: SettingsBulkApi | None = None
    settings_follow: Callable[[], bool] = lambda: False
    """Lets them read what auth has told."""
    bulk: BulkApi | None = None
    work: Callable[[], object] = lambda: pytest.fail("only bulk_site has files")
    """Lets the bulk service do all that it has to do."""

    def provision(self, contract: str, numbers: dict[str, set[Feature]]) -> None:
        listed = tuple(ProvisionedNumber(number=number, features=frozenset(has)) for number, has in numbers.items())
        self.auth.provision_line(ProvisionLine(contract_number=contract, numbers=listed))

    def set_temporary(self, number: str, unit: AuthUnit, *, caller: str, password: str = TEMPORARY) -> None:
        self.auth.set_temporary_password(
            SetTemporaryPassword(
                temporary_id=uuid4(), caller=caller, number=number, unit=unit, password=Secret(password)
            )
        )

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def app(self, **env: str) -> Flask:
        """An application under this environment."""
        app = create_app({**self.env, **env})
        app.jinja_env.bytecode_cache = COMPILED
        return app

    def browser(self, app: Flask | None = None, address: str = "192.0.2.7") -> Browser:
        """A fresh browser. It sends the services along, as the container does."""
        served = app or self.app()
        auth, otp, settings = (_Watched(self, service) for service in ("auth", "otp", "settings"))
        services = Services(auth, None, None, otp, settings=settings, bulk=_Watched(self, "bulk"))  # type: ignore[arg-type]  # no page here asks the others
        client = FlaskClient(served, served.response_class, use_cookies=True)
        client.environ_base |= {"hikari.services": services, "REMOTE_ADDR": address}  # type: ignore[dict-item]
        return Browser(client, secure=served.config["SESSION_COOKIE_SECURE"])

    def logged_in(
        self, number: str = CONTRACT, unit: AuthUnit = AuthUnit.LINE, *, caller: str = CONTRACT, **env: str
    ) -> Browser:
        """A browser whose person set a temporary password by telephone and replaced it by `PASSWORD`."""
        self.set_temporary(number, unit, caller=caller)
        browser = self.browser(self.app(**env))
        browser.log_in(number, TEMPORARY)
        browser.change_password(TEMPORARY, PASSWORD)
        return browser


class _Watched:
    """A service, with a list of what was asked and a way to have it fail."""

    def __init__(self, site: Site, service: str) -> None:
        self._site = site
        self._service = service

    def __getattr__(self, procedure: str) -> Any:
        self._site.asked.append(procedure)
        failure = self._site.failing(procedure)
        if failure is not None:
            raise failure
        return getattr(getattr(self._site, self._service), procedure)


class _SecondFactorOf:
    """The one that the site has at the moment."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def demand(self, login: LoginUnderWay) -> Demand:
        return self._site.second_factor.demand(login)

    def complete(self, login: LoginUnderWay) -> bool:
        return self._site.second_factor.complete(login)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """With the guide's example line (LINE-8)."""
    config = AuthConfig.model_validate(
        {
            "database_url": f"sqlite:///{tmp_path}/auth.sqlite",
            "key": secrets.token_bytes(32),
            "pepper": secrets.token_hex(16),
            "hash_memory_kib": 8,
            "hash_passes": 1,
            "login_floor_ms": 0,
        }
    )
    migrate(AuthStore, config.database_url)
    service = AuthService()
    site = Site(LocalClient(service, AuthBulkApi))
    service.auth = Auth(config, _SecondFactorOf(site), lambda: site.now)
    both = {Feature.CALL_NOTIFICATION, Feature.FAX_NOTIFICATION}
    site.provision(CONTRACT, {CONTRACT: {Feature.CALL_NOTIFICATION}, ADDITIONAL: both})
    settings = SettingsService()
    settings.application = _settings_over(f"sqlite:///{tmp_path}/settings.sqlite", service.auth, lambda: site.now)
    site.settings, site.settings_follow = LocalClient(settings, SettingsBulkApi), settings.application.follow
    yield site
    settings.application.close()
    service.auth.close()


def _settings_over(database_url: str, auth: Auth, clock: Clock) -> RunningSettings:
    migrate(SettingsStore, database_url)
    config = SettingsConfig.model_validate(
        {"database_url": database_url, "key": secrets.token_bytes(32), "base_url": "https://settings.example"}
    )
    return RunningSettings(config, auth, clock)  # type: ignore[arg-type]  # it tells its history, which is all that is asked


@pytest.fixture
def otp_site(site: Site, tmp_path: Path) -> Iterator[Site]:
    """With the real otp service, which asks everybody for a choice (OTP-1), and a mail server. Auth asks it as well."""
    postbox = Postbox()
    postbox.start()
    config = OtpConfig.model_validate(
        {
            "database_url": f"sqlite:///{tmp_path}/otp.sqlite",
            "key": secrets.token_bytes(32),
            "pepper": secrets.token_hex(16),
            "hash_memory_kib": 8,
            "hash_passes": 1,
            "base_url": "http://localhost",
            "smtp_url": postbox.url,
        }
    )
    migrate(OtpStore, config.database_url)
    service = OtpService()
    otp = service.otp = RunningOtp(config, site.auth)
    otp.store.clock = lambda: site.now
    site.otp = LocalClient(service, OtpBulkApi)
    site.second_factor = OneTimePasswords(_Watched(site, "otp"))

    def newest_mail(pattern: str) -> str:
        otp.send_mail()
        found = [re.search(pattern, mail.text(), re.MULTILINE) for mail in postbox.mails]
        return [match[1] for match in found if match][-1]

    site.newest_mail, site.send_mail, site.postbox = newest_mail, otp.send_mail, postbox
    site.otp_follows = otp.follow
    yield site
    otp.close()
    postbox.stop()


@pytest.fixture
def office(site: Site) -> Site:
    """With an office line of 60 numbers beside it."""
    numbers = {f"03111100{index:02}": {Feature.CALL_NOTIFICATION} for index in range(OFFICE_SIZE)}
    numbers[OFFICE] |= set(Feature)
    site.provision(OFFICE, numbers)
    return site


@pytest.fixture
def bulk_site(office: Site, tmp_path: Path) -> Iterator[Site]:
    """The office, with the real bulk service, which works when it is told to."""
    config = BulkConfig.model_validate(
        {"database_url": f"sqlite:///{tmp_path}/bulk.sqlite", "key": secrets.token_bytes(32), "bulk_at_once": 2}
    )
    migrate(BulkStore, config.database_url)
    service = BulkService()
    bulk = service.bulk = RunningBulk(config, office.auth, _Watched(office, "otp"), _Watched(office, "settings"))
    bulk.store.clock = lambda: office.now

    def work() -> None:
        while bulk.work():
            pass

    office.bulk, office.work = LocalClient(service, BulkApi), work
    yield office
    bulk.close()


@pytest.fixture
def browser(site: Site) -> Browser:
    """A stranger's browser."""
    return site.browser()
