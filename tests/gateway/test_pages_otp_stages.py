"""A first factor alone opens nothing but the pages of the second, whatever address is typed (LOGIN-7)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from werkzeug.routing import AnyConverter, BaseConverter

from contracts.base import Unavailable
from gateway import guard
from tests.gateway.browser import Browser
from tests.gateway.conftest import CONTRACT, PASSWORD
from tests.gateway.otp_steps import at_choice, choose, logging_in, register

ALWAYS = {
    "assets.file", "help.index", "help.show", "logout.now", "session.remaining", "session.stay", "timed_out.show",
    "otp_link.show", "otp_link.use", "otp_link.done", "otp_mail.state", "unit.done", "logout.done",
    "address_link.show", "address_link.use",
}  # fmt: skip
"""Nothing of the line is shown there. A page that opens to anybody is put on this list once that is meant."""
GUARDED_BY_THEMSELVES = {"password_bulk.progress", "otp_bulk.progress", "unit_bulk.progress", "group_files.progress"}
"""They answer scripts, and these with 404."""
OPEN = {
    "second_factor": {"otp_waiting.show"},
    "otp_choice": {"otp_waiting.show", "otp_choice.show", "otp_choice.submit", "otp_choice.confirm", "otp_choice.agree"},
    "otp_registration": {
        "otp_waiting.show", "otp_choice.show", "otp_choice.submit", "otp_choice.confirm", "otp_choice.agree",
        "otp_registration.show", "otp_registration.submit", "otp_registration.confirm", "otp_registration.register",
        "otp_sent.show",
    },
    "otp": {
        "otp_waiting.show", "otp_login.show", "otp_login.send", "otp_login.enter", "otp_login.submit",
        "otp_login.start_over", "otp_pair.show", "otp_pair.submit", "otp_address.show", "otp_address.submit",
        "otp_address.confirm", "otp_address.register", "otp_sent.show",
    },
}  # fmt: skip
HOMES = {
    "second_factor": "/otp/waiting",
    "otp_choice": "/otp/choice",
    "otp_registration": "/otp/registration",
    "otp": "/otp/send",
}
VALUES = {"IntegerConverter": 1, "UUIDConverter": uuid4(), "UnicodeConverter": "x", "PathConverter": "x"}
"""Of each kind of part that an address may have, one; the guard comes before what it stands for is looked up."""


def at(stage: str, otp_site) -> Browser:
    if stage == "otp":
        return logging_in(otp_site)
    browser = at_choice(otp_site)
    if stage == "otp_registration":
        choose(browser)
        register(browser)
    if stage == "second_factor":
        otp_site.failing = lambda procedure: Unavailable("otp") if procedure == "standing" else None
        browser = otp_site.browser()
        browser.log_in(CONTRACT, PASSWORD)
    return browser


@pytest.mark.rule("LOGIN-7", "OTP-1", "OTP-14")
@pytest.mark.parametrize("stage", OPEN)
def test_every_other_address_leads_back_to_where_the_login_stands(otp_site, stage):
    browser = at(stage, otp_site)
    rules = [
        rule
        for rule in browser.client.application.url_map.iter_rules()
        if rule.endpoint.split(".")[0] not in browser.client.application.config[guard.OPEN_BLUEPRINTS]
        and rule.endpoint not in ALWAYS | OPEN[stage]
    ]
    assert len(rules) > 20
    token = browser.client.get("/help", base_url="http://localhost").get_data(as_text=True)
    csrf = token.partition('name="csrf_token" value="')[2].partition('"')[0]
    for rule in rules:
        parts = {name: _one_of(part) for name, part in rule._converters.items()}
        built = rule.build(parts, append_unknown=False)
        assert built is not None
        path = built[1]
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            otp_site.asked.clear()
            answer = browser.client.open(path, method=method, data={"csrf_token": csrf}, base_url="http://localhost")
            expected = (404, None) if rule.endpoint in GUARDED_BY_THEMSELVES else (303, HOMES[stage])
            assert (answer.status_code, answer.headers.get("Location")) == expected, (method, path)
            assert set(otp_site.asked) <= {"session"}, (method, path)


def _one_of(part: BaseConverter) -> Any:
    return min(part.items) if isinstance(part, AnyConverter) else VALUES[type(part).__name__]
