"""An operator takes back a number's one-time passwords (OTP-15)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from contracts.auth.provisioning import FindHolder, RemoveNumbers
from contracts.base import HistoryQuery, Unavailable
from contracts.otp.common import Login, OtpUse
from contracts.otp.registration import ChooseUse
from contracts.otp.standing import StandingQuery
from gateway.services import Services
from tests.gateway.conftest import ADDITIONAL, CONTRACT, Site

HANAKO = "hanako.3f9a5c1b7d20e8643f9a5c1b7d20e864"
REASON = "電話で本人確認済み"


class Desk:
    """An operator's program."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.app = site.app(HIKARI_OPS_TOKEN=HANAKO)

    def reset(self, **body: str) -> TestResponse:
        client = FlaskClient(self.app, self.app.response_class, use_cookies=False)
        services = Services(self.site.auth, None, None, self.site.otp)  # type: ignore[arg-type]  # nobody else is asked
        environ: dict[str, Any] = {"hikari.services": services, "REMOTE_ADDR": "192.0.2.9"}
        headers = {"Authorization": f"Bearer {HANAKO}"}
        return client.post("/ops/api/otp/reset", json=body, headers=headers, environ_overrides=environ)

    def login(self, number: str = ADDITIONAL) -> Login:
        found = self.site.auth.find_holder(FindHolder(number=number))
        return Login.model_validate({**found.model_dump(), "login_id": uuid4(), "generation": 1})

    def use(self, login: Login) -> OtpUse:
        assert self.site.otp is not None
        return self.site.otp.standing(StandingQuery(login=login)).use

    def choose(self, login: Login) -> None:
        assert self.site.otp is not None
        self.site.otp.choose(ChooseUse(login=login, use=OtpUse.USED))


@pytest.fixture
def desk(otp_site: Site) -> Desk:
    return Desk(otp_site)


@pytest.mark.rule("OTP-15", "AUDIT-1")
def test_choice_and_registration_are_taken_back_and_told_with_reason_and_operator(desk: Desk) -> None:
    login = desk.login()
    desk.choose(login)
    answer = desk.reset(number="03-0000-2222", reason=f"  {REASON}\n")
    assert (answer.status_code, answer.get_json()) == (200, {"number": ADDITIONAL, "reset": True})
    assert desk.use(login) is OtpUse.UNDECIDED
    assert desk.site.otp is not None
    last = desk.site.otp.history(HistoryQuery()).events[-1]
    assert (last.name, last.subject, last.data["cause"]) == ("OtpUseChanged", ADDITIONAL, "operator_reset")
    assert last.data["reason"] == REASON
    assert last.data["actor"] == {"number": None, "role": "operator", "operator": "hanako"}
    assert last.data["channel"] == "ops"


@pytest.mark.rule("OTP-15")
def test_the_same_command_again_changes_nothing_and_is_no_fault(desk: Desk) -> None:
    desk.choose(desk.login())
    desk.reset(number=ADDITIONAL, reason=REASON)
    again = desk.reset(number=ADDITIONAL, reason=REASON)
    assert (again.status_code, again.get_json()) == (200, {"number": ADDITIONAL, "reset": False})


@pytest.mark.rule("OTP-15", "LINE-9")
def test_a_number_that_no_line_has_is_named(desk: Desk) -> None:
    answer = desk.reset(number="0399999999", reason=REASON)
    assert answer.status_code == 409
    assert "0399999999" in answer.get_json()["error"]
    desk.choose(desk.login())
    desk.site.auth.remove_numbers(RemoveNumbers(contract_number=CONTRACT, numbers=(ADDITIONAL,)))
    assert desk.reset(number=ADDITIONAL, reason=REASON).status_code == 409


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"number": ADDITIONAL}, "reason"),
        ({"number": ADDITIONAL, "reason": " \n"}, "reason"),
        ({"number": ADDITIONAL, "reason": "x" * 501}, "reason"),
        ({"number": ADDITIONAL, "reason": "a\u0007b"}, "reason"),
        ({"number": "12", "reason": REASON}, "number"),
        ({"number": ADDITIONAL, "reason": REASON, "line": CONTRACT}, "line"),
    ],
)
def test_what_cannot_be_understood_names_its_place_and_does_nothing(desk: Desk, body: dict[str, str], place: str):
    login = desk.login()
    desk.choose(login)
    answer = desk.reset(**body)
    assert answer.status_code == 422
    assert [named for named, _ in answer.get_json()["faults"]] == [place]
    assert desk.use(login) is OtpUse.USED


def test_while_otp_is_away_the_operator_is_asked_to_wait(desk: Desk) -> None:
    class Away:
        def reset(self, request: object) -> None:
            raise Unavailable("otp")

    desk.site.otp = Away()  # type: ignore[assignment]
    answer = desk.reset(number=ADDITIONAL, reason=REASON)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
