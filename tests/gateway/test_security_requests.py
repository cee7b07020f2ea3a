"""Who asks, how often, and what is not let in (LOGIN-10, AUDIT-1)."""

from __future__ import annotations

import logging
import re
from contextlib import nullcontext

import pytest
from limits.storage import MemoryStorage

from chassis.config import Misconfigured
from chassis.origin import current_origin
from chassis.wire import RemoteFailure
from contracts.base import Busy, Channel, Secret, Unavailable
from gateway.config import GatewayConfig
from gateway.origins import address_token, client_address
from gateway.throttle import BUCKETS, Throttle, TooManyAttempts, waiting_time
from tests.gateway.browser import Page
from tests.gateway.conftest import CONTRACT, ENV

PROXIES = GatewayConfig.model_validate(
    {"key": "k" * 32, "ivr_token": "i" * 32, "ops_token": "o" * 32, "trusted_proxies": "10.0.0.0/8, 2001:db8::/32"}
).trusted_proxies

MACHINES = {"ivr", "ops", "health"}


class TestThrottle:
    @pytest.mark.rule("LOGIN-10")
    def test_guesses_of_one_address_at_one_number_are_limited_and_the_page_says_how_long_to_wait(self, site):
        browser = site.browser(site.app(HIKARI_LOGIN_THROTTLE="60/minute", HIKARI_LOGIN_THROTTLE_NUMBER="3/minute"))
        for _ in range(3):
            assert browser.log_in(CONTRACT, "wrong").status == 200
        site.asked.clear()
        page = browser.log_in(CONTRACT, "wrong")
        assert (page.status, page.heading) == (429, "しばらくお待ちください")
        assert 1 <= int(page.headers["Retry-After"]) <= 60
        assert re.search(r"約(\d+秒|1分)待ってから、もう一度お試しください", page.text)
        assert "log_in" not in site.asked
        assert browser.log_in("0399999999", "wrong").status == 200

    @pytest.mark.rule("LOGIN-10")
    def test_an_address_is_limited_loosely_over_all_numbers_and_others_are_not_held_up(self, site):
        app = site.app(HIKARI_LOGIN_THROTTLE="4/minute")
        browser = site.browser(app)
        statuses = [browser.log_in(f"039999000{index}", "wrong").status for index in range(5)]
        assert statuses == [200, 200, 200, 200, 429]
        assert site.browser(app, address="192.0.2.8").log_in(CONTRACT, "wrong").status == 200

    @pytest.mark.rule("LOGIN-10")
    def test_present_passwords_are_guesses_too(self, site):
        browser = site.logged_in(HIKARI_LOGIN_THROTTLE="9/minute", HIKARI_LOGIN_THROTTLE_NUMBER="3/minute")
        browser.get("/password")  # the login and the forced change were the first two
        browser.change_password("wrong", "umi5kaze")
        assert browser.change_password("wrong", "umi5kaze").status == 429

    @pytest.mark.rule("LOGIN-10")
    def test_a_flood_of_addresses_cannot_fill_the_memory(self):
        config = GatewayConfig.model_validate({"key": "k" * 32, "ivr_token": "i" * 32, "ops_token": "o" * 32})
        throttle = Throttle(config)
        for index in range(3000):
            throttle.count(f"2001:db8:{index:x}::1", CONTRACT)
        storage = throttle._limiter.storage
        assert isinstance(storage, MemoryStorage)
        counters = storage.storage
        assert all(0 <= int(key.split("/")[2]) < BUCKETS for key in counters)

    @pytest.mark.rule("LOGIN-10")
    def test_one_household_of_ipv6_addresses_is_one_guesser(self):
        limits = {"login_throttle": "2/minute", "key": "k" * 32, "ivr_token": "i" * 32, "ops_token": "o" * 32}
        throttle = Throttle(GatewayConfig.model_validate(limits))
        throttle.count("2001:db8::1", "1")
        throttle.count("2001:db8::2", "2")
        with pytest.raises(TooManyAttempts):
            throttle.count("2001:db8::3", "3")

    @pytest.mark.parametrize(("seconds", "words"), [(1, "1秒"), (59, "59秒"), (60, "1分"), (61, "2分")])
    def test_a_waiting_time_is_told_as_people_say_it(self, seconds, words):
        assert waiting_time(seconds) == words


class TestAddress:
    @pytest.mark.parametrize(
        ("peer", "forwarded", "address"),
        [
            ("192.0.2.7", "", "192.0.2.7"),
            ("192.0.2.7", "198.51.100.1", "192.0.2.7"),  # nobody we trust: a claim
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),  # the left one is the client's own claim
            ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
            ("10.0.0.1", "nonsense", "10.0.0.1"),
            ("::ffff:10.0.0.1", "[2001:db9::5]", "2001:db9::5"),
            ("2001:db8::1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("", "", "0.0.0.0"),
        ],
    )
    def test_the_clients_address_is_believed_from_trusted_proxies_only(self, peer, forwarded, address):
        assert client_address(peer, forwarded, PROXIES) == address

    def test_the_token_of_an_address_changes_daily_and_with_the_key(self, site):
        today, tomorrow = site.now, site.now.replace(day=2)
        tokens = {
            address_token(b"k", "192.0.2.7", today),
            address_token(b"k", "192.0.2.8", today),
            address_token(b"k", "192.0.2.7", tomorrow),
            address_token(b"l", "192.0.2.7", today),
        }
        assert len(tokens) == 4
        assert address_token(b"k", "192.0.2.7", today.replace(hour=23)) in tokens


