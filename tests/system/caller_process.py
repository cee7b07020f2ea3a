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

from chassis.origin import acting
from chassis.standalone import asking
from contracts.auth import AuthApi, ChangePassword, InvalidCredentials, LogIn, ProvisionedNumber, ProvisionLine
from contracts.base import Channel, Nothing, Origin, Secret, Unavailable
from contracts.phone import Feature
from contracts.tempcred import Entry, StartCall, TempcredApi

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
    """Telephone → login → forced change → wrong logins until the lock."""
    origin = Origin(channel=Channel.WEB, correlation_id=secrets.token_hex(16), address=Secret(address))
    with acting(origin), asking(url, "auth", AuthApi) as auth, asking(url, "tempcred", TempcredApi) as tempcred:
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
        again = log_in(password, keys[2])
        refused = [log_in(wrong, secrets.token_hex(32)) for _ in range(GUESSES)]
        return {
            "ended": turn.ended,
            "stages": [first, changed, again],
            "refused": refused.count("refused"),
            "locked": log_in(password, secrets.token_hex(32)),
        }


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    seen = journey(*arguments) if what == "journey" else await_alive(*arguments)
    sys.stdout.write(json.dumps(seen) + "\n")
