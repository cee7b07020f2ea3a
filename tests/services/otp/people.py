"""Somebody with a password, and what they do at the site and with their mail."""

from __future__ import annotations

import re
from collections import Counter
from uuid import UUID, uuid4

from contracts.base import HistoryQuery, Secret
from contracts.otp.challenges import AnswerChallenge, ChallengeIssued, RequestChallenge
from contracts.otp.common import Holder, Login, OtpUse
from contracts.otp.confirmation import ChangeConfirmation, CheckConfirmationPair
from contracts.otp.links import LinkUsed, UseLink
from contracts.otp.registration import ChangeAddress, ChooseUse, ProvisionallyRegistered, Register, ResetOtp
from contracts.otp.standing import LoginIsComplete, Standing
from contracts.phone import AssignmentId
from services.otp import publishing
from services.otp.application import Otp
from services.otp.codes import code_of
from services.otp.outbox import challenge_secret
from tests.services.otp.mail_server import Postbox

CONTRACT = "0300001111"
ADDRESS = "yamada@mail.example"
NEW_ADDRESS = "taro@other.example"
CONFIRMATION_ID = "abc12345"
CONFIRMATION_PASSWORD = "baiyou4q"
CODE = r"^(\d{6})$"


def other_code(code: str) -> str:
    """One that is wrong."""
    return f"{(int(code) + 1) % 1_000_000:06}"


class Person:
    """One holder of a number; each `log_in` is a login of its own."""

    def __init__(self, otp: Otp, postbox: Postbox, assignment_id: UUID | None = None, number: str = CONTRACT) -> None:
        self.otp = otp
        self.postbox = postbox
        self.assignment_id = AssignmentId(assignment_id or uuid4())
        self.number = number
        self.login = self.log_in()

    def log_in(self, generation: int = 3) -> Login:
        self.login = Login(
            assignment_id=self.assignment_id,
            number=self.number,
            contract_number=CONTRACT,
            login_id=uuid4(),
            generation=generation,
        )
        return self.login

    def elsewhere(self, otp: Otp) -> Person:
        """The same person in the same login, served by another process."""
        other = Person(otp, self.postbox, self.assignment_id, self.number)
        other.login = self.login
        return other

    # --- registering -----------------------------------------------------------------------------------------

    def choose(self, use: OtpUse = OtpUse.USED) -> None:
        self.otp.enrolments.choose(ChooseUse.model_validate({"login": self.login, "use": use}))

    def register(
        self,
        address: str = ADDRESS,
        confirmation_id: str = CONFIRMATION_ID,
        confirmation_password: str = CONFIRMATION_PASSWORD,
        registration_id: UUID | None = None,
    ) -> ProvisionallyRegistered:
        return self.otp.enrolments.register(
            Register(
                registration_id=registration_id or uuid4(),
                login=self.login,
                address=Secret(address),
                confirmation_id=Secret(confirmation_id),
                confirmation_password=Secret(confirmation_password),
            )
        )

    def token(self) -> str:
        """From the newest mail with a link."""
        return self.newest_mail(r"/otp/links/(\S+)")[1]

    def newest_mail(self, holding: str) -> tuple[str, str]:
        """Of those that hold what the pattern says: to whom it went, and what it held."""
        self.otp.send_mail()
        found = [(mail.recipient, re.search(holding, mail.text(), re.MULTILINE)) for mail in self.postbox.mails]
        return [(recipient, match[1]) for recipient, match in found if match][-1]

    def open_link(self, token: str | None = None, attempt_id: UUID | None = None) -> LinkUsed:
        return self.otp.links.use(UseLink(attempt_id=attempt_id or uuid4(), token=Secret(token or self.token())))

    def settle(self) -> None:
        """Full registration, and a login completed with it."""
        self.choose()
        self.register()
        self.open_link()
        self.pass_factor()

    def change_address(self, address: str = NEW_ADDRESS) -> ProvisionallyRegistered:
        return self.otp.enrolments.change_address(
            ChangeAddress(registration_id=uuid4(), login=self.login, address=Secret(address))
        )

    # --- logging in ------------------------------------------------------------------------------------------

    def request(self, challenge_id: UUID | None = None) -> ChallengeIssued:
        return self.otp.challenges.request(RequestChallenge(challenge_id=challenge_id or uuid4(), login=self.login))

    def code(self) -> str:
        """From the newest mail with one."""
        return self.newest_mail(CODE)[1]

    def answer(self, code: str, attempt_id: UUID | None = None) -> None:
        self.otp.challenges.answer(
            AnswerChallenge(attempt_id=attempt_id or uuid4(), login=self.login, code=Secret(code))
        )

    def wrong_code(self, issued: ChallengeIssued) -> str:
        secret = challenge_secret(self.otp.store, issued.challenge_id)
        assert secret is not None
        return other_code(code_of(secret))

    def pass_factor(self) -> None:
        self.request()
        self.answer(self.code())
        self.complete()

    def complete(self) -> None:
        self.otp.challenges.complete_login(LoginIsComplete(login=self.login).login)

    def give_pair(
        self, confirmation_id: str = CONFIRMATION_ID, confirmation_password: str = CONFIRMATION_PASSWORD
    ) -> None:
        self.otp.confirmations.check_pair(
            CheckConfirmationPair(
                attempt_id=uuid4(),
                login=self.login,
                confirmation_id=Secret(confirmation_id),
                confirmation_password=Secret(confirmation_password),
            )
        )

    def change_id(self, present: str, new: str, attempt_id: UUID | None = None) -> None:
        self.otp.confirmations.change_id(self._change(present, new, attempt_id))

    def change_password(self, present: str, new: str, attempt_id: UUID | None = None) -> None:
        self.otp.confirmations.change_password(self._change(present, new, attempt_id))

    def _change(self, present: str, new: str, attempt_id: UUID | None) -> ChangeConfirmation:
        return ChangeConfirmation(
            attempt_id=attempt_id or uuid4(), login=self.login, present=Secret(present), new=Secret(new)
        )

    # --- others ----------------------------------------------------------------------------------------------

    def reset(self, reason: str = "電話で本人確認済み") -> None:
        holder = Holder(assignment_id=self.assignment_id, number=self.number, contract_number=CONTRACT)
        self.otp.enrolments.reset(ResetOtp(holder=holder, reason=reason))

    def standing(self) -> Standing:
        return self.otp.enrolments.standing(self.login)

    def told(self, name: str) -> list[dict[str, object]]:
        """The data of every event of that name that others are told, in order."""
        page = publishing.history(self.otp.store, HistoryQuery(limit=1000))
        return [event.data for event in page.events if event.name == name]

    def counted(self) -> Counter[str]:
        page = publishing.history(self.otp.store, HistoryQuery(limit=1000))
        return Counter(event.name for event in page.events)
