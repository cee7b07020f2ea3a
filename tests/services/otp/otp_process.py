"""A process that runs auth and otp over the broker inside, as `./hikari run` does. Run by the test beside it.

Its mail server at first takes connections and never says a word; then comes one that takes mail.
"""

from __future__ import annotations

import chassis.green  # noqa: F401  # first

# isort: split
import socket
import sys
import time
from pathlib import Path
from uuid import uuid4

import eventlet

from chassis.embedded import install
from chassis.runner import Runner
from chassis.standalone import asking
from contracts.base import Secret
from contracts.otp.api import OtpApi
from contracts.otp.common import Login, MailState, OtpUse
from contracts.otp.registration import ChooseUse, Register
from contracts.otp.standing import StandingQuery
from contracts.phone import AssignmentId
from deploy.mail_catcher import MailCatcher
from services.auth.service import AuthService
from services.otp.service import OtpService

ASKED = 20


def register(otp: OtpApi) -> Login:
    login = Login(
        assignment_id=AssignmentId(uuid4()),
        number="0300001111",
        contract_number="0300001111",
        login_id=uuid4(),
        generation=1,
    )
    otp.choose(ChooseUse(login=login, use=OtpUse.USED))
    otp.register(
        Register(
            registration_id=uuid4(),
            login=login,
            address=Secret("yamada@mail.example"),
            confirmation_id=Secret("abc12345"),
            confirmation_password=Secret("baiyou4q"),
        )
    )
    return login


def mail_of(otp: OtpApi, login: Login) -> MailState:
    link = otp.standing(StandingQuery(login=login)).link
    assert link is not None
    return link.mail


def serve(folder: Path, smtp_url: str) -> Runner:
    runner = Runner(install())
    env = {
        "HIKARI_KEY": "ab" * 32,
        "HIKARI_PEPPER": "p" * 32,
        "HIKARI_BASE_URL": "https://settings.example",
        "HIKARI_SMTP_URL": smtp_url,
        "HIKARI_MAIL_SECONDS": "60",
    }
    for service in (AuthService, OtpService):
        runner.add(service, {**env, "HIKARI_DATABASE_URL": f"sqlite:///{folder / service.name}.sqlite"})
    runner.start()
    return runner


def main(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        runner = serve(folder, f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        with asking(install(), "otp", OtpApi) as otp:
            login = register(otp)
            hanging, _ = silent.accept()  # it is being sent, and hangs
            answers = [mail_of(otp, login) for _ in range(ASKED)]
            sys.stdout.write(f"while it hangs: {len(answers)} {set(answers) == {MailState.ON_ITS_WAY}}\n")
            hanging.close()
            time.sleep(0.1)
        runner.stop()
    catcher = MailCatcher(folder / "mailbox")
    runner = serve(folder, catcher.start())
    with asking(install(), "otp", OtpApi) as otp:
        other = register(otp)
        while mail_of(otp, other) is not MailState.SENT:
            eventlet.sleep(0.05)
        sys.stdout.write("sent\n")
    runner.stop()
    catcher.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
