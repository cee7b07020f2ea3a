"""What the answers tell browsers: cookies, policies, caching (SITE-1, STYLE "Pages")."""

from __future__ import annotations

import logging

import pytest

from contracts.phone import AuthUnit
from gateway.cautions import NO_PROXIES, OPEN_TELEPHONE, PLAIN_HTTP, UNREACHABLE
from tests.gateway.conftest import CONTRACT, TEMPORARY

HTTPS = {"HIKARI_BASE_URL": "https://settings.example"}


def cookies_set(site, **env):
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    browser = site.browser(site.app(**env))
    browser.get("/login")
    response = browser.send("/login", browser.shown, number=CONTRACT, password=TEMPORARY)
    return {line.split("=", 1)[0]: line for line in response.headers.getlist("Set-Cookie")}


@pytest.mark.rule("SITE-1")
def test_behind_tls_cookies_are_bound_to_the_host_and_to_tls(site):
    session = cookies_set(site, **HTTPS)["__Host-hikari_session"]
    for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert attribute in session
    assert "Domain" not in session
    assert "Expires" not in session
    assert "Max-Age" not in session


@pytest.mark.rule("SITE-1")
def test_on_the_own_machine_cookies_work_over_plain_http(site):
    session = cookies_set(site)["hikari_session"]
    assert "HttpOnly" in session
    assert "Secure" not in session


def test_the_cookie_of_the_forms_is_hardened_too(site):
    for env, name in (({}, "hikari_form"), (HTTPS, "__Host-hikari_form")):
        browser = site.browser(site.app(**env))
        browser.get("/login")
        (cookie,) = [one for one in browser.client._cookies.values() if one.key == name]
        assert cookie.http_only
        assert cookie.secure is bool(env)
        assert cookie.same_site == "Lax"


@pytest.mark.rule("SITE-1")
def test_strict_transport_security_is_sent_behind_tls_only(site):
    assert "max-age=63072000" in site.browser(site.app(**HTTPS)).get("/").headers["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in site.browser().get("/").headers


@pytest.mark.rule("SITE-1")
@pytest.mark.parametrize(
    ("address", "warns"),
    [
        ("http://settings.example", True),
        ("http://192.168.0.5:8000", True),
        ("https://settings.example", False),
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
        ("http://localhost:8000", False),
    ],
)
def test_plain_http_elsewhere_than_on_the_own_machine_is_warned_of(site, caplog, address, warns):
    with caplog.at_level(logging.WARNING, "gateway.app"):
        site.app(HIKARI_BASE_URL=address)
    assert ("plain http" in caplog.text) is warns


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({}, []),
        ({"DEMO": "on"}, []),
        ({"HOST": "0.0.0.0"}, [PLAIN_HTTP, UNREACHABLE]),  # by where it listens, whatever it calls itself
        ({"HOST": "192.168.0.5", "BASE_URL": "http://192.168.0.5:8000"}, [PLAIN_HTTP]),
        ({"HOST": "0.0.0.0", "DEMO": "on"}, [PLAIN_HTTP, UNREACHABLE, OPEN_TELEPHONE]),
        ({"BASE_URL": "https://settings.example"}, [NO_PROXIES]),
        ({"BASE_URL": "https://settings.example", "TRUSTED_PROXIES": "127.0.0.1"}, []),
        ({"BASE_URL": "https://demo.example", "TRUSTED_PROXIES": "10.0.0.1", "DEMO": "on"}, [OPEN_TELEPHONE]),
    ],
)
def test_what_is_seldom_meant_is_warned_of_at_the_start(site, caplog, env, told):
    with caplog.at_level(logging.WARNING, "gateway.app"):
        site.app(**{f"HIKARI_{name}": value for name, value in env.items()})
    assert [record.getMessage() for record in caplog.records] == told


def test_nothing_private_is_kept_by_caches_and_style_sheets_are_kept_for_ever(site):
    page = site.logged_in().get("/services")
    assert page.headers["Cache-Control"] == "no-store"
    browser = site.browser()
    for link in page.all("link", rel="stylesheet"):
        response = browser.client.get(str(link.get("href")))
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in response.headers


def test_a_page_of_another_version_still_finds_its_scripts_but_they_are_not_kept(browser):
    response = browser.client.get("/static/0000000000000000/js/session.js")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, no-cache"
    assert response.mimetype == "text/javascript"


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e/app.py", "/etc/passwd", "js", "nothing.css"])
def test_only_files_of_the_folder_are_served(browser, name):
    assert browser.client.get(f"/static/x/{name}", follow_redirects=True).status_code == 404


def test_the_policies_forbid_framing_foreign_content_and_powers(browser):
    headers = browser.get("/login").headers
    for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in headers["Permissions-Policy"]


def test_the_token_of_the_session_is_new_after_the_login_and_after_the_change(site):
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    browser = site.browser()
    browser.log_in(CONTRACT, TEMPORARY)
    first = browser.cookies["hikari_session"]
    browser.change_password(TEMPORARY, "tsuki8hosi")
    second = browser.cookies["hikari_session"]
    assert first != second
    assert len(first) == len(second) == 43


def test_a_planted_token_is_never_taken_over(site):
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    browser = site.browser()
    browser.client.set_cookie("hikari_session", "A" * 43, domain="localhost")
    browser.log_in(CONTRACT, TEMPORARY)
    assert browser.cookies["hikari_session"] != "A" * 43


def test_the_forms_of_before_the_login_are_worth_nothing_after_it(site):
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    browser = site.browser()
    before = browser.get("/login").form("/login")["csrf_token"]
    browser.log_in(CONTRACT, TEMPORARY)
    assert browser.client.post("/logout", data={"csrf_token": before}).status_code == 403