class TestOrigin:
    TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @pytest.mark.rule("AUDIT-1")
    def test_a_request_tells_the_services_where_it_came_from(self, site):
        seen = []
        site.failing = lambda procedure: seen.append(current_origin())
        browser = site.browser()
        page = browser.log_in(CONTRACT, "wrong")
        origin = seen[-1]
        assert origin.channel is Channel.WEB
        assert origin.address == Secret("192.0.2.7")
        assert re.fullmatch(r"[0-9a-f]{24}", origin.address_token or "")
        assert re.fullmatch(r"[0-9a-f]{16}", origin.request_id or "")
        assert re.fullmatch(r"[0-9a-f]{32}", origin.correlation_id)
        assert page.headers["X-Correlation-Id"] != origin.correlation_id, "the redirect's page is another request"

    @pytest.mark.parametrize(("peer", "believed"), [("10.0.0.1", True), ("192.0.2.7", False)])
    def test_a_trace_is_continued_for_trusted_proxies_only(self, site, peer, believed):
        browser = site.browser(site.app(HIKARI_TRUSTED_PROXIES="10.0.0.0/8"), address=peer)
        correlation = browser.get("/", traceparent=self.TRACE).headers["X-Correlation-Id"]
        assert (correlation == "4bf92f3577b34da6a3ce929d0e0e4736") is believed

    @pytest.mark.parametrize(
        "trace", ["", "x", TRACE.upper(), TRACE.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32)]
    )
    def test_a_malformed_trace_is_no_failure(self, site, trace):
        browser = site.browser(site.app(HIKARI_TRUSTED_PROXIES="192.0.2.0/24"))
        assert re.fullmatch(r"(?!0{32})[0-9a-f]{32}", browser.get("/", traceparent=trace).headers["X-Correlation-Id"])

    @pytest.mark.rule("AUDIT-2")
    def test_auth_is_told_a_digest_of_the_cookies_token_and_never_the_token(self, site):
        browser = site.logged_in()
        token = browser.cookies["hikari_session"]
        asked = []
        real = site.auth.session
        site.auth = type("Recording", (), {"session": lambda _, query: (asked.append(query), real(query))[1]})()
        browser.get("/help")
        assert re.fullmatch(r"[0-9a-f]{64}", asked[0].session_key)
        assert token not in repr(asked)


class TestForgery:
    def test_a_form_of_another_site_is_refused(self, site):
        browser = site.browser()
        browser.get("/login")
        fields = {**browser.shown.form("/login"), "number": CONTRACT, "password": "x"}
        for where in ("cross-site", "same-site"):
            response = browser.client.post("/login", data=fields, headers={"Sec-Fetch-Site": where})
            assert Page(response, "/login").status == 403

    def test_a_form_without_its_token_is_refused_before_anyone_is_asked(self, site):
        browser = site.logged_in()
        for path in ("/login", "/login/password", "/password", "/logout", "/session/stay"):
            site.asked.clear()
            response = browser.client.post(path, data={"number": CONTRACT})
            # The login form of someone who is logged in leads to where the login stands; nothing else moves on.
            assert response.status_code == (303 if path == "/login" else 403)
            assert set(site.asked) <= {"session"}
        assert browser.get("/services").path == "/services"

    def test_no_page_of_the_site_does_with_a_link_what_it_does_with_a_form(self, site):
        app = site.app(HIKARI_DEMO="on")
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.partition(".")[0] not in MACHINES]
        by_link = {rule.endpoint for rule in rules if "GET" in (rule.methods or ())}
        by_form = {rule.endpoint for rule in rules if "POST" in (rule.methods or ())}
        assert len(by_form) >= 6
        assert not by_link & by_form


