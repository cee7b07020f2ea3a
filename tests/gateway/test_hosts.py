"""Under which names the site answers: its own, so that no stranger's page is of one origin with it (SITE-1)."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from gateway.hosts import is_ours
from tests.gateway.browser import Page

HTTPS = "https://settings.example"


@pytest.mark.parametrize(
    ("base_url", "host", "ours"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("http://127.0.0.1:8080", "localhost:8080", True),
        ("http://127.0.0.1:8080", "[::1]:8080", True),
        ("http://127.0.0.1:8080", "127.0.0.1:39871", True),  # a gateway's own port
        ("http://127.0.0.1:8080", "evil.example:8080", False),
        ("http://127.0.0.1:8080", "localhost.evil.example:8080", False),
        ("http://127.0.0.1:8080", "127.0.0.1.evil.example", False),
        ("http://127.0.0.1:8080", "evil@127.0.0.1:8080", False),
        ("http://127.0.0.1:8080", "127.0.0.1:port", False),
        ("http://127.0.0.1:8080", "127.0.0.1/x", False),
        ("http://127.0.0.1:8080", "127.0.0.1,evil.example", False),
        ("http://127.0.0.1:8080", "192.168.0.5:8080", False),
        ("http://127.0.0.1:8080", "", False),
        (HTTPS, "settings.example", True),
        (HTTPS, "SETTINGS.example:443", True),
        (HTTPS, "settings.example:80", False),
        (HTTPS, "other.example", False),
        (HTTPS, "127.0.0.1:8081", True),  # programs on the machine itself
        ("http://192.168.0.5:8000", "192.168.0.5:8000", True),
        ("http://192.168.0.5:8000", "192.168.0.5", False),
    ],
)
def test_the_site_knows_its_own_names(base_url, host, ours):
    assert is_ours(host, urlsplit(base_url)) is ours


def ask(site, path, host, **env):
    app = site.app(HIKARI_DEMO="on", **env)
    return FlaskClient(app, app.response_class).get(path, base_url=f"http://{host}")


@pytest.mark.rule("SITE-1")
def test_under_a_strangers_name_there_is_nothing_but_the_reason(site):
    for path in ("/", "/login", "/telephone", "/mailbox", "/metrics", "/nowhere"):
        answer = ask(site, path, "evil.example:8000")
        assert answer.status_code == 421
        assert "Set-Cookie" not in answer.headers
    assert Page(ask(site, "/login", "evil.example"), "/login").heading == "このアドレスではご利用になれません"
    assert ask(site, "/telephone", "localhost").status_code == 200
    assert site.asked == []


def test_programs_are_told_in_json_where_the_site_is(site):
    answer = ask(site, "/ops/api/audit", "evil.example", HIKARI_BASE_URL=HTTPS)
    assert (answer.status_code, answer.mimetype) == (421, "application/json")
    assert HTTPS in answer.get_json()["error"]


def test_whoever_watches_over_the_site_may_ask_by_any_name(site):
    assert ask(site, "/health/live", "10.1.2.3:8000").status_code == 200
