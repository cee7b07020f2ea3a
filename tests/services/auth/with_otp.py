"""Auth with the real otp service, over the wire format, each with a store of its own; and the people of a line there."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from chassis.rpc import LocalClient
from contracts.auth.api import AuthApi
from contracts.auth.logins import AdvanceLogin, InvalidCredentials, SessionQuery, SessionView, Stage
from contracts.base import HistoryQuery, Secret, Unavailable
from contracts.otp.api import OtpApi
from contracts.otp.challenges import AnswerChallenge, OtpMismatch, RequestChallenge
from contracts.otp.common import FactorMissing, Holder, Login, OtpUse
from contracts.otp.confirmation import ChangeConfirmation, CheckConfirmationPair, ConfirmationRejected
from contracts.otp.links import UseLink
from contracts.otp.registration import ChooseUse, Register, ResetOtp
from contracts.phone import AuthUnit
from services.auth.config import AuthConfig
from services.auth.credential import Credential
from services.auth.service import AuthService, RunningAuth
from services.auth.store import AuthStore
from services.otp.config import OtpConfig
from services.otp.service import OtpService, RunningOtp
from services.otp.store import OtpStore
from tests.databases import migrate
from tests.services.auth.people import CONTRACT, PASSWORD, TEMPORARY, OfficeLine, new_key
from tests.services.otp.mail_server import Postbox
from tests.services.otp.people import CONFIRMATION_ID, CONFIRMATION_PASSWORD, other_code

CHEAP = {"key": b"k" * 32, "pepper": "p" * 32, "hash_memory_kib": 8, "hash_passes": 1, "hash_waiting": 200}
CODE = r"^(\d{6})$"
LINK = r"/otp/links/(\S+)"


class AtTimesAway:
    """Stands between two services: `before` and `after` a procedure it may do whatever goes wrong there."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self.before: Callable[[str], None] = lambda procedure: None
        self.after: Callable[[str], None] = lambda procedure: None

    def __getattr__(self, procedure: str) -> Any:
        def ask(request: Any) -> Any:
            self.before(procedure)
            answered = getattr(self._api, procedure)(request)
            self.after(procedure)
            return answered

        return ask

    def away(self, *procedures: str) -> None:
        """These are not answered (all where none is named): nothing arrives."""

        def gone(procedure: str) -> None:
            if not procedures or procedure in procedures:
                raise Unavailable("otp")

        self.before = gone

    def loses_the_answer_of(self, *procedures: str) -> None:
        """These are done, and nobody hears of it."""

        def lost(procedure: str) -> None:
            if procedure in procedures:
                raise Unavailable("otp")

        self.after = lost

    def meanwhile(self, procedure: str, happens: Callable[[], None]) -> None:
        """Something else happens between the answer of a procedure and whatever is done about it."""

        def once(answered: str) -> None:
            if answered == procedure:
                self.back()
                happens()

        self.after = once

    def back(self) -> None:
        self.before = self.after = lambda procedure: None


class Site:
    """Both services on one clock."""

    def __init__(self, auth_url: str, otp_url: str, postbox: Postbox, clock: Any) -> None:
        self.postbox, self.clock = postbox, clock
        self._otp_url = otp_url
        self._running: list[RunningOtp] = []
        auth_service = AuthService()
        self.auth_api: AuthApi = LocalClient(auth_service, AuthApi)
        migrate(OtpStore, otp_url)
        self.otp_application = self.another_otp()
        self.otp = self.api_of(self.otp_application)
        self.way = AtTimesAway(self.otp)
        migrate(AuthStore, auth_url)
        config = AuthConfig.model_validate({**CHEAP, "database_url": auth_url, "login_floor_ms": 0})
        self.auth = RunningAuth(config, cast("OtpApi", self.way), clock)
        auth_service.auth = self.auth
        self.office = OfficeLine(self.auth)
        self.office.provision()

    def another_otp(self) -> RunningOtp:
        """Over the same database, as another process would."""
        config = OtpConfig.model_validate(
            {
                **CHEAP,
                "database_url": self._otp_url,
                "base_url": "https://settings.example",
                "smtp_url": self.postbox.url,
            }
        )
        otp = RunningOtp(config, self.auth_api)
        otp.store.clock = self.clock
        self._running.append(otp)
        return otp

    @staticmethod
    def api_of(application: RunningOtp) -> OtpApi:
        service = OtpService()
        service.otp = application
        return LocalClient(service, OtpApi)

    def newest_mail(self, pattern: str) -> str:
        self.otp_application.send_mail()
        found = [re.search(pattern, mail.text(), re.MULTILINE) for mail in self.postbox.mails]
        return [match[1] for match in found if match][-1]

    def follow(self) -> None:
        """Each service reads what the other told."""
        self.auth.follow()
        self.otp_application.follow()

    def otp_told(self, name: str) -> list[dict[str, Any]]:
        page = self.otp.history(HistoryQuery(limit=1000))
        return [event.data for event in page.events if event.name == name]

    def close(self) -> None:
        for otp in self._running:
            otp.close()
        self.auth.close()


