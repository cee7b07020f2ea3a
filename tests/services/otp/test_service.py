"""The service as others call it, over the wire format, with the real auth to follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from chassis.config import Misconfigured
from chassis.rpc import LocalClient
from contracts.auth.api import AuthApi
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine, RemoveNumbers
from contracts.base import HistoryQuery, Nothing, Secret
from contracts.otp.api import OtpApi
from contracts.otp.challenges import AnswerChallenge, FactorLocked, OtpMismatch, RequestChallenge
from contracts.otp.common import Holder, HolderGone, Login, OtpUse
from contracts.otp.confirmation import ChangeConfirmation, CheckConfirmationPair, ConfirmationMismatch
from contracts.otp.links import LinkState, LinkVoid, LookAtLink, UseLink
from contracts.otp.registration import ChangeAddress, ChooseUse, Register, ResetOtp
from contracts.otp.standing import LoginIsComplete, StandingQuery
from contracts.phone import AssignmentId, Feature
from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.service import AuthService
from services.auth.store import AuthStore
from services.otp.config import OtpConfig
from services.otp.service import OtpService, RunningOtp
from services.otp.store import OtpStore
from tests.databases import migrate
from tests.services.auth.people import NotInUse
from tests.services.otp.mail_server import Postbox

CONTRACT, ADDITIONAL = "0300001111", "0300002222"
CHEAP = {"key": b"k" * 32, "pepper": "p" * 32, "hash_memory_kib": 8, "hash_passes": 1}


class Site:
    """Auth and otp with all that crosses between them."""

    def __init__(self, folder: Path, postbox: Postbox) -> None:
        self.now = datetime(2026, 4, 1, 9, tzinfo=UTC)
        self.postbox = postbox
        settings = AuthConfig.model_validate({**CHEAP, "database_url": f"sqlite:///{folder}/auth.sqlite"})
        migrate(AuthStore, settings.database_url)
        self.auth_application = Auth(settings, NotInUse(), lambda: self.now)
        auth_service = AuthService()
        auth_service.auth = self.auth_application
        self.auth = LocalClient(auth_service, AuthApi)
        mail = {"smtp_url": postbox.url, "mail_from": "noreply@hikari.example", "base_url": "https://s.example"}
        config = OtpConfig.model_validate({**CHEAP, **mail, "database_url": f"sqlite:///{folder}/otp.sqlite"})
        migrate(OtpStore, config.database_url)
        self.application = RunningOtp(config, self.auth)
        self.application.store.clock = lambda: self.now
        self.service = OtpService()
        self.service.otp = self.application
        self.otp = LocalClient(self.service, OtpApi)

    def provision(self) -> None:
        features = frozenset({Feature.CALL_NOTIFICATION})
        numbers = tuple(ProvisionedNumber(number=number, features=features) for number in (CONTRACT, ADDITIONAL))
        self.auth.provision_line(ProvisionLine(contract_number=CONTRACT, numbers=numbers))

    def login(self, number: str = ADDITIONAL) -> Login:
        row = self.auth_application.store.number(number)
        assert row is not None
        return Login(
            assignment_id=AssignmentId(row.assignment_id),
            number=number,
            contract_number=CONTRACT,
            login_id=uuid4(),
            generation=1,
        )

    def newest(self, pattern: str) -> str:
        self.application.send_mail()
        found = [re.search(pattern, mail.text(), re.MULTILINE) for mail in self.postbox.mails]
        return [match[1] for match in found if match][-1]

    def code(self) -> str:
        return self.newest(r"^(\d{6})$")

    def token(self) -> Secret:
        return Secret(self.newest(r"/otp/links/(\S+)"))

    def register(self, login: Login) -> None:
        self.otp.choose(ChooseUse(login=login, use=OtpUse.USED))
        self.otp.register(
            Register(
                registration_id=uuid4(),
                login=login,
                address=Secret("yamada@mail.example"),
                confirmation_id=Secret("abc12345"),
                confirmation_password=Secret("baiyou4q"),
            )
        )


@pytest.fixture
def site(tmp_path: Path, postbox: Postbox) -> Iterator[Site]:
    made = Site(tmp_path, postbox)
    made.provision()
    yield made
    made.application.close()
    made.auth_application.close()


@pytest.mark.rule("OTP-1", "OTP-2", "OTP-6", "OTP-10", "OTP-13", "OTP-15")
def test_every_step_can_be_done_over_the_wire(site: Site) -> None:
    otp, login = site.otp, site.login()
    site.register(login)
    token = site.token()
    assert otp.look_at_link(LookAtLink(token=token)).state is LinkState.VALID
    assert otp.use_link(UseLink(attempt_id=uuid4(), token=token)).login_id == login.login_id
    issued = otp.request_challenge(RequestChallenge(challenge_id=uuid4(), login=login))
    assert issued.address == "y***@mail.example"
    code = site.code()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    with pytest.raises(OtpMismatch) as mismatch:
        otp.answer_challenge(AnswerChallenge(attempt_id=uuid4(), login=login, code=Secret(wrong)))
    assert mismatch.value.details.tries_left == 4
    otp.answer_challenge(AnswerChallenge(attempt_id=uuid4(), login=login, code=Secret(code)))
    otp.login_completed(LoginIsComplete(login=login))
    otp.check_confirmation_pair(
        CheckConfirmationPair(
            attempt_id=uuid4(),
            login=login,
            confirmation_id=Secret("abc12345"),
            confirmation_password=Secret("baiyou4q"),
        )
    )
    change = {"attempt_id": uuid4(), "login": login}
    otp.change_confirmation_id(ChangeConfirmation(**change, present=Secret("abc12345"), new=Secret("def67890")))
    change["attempt_id"] = uuid4()
    otp.change_confirmation_password(ChangeConfirmation(**change, present=Secret("baiyou4q"), new=Secret("umi86sora")))
    otp.change_address(ChangeAddress(registration_id=uuid4(), login=login, address=Secret("taro@other.example")))
    standing = otp.standing(StandingQuery(login=login))
    assert (standing.use, standing.registered, standing.matched, standing.confirmed) == (OtpUse.USED, True, True, True)
    holder = Holder(assignment_id=login.assignment_id, number=login.number, contract_number=CONTRACT)
    otp.reset(ResetOtp(holder=holder, reason="誤登録"))
    assert otp.standing(StandingQuery(login=login)).use is OtpUse.UNDECIDED
    names = [event.name for event in otp.history(HistoryQuery(limit=1000)).events]
    assert names[0] == names[-1] == "OtpUseChanged"


@pytest.mark.rule("LINE-9", "LINE-6")
def test_a_removed_numbers_enrolment_ends_and_its_next_holder_begins_anew(site: Site) -> None:
    login = site.login()
    site.register(login)
    token = site.token()
    kept = site.login(CONTRACT)
    site.register(kept)
    site.auth.remove_numbers(RemoveNumbers(contract_number=CONTRACT, numbers=(ADDITIONAL,)))
    site.provision()
    following = site.login()
    site.register(following)
    site.application.follow()
    site.application.follow()
    with pytest.raises(HolderGone):
        site.otp.standing(StandingQuery(login=login))
    assert site.otp.look_at_link(LookAtLink(token=token)).state is LinkState.WITHDRAWN
    with pytest.raises(LinkVoid):
        site.otp.use_link(UseLink(attempt_id=uuid4(), token=token))
    for other in (following, kept):
        assert site.otp.standing(StandingQuery(login=other)).link is not None
    assert site.service.parked_events(Nothing()).count == 0


@pytest.mark.rule("OTP-9")
def test_a_lock_is_told_to_auth_with_the_assignment_and_the_generation_and_not_to_the_world(site: Site) -> None:
    login = site.login()
    site.register(login)
    site.otp.use_link(UseLink(attempt_id=uuid4(), token=site.token()))
    for number in range(10):
        with pytest.raises((FactorLocked, ConfirmationMismatch)):
            site.otp.check_confirmation_pair(
                CheckConfirmationPair(
                    attempt_id=UUID(int=number),
                    login=login,
                    confirmation_id=Secret("abc12345"),
                    confirmation_password=Secret("wrong1234"),
                )
            )
    (locked,) = [event for event in site.otp.history(HistoryQuery(limit=1000)).events if event.name == "FactorLocked"]
    assert locked.subject == ADDITIONAL
    assert locked.data["assignment"] == login.assignment_id.hex
    assert (locked.data["generation"], locked.data["factor"], locked.data["mismatches"]) == (1, "confirmation", 10)
    outside = site.otp.history(HistoryQuery(limit=1000, public_only=True)).events
    assert "FactorLocked" not in {event.name for event in outside}


def test_everything_that_is_missing_is_named_at_the_start(site: Site) -> None:
    with pytest.raises(Misconfigured) as wrong:
        RunningOtp.from_env({"HIKARI_SMTP_URL": "nowhere"}, site.auth)
    named = str(wrong.value)
    for name in ("DATABASE_URL", "KEY", "PEPPER", "SMTP_URL", "BASE_URL"):
        assert f"HIKARI_{name}" in named
