"""A fax comes in over HTTP: the document first, then the event that names it (FEAT-2; EVENTS.md, "Coming in")."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from gateway.app import create_app
from gateway.large_bodies import how_much
from gateway.services import Services
from tests.gateway.conftest import ADDITIONAL, ENV, Site
from tests.services.settings.faxes import fax

pytestmark = pytest.mark.rule("FEAT-2")
TOKEN = "the network's own token, long enough"
PATH = "/network/documents"
ONE_PAGE, LARGE = fax(1), fax(2, compression="raw")


@pytest.fixture
def network(site: Site) -> FlaskClient:
    """The network's own client, with its token."""
    app = create_app({**ENV, "HIKARI_NETWORK_TOKEN": TOKEN, "HIKARI_FAX_BYTES": "1000000"})
    client = FlaskClient(app, app.response_class)
    services = Services(None, None, None, otp=None, settings=site.settings)  # type: ignore[arg-type]
    client.environ_base |= {"hikari.services": services, "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}  # type: ignore[dict-item]
    return client


def event(document: str, **data: Any) -> dict[str, Any]:
    return {
        "id": uuid4().hex,
        "type": "FaxReceived",
        "time": "2026-04-01T18:00:00+09:00",
        "data": {"number": ADDITIONAL, "caller": "0312345678", "document": document, **data},
    }


def test_a_document_is_kept_and_the_event_that_names_it_is_taken(network: FlaskClient):
    answer = network.post(PATH, data=LARGE, content_type="image/tiff")
    assert answer.status_code == 201
    told = answer.get_json()
    assert (told["bytes"], told["pages"], told["quarantined"]) == (len(LARGE), 2, None)
    taken = network.post("/network/events", json=event(told["document"]))
    assert (taken.status_code, taken.get_json()["repeated"]) == (200, False)


def test_a_document_comes_in_a_form_too(network: FlaskClient):
    answer = network.post(PATH, data={"document": (io.BytesIO(ONE_PAGE), "fax.tiff", "image/tiff")})
    assert (answer.status_code, answer.get_json()["pages"]) == (201, 1)
    assert network.post(PATH, data={"document": "text"}, content_type="multipart/form-data").status_code == 422


def test_a_document_that_is_sent_twice_under_one_key_is_one(network: FlaskClient):
    key = {"Idempotency-Key": "exchange 3/4711".replace(" ", "-")}
    first, again = (network.post(PATH, data=ONE_PAGE, headers=key).get_json() for _ in range(2))
    assert first == again
    assert network.post(PATH, data=LARGE, headers=key).status_code == 409
    assert network.post(PATH, data=ONE_PAGE, headers={"Idempotency-Key": "ä"}).status_code == 422


def test_what_is_no_fax_is_kept_under_quarantine_and_said_to_be(network: FlaskClient):
    answer = network.post(PATH, data=b"%PDF-1.4 not a fax")
    assert (answer.status_code, answer.get_json()["quarantined"]) == (201, "not_a_fax")


def test_an_event_that_names_no_waiting_document_is_told_what_to_do(network: FlaskClient):
    answer = network.post("/network/events", json=event(str(uuid4())))
    assert answer.status_code == 409
    assert "POST it to /network/documents first" in answer.get_json()["error"]
    document = network.post(PATH, data=ONE_PAGE).get_json()["document"]
    assert network.post("/network/events", json=event(document)).status_code == 200
    assert network.post("/network/events", json=event(document)).status_code == 409


def test_nothing_and_too_much_are_refused(network: FlaskClient):
    assert network.post(PATH, data=b"").status_code == 422
    too_much = network.post(PATH, data=b"x" * (1_000_000 + 65 * 1024))
    assert too_much.status_code == 413
    assert "1000000" in too_much.get_json()["error"]


@pytest.mark.parametrize("token", ["", "Bearer wrong", "Bearer " + ENV["HIKARI_OPS_TOKEN"]])
def test_nobody_else_brings_documents(network: FlaskClient, token: str):
    network.environ_base["HTTP_AUTHORIZATION"] = token
    assert network.post(PATH, data=ONE_PAGE).status_code == 401


def test_only_the_network_may_send_so_much_and_only_here(network: FlaskClient):
    def head(path: str, token: str, method: str = "POST") -> dict[str, Any]:
        return EnvironBuilder(path, method=method, headers=[("Authorization", f"Bearer {token}")]).get_environ()

    site = network.application
    assert how_much(site, head(PATH, TOKEN)) == 1_000_000 + 64 * 1024
    assert how_much(site, head(PATH, "wrong")) == 0
    assert how_much(site, head(PATH, TOKEN, "GET")) == 0
    assert how_much(site, head("/network/events", "wrong")) == 0
    assert how_much(site, head("/network/events/schema", TOKEN)) == 0
    assert how_much(site, head("/ops/api/lines", TOKEN)) == 0
