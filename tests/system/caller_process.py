"""The first journey by RPC, without the gateway: told what to do and its secrets, prints what it saw as JSON."""

from __future__ import annotations

import chassis.green  # noqa: F401  # first

# isort: split
import json
import secrets
import sys
import time
from typing import Any, Protocol
from uuid import uuid4

from nameko.containers import ServiceContainer

from chassis.embedded import install
from chassis.origin import acting
from chassis.relay import POSITION
from chassis.standalone import asking
from contracts.auth.api import AuthApi
from contracts.auth.logins import AdvanceLogin, InvalidCredentials, LogIn, SessionQuery
from contracts.auth.passwords import ChangePassword
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine
from contracts.base import Channel, Nothing, Origin, Secret, Unavailable
from contracts.otp.api import OtpApi
from contracts.otp.common import Login, OtpUse
from contracts.otp.registration import ChooseUse
from contracts.phone import Feature
from contracts.tempcred import Entry, StartCall, TempcredApi
from tests.chassis.echo import Ask, EchoApi, EchoService
from tests.chassis.telling import Note, Notebook, NotebookService

PATIENCE = 60
GUESSES = 10


class Living(Protocol):
    def alive(self, request: Nothing) -> Nothing: ...


def await_alive(url: str, *services: str) -> None:
    """Until they answer."""
    deadline = time.monotonic() + PATIENCE
    for service in services:
        with asking(url, service, Living, timeout=1) as living:
            while True:
                try:
                    living.alive(Nothing())
                    break
                except Unavailable:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.2)


def journey(url: str, number: str, temporary: str, password: str, wrong: str, address: str) -> dict[str, Any]:
    """Telephone → login → forced change → no one-time passwords → wrong logins until the lock."""
    origin = Origin(channel=Channel.WEB, correlation_id=secrets.token_hex(16), address=Secret(address))
    with (
        acting(origin),
        asking(url, "auth", AuthApi) as auth,
        asking(url, "tempcred", TempcredApi) as tempcred,
        asking(url, "otp", OtpApi) as otp,
    ):
        features = frozenset({Feature.CALL_NOTIFICATION})
        auth.provision_line(
            ProvisionLine(contract_number=number, numbers=(ProvisionedNumber(number=number, features=features),))
        )
        call_id = origin.correlation_id
        turn = tempcred.start_call(StartCall(call_id=call_id, caller=number))
        for digits in ("1", temporary, temporary):
            turn = tempcred.enter(Entry(call_id=call_id, step=turn.step, digits=Secret(digits)))
        keys = [secrets.token_hex(32) for _ in range(3)]

        def log_in(typed: str, key: str) -> str:
            asked = LogIn(attempt_id=uuid4(), number=number, password=Secret(typed), session_key=key)
            try:
                return auth.log_in(asked).stage.value
            except InvalidCredentials:
                return "refused"

        first = log_in(temporary, keys[0])
        change = ChangePassword(
            attempt_id=uuid4(),
            session_key=keys[0],
            new_session_key=keys[1],
            present=Secret(temporary),
            new=Secret(password),
        )
        changed = auth.change_password(change).stage.value
        view = auth.session(SessionQuery(session_key=keys[1]))
        otp.choose(ChooseUse(login=Login.model_validate(view.model_dump()), use=OtpUse.NOT_USED))
        advanced = auth.advance_login(AdvanceLogin(session_key=keys[1])).stage.value
        again = log_in(password, keys[2])
        refused = [log_in(wrong, secrets.token_hex(32)) for _ in range(GUESSES)]
        return {
            "ended": turn.ended,
            "stages": [first, changed, advanced, again],
            "refused": refused.count("refused"),
            "locked": log_in(password, secrets.token_hex(32)),
        }


def quorum(url: str) -> str:
    """What a service answers whose requests come through a quorum queue."""
    env = {"HIKARI_KEY": "ab" * 32, "HIKARI_RPC_QUEUES": "quorum"}
    container = ServiceContainer(EchoService, {"AMQP_URI": url, "HIKARI": env})
    container.start()
    try:
        with asking(url, "echo", EchoApi) as echo:
            return echo.echo(Ask(text="through a quorum queue", secret=Secret("s3cretWord"))).text
    finally:
        container.stop()


def embedded(database_url: str) -> dict[str, int]:
    """How far a service with something to tell has relayed it in the embedded mode."""
    container = ServiceContainer(
        NotebookService,
        {"AMQP_URI": install(), "HIKARI": {"HIKARI_KEY": "ab" * 32, "HIKARI_DATABASE_URL": database_url}},
    )
    container.start()
    book = Notebook(database_url)
    try:
        book.write(Note.write("A", "to whom?"))
        time.sleep(1)
        return {"told": len(book.told()), "relayed": book.position_in(POSITION)}
    finally:
        book.close()
        container.stop()


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    sys.stdout.write(json.dumps(globals()[what](*arguments)) + "\n")