class Visitor:
    """A person in one browser: the key of the session goes along with everything."""

    def __init__(self, site: Site, number: str = CONTRACT) -> None:
        self.site = site
        self.number = number
        self.key = ""

    def log_in(self, password: str = PASSWORD) -> Stage:
        stage, self.key = self.site.office.log_in(self.number, password)
        return stage

    def change(self, present: str, new: str = PASSWORD) -> Stage:
        changed, self.key = self.site.office.change(self.key, present, new)
        return changed.stage

    def advance(self, new_key: str | None = None) -> Stage:
        request = AdvanceLogin(session_key=self.key, new_session_key=new_key)
        stage = self.site.auth_api.advance_login(request).stage
        if new_key and stage is Stage.COMPLETE:
            self.key = new_key
        return stage

    def view(self) -> SessionView:
        return self.site.auth_api.session(SessionQuery(session_key=self.key))

    @property
    def login(self) -> Login:
        """As the gateway takes it from the session."""
        view = self.view()
        return Login(
            assignment_id=view.assignment_id,
            number=view.number,
            contract_number=view.contract_number,
            login_id=view.login_id,
            generation=view.generation,
            role=view.role,
        )

    def guess_password(self, times: int) -> None:
        for _ in range(times):
            with pytest.raises(InvalidCredentials):
                self.site.office.log_in(self.number, "wrong1234x")

    def credential(self) -> Credential:
        return self.site.auth.store.credential(self.assignment())

    # --- steps with otp --------------------------------------------------------------------------------------

    def choose(self, use: OtpUse) -> Stage:
        self.site.otp.choose(ChooseUse.model_validate({"login": self.login, "use": use}))
        return self.advance()

    def register(self) -> None:
        self.site.otp.register(
            Register(
                registration_id=uuid4(),
                login=self.login,
                address=Secret("yamada@mail.example"),
                confirmation_id=Secret(CONFIRMATION_ID),
                confirmation_password=Secret(CONFIRMATION_PASSWORD),
            )
        )

    def open_link(self) -> Stage:
        token = Secret(self.site.newest_mail(LINK))
        self.site.otp.use_link(UseLink(attempt_id=uuid4(), token=token))
        return self.advance()

    def send(self) -> str:
        """Have a one-time password mailed, and read it."""
        self.site.otp.request_challenge(RequestChallenge(challenge_id=uuid4(), login=self.login))
        return self.site.newest_mail(CODE)

    def answer(self, code: str, otp: OtpApi | None = None, login: Login | None = None) -> None:
        (otp or self.site.otp).answer_challenge(
            AnswerChallenge(attempt_id=uuid4(), login=login or self.login, code=Secret(code))
        )

    def give_otp(self) -> Stage:
        self.answer(self.send())
        return self.advance(new_key())

    def guess_pair(self, login: Login | None = None) -> None:
        self.site.otp.check_confirmation_pair(
            CheckConfirmationPair(
                attempt_id=uuid4(),
                login=login or self.login,
                confirmation_id=Secret("wrong12X"),
                confirmation_password=Secret(CONFIRMATION_PASSWORD),
            )
        )

    def guess_otp(self, times: int) -> None:
        """Have one sent, and answer wrong ones. Raises `FactorLocked` for the one that locks."""
        login, guess = self.login, self.wrong(self.send())
        for _ in range(times):
            with suppress(OtpMismatch):
                self.answer(guess, login=login)

    @staticmethod
    def wrong(code: str) -> str:
        return other_code(code)

    def guess_confirmation_id(self) -> None:
        """Raises `FactorLocked` for the one that locks."""
        request = ChangeConfirmation(
            attempt_id=uuid4(), login=self.login, present=Secret("wrong12X"), new=Secret("abc54321")
        )
        with suppress(ConfirmationRejected):
            self.site.otp.change_confirmation_id(request)

    def choose_again_is_refused(self) -> bool:
        """The password alone must not turn one-time passwords off."""
        with pytest.raises(FactorMissing):
            self.choose(OtpUse.NOT_USED)
        return self.advance() is Stage.OTP

    def reset_by_operator(self) -> None:
        view = self.view()
        holder = Holder(assignment_id=view.assignment_id, number=view.number, contract_number=view.contract_number)
        self.site.otp.reset(ResetOtp(holder=holder, reason="lost both"))

    def replace_temporary(self) -> Stage:
        """From the telephone to a password."""
        self.site.office.dial(AuthUnit.LINE, self.number)
        assert self.log_in(TEMPORARY) is Stage.CHANGE_TEMPORARY
        return self.change(TEMPORARY)

    def settle(self) -> None:
        """A password, and one-time passwords fully registered and given."""
        assert self.replace_temporary() is Stage.OTP_CHOICE
        assert self.choose(OtpUse.USED) is Stage.OTP_REGISTRATION
        self.register()
        assert self.open_link() is Stage.OTP
        assert self.give_otp() is Stage.COMPLETE

    def assignment(self) -> UUID:
        row = self.site.auth.store.number(self.number)
        assert row is not None
        return row.assignment_id