class TestErrorPages:
    @pytest.mark.parametrize(
        ("failure", "wait"),
        [(Unavailable("auth"), "10"), (Busy(retry_after=3), "3"), (RemoteFailure("auth.log_in", "error"), "10")],
    )
    def test_a_silent_or_busy_service_is_a_503_with_a_waiting_time(self, site, failure, wait):
        browser = site.browser()
        browser.get("/login")
        site.failing = lambda procedure: failure
        page = browser.post("/login", number=CONTRACT, password="x")
        assert (page.status, page.headers["Retry-After"]) == (503, wait)
        assert "直前に送った操作は、済んでいる場合があります" in page.text
        assert page.headers["X-Correlation-Id"] in page.text

    def test_with_auth_down_the_public_pages_still_open_and_the_private_ones_say_so(self, site):
        browser = site.logged_in()
        site.failing = lambda procedure: Unavailable("auth")
        for path, status in {"/": 200, "/login": 200, "/help/login": 200, "/services": 503, "/unit": 503}.items():
            assert browser.get(path).status == status
        site.failing = lambda procedure: None
        assert browser.get("/services").path == "/services"

    def test_a_logout_that_auth_did_not_hear_is_not_said_to_be_done(self, site):
        browser = site.logged_in()
        browser.get("/services")
        site.failing = lambda procedure: Unavailable("auth")
        assert browser.post("/logout").status == 503
        assert "hikari_session" in browser.cookies

    def test_a_failure_of_ours_is_a_500_without_a_trace_of_it(self, site, caplog):
        browser = site.logged_in()
        site.failing = lambda procedure: ZeroDivisionError("inner secret")
        with caplog.at_level(logging.ERROR, "gateway.errors"):
            page = browser.get("/services")
        assert (page.status, page.heading) == (500, "申し訳ありません。エラーが起きました")
        assert "inner secret" not in page.html
        assert "Traceback" not in page.html
        assert page.headers["X-Correlation-Id"] in page.text
        assert "ZeroDivisionError" in caplog.text

    def test_an_unknown_address_an_unfit_method_and_too_large_a_body(self, site, browser):
        page = browser.get("/nothing")
        assert (page.status, page.heading) == (404, "ページが見つかりません")
        assert site.logged_in().get("/nothing").menu, "whoever is logged in still finds the menu"
        response = browser.client.delete("/login")
        assert response.headers["Allow"]
        assert Page(response, "/login").status == 405
        form = browser.get("/login").form("/login")
        response = browser.client.post("/login", data={**form, "number": "0" * 70_000, "password": "x"})
        assert Page(response, "/login").status == 413

    @pytest.mark.parametrize(
        "fields",
        [
            {"number": "\0" * 10, "password": "x"},
            {"number": "٣" * 10, "password": "\ud800".encode("utf-16", "surrogatepass")},
            {"number": "=" * 5000, "password": "x" * 50_000},
            {},
        ],
    )
    def test_nonsense_in_a_form_is_no_failure(self, browser, fields):
        browser.get("/login")
        form = browser.shown.form("/login")
        response = browser.client.post("/login", data={**form, **fields}, follow_redirects=True)
        assert Page(response, "/login").status == 200

    @pytest.mark.parametrize("cookie", ["", "x", "é" * 43, "A" * 4000, "A" * 43])
    def test_nonsense_in_the_cookie_is_a_strangers(self, site, browser, cookie):
        browser.client.set_cookie("hikari_session", cookie, domain="localhost")
        browser.client.set_cookie("hikari_form", cookie, domain="localhost")
        assert browser.get("/services").path in {"/login", "/timed-out"}


class TestConfiguration:
    def test_every_wrong_variable_is_named_at_once(self, site):
        wrong = {
            "HIKARI_KEY": "short",
            "HIKARI_BASE_URL": "settings.example",
            "HIKARI_LOGIN_THROTTLE": "often",
            "HIKARI_TRUSTED_PROXIES": "10.0.0.0/99",
            "HIKARI_SETTING_NUMBER": "1",
            "HIKARI_IVR_TOKEN": "x" * 31,
            "HIKARI_OPS_TOKEN": "hanako." + "x" * 32 + ", jiro.short",
        }
        with pytest.raises(Misconfigured) as refused:
            site.app(**wrong)
        for name in wrong:
            assert name in str(refused.value)
        assert "short" not in str(refused.value).replace("shorter", "")

    @pytest.mark.parametrize(
        ("tokens", "accepted"),
        [
            ("x" * 32, True),
            ("hanako." + "x" * 32 + "," + "y" * 32, True),
            ("x" * 31, False),
            ("hanako." + "x" * 31, False),  # the name is no secret
            ("x" * 32 + ",y", False),
            ("", False),
            (" , ", False),
        ],
    )
    def test_every_operators_token_is_long_enough_by_itself(self, site, tokens, accepted):
        with nullcontext() if accepted else pytest.raises(Misconfigured):
            site.app(HIKARI_OPS_TOKEN=tokens)

    def test_keys_and_tokens_are_not_in_the_configurations_text(self):
        config = GatewayConfig.model_validate(
            {name.removeprefix("HIKARI_").lower(): value for name, value in ENV.items()}
        )
        assert ENV["HIKARI_KEY"] not in repr(config)
        assert ENV["HIKARI_OPS_TOKEN"] not in repr(config)

    def test_telephone_and_mailbox_are_there_in_the_demo_only(self, site, tmp_path):
        for path in ("/mailbox", "/telephone"):
            assert site.browser().get(path).status == 404
        browser = site.browser(site.app(HIKARI_DEMO="on", HIKARI_MAILBOX=str(tmp_path / "mail")))
        assert browser.get("/mailbox").heading == "メールボックス"
        assert browser.get("/telephone").status == 200
        assert "デモ環境です" in browser.get("/login").text
