"""Every page there is, in Chromium at 320 and 1280 pixels: axe-core finds nothing serious, and nothing scrolls sideways.

With faults, without contents and full, before and after. A page with a template that nobody has looked at here fails it.
"""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from playwright.sync_api import Browser as Chromium

from contracts.base import Unavailable
from contracts.phone import AuthUnit, Feature
from tests.gateway import test_pages_bulk, test_pages_fault_notification, test_pages_forwarding_groups
from tests.gateway.browser import Browser, Page, text
from tests.gateway.conftest import ADDITIONAL, CONTRACT, LINK, OFFICE, OFFICE_SIZE, PASSWORD, TEMPORARY, Site
from tests.gateway.inspector import Inspector
from tests.gateway.otp_steps import (
    CONFIRM,
    NEW_ADDRESS,
    PAIR,
    at_choice,
    choose,
    enter,
    fill_in,
    open_link,
    register,
    send,
)
from tests.gateway.test_pages_call_forwarding import FORM as FORWARDING
from tests.gateway.test_pages_call_notification import add, remove, set_rules
from tests.gateway.test_pages_fax import deliver
from tests.services.auth.people import NotInUse
from tests.services.settings.faxes import fax

pytestmark = pytest.mark.browser

TEMPLATES = Path(__file__).parents[2] / "gateway" / "templates"
PARTS = {"help/page.html"}
"""Templates that others extend."""
SECOND = "0311110001"


@pytest.fixture
def inspector(chromium: Chromium) -> Iterator[Inspector]:
    with Inspector(chromium).at_work() as made:
        yield made


@pytest.fixture
def both(otp_site: Site, bulk_site: Site) -> Site:
    """With everything; the office line has all features for every number."""
    bulk_site.provision(OFFICE, {f"03111100{place:02}": set(Feature) for place in range(OFFICE_SIZE)})
    return bulk_site


@pytest.mark.rule("SITE-2", "MENU-2", "MENU-3", "FEAT-1", "FEAT-2", "FEAT-3", "FEAT-4", "FEAT-5", "FEAT-6")
def test_no_page_keeps_anybody_out_nor_scrolls_sideways(both: Site, inspector: Inspector, monkeypatch, tmp_path):
    asking, both.second_factor = both.second_factor, NotInUse()
    tokens: list[str] = []

    def known(_bytes: int) -> str:
        tokens.append(uuid4().hex)
        return tokens[-1]

    monkeypatch.setattr("services.settings.address_links.secrets", SimpleNamespace(token_urlsafe=known))
    _before_a_login(both, inspector, tmp_path)
    office = both.logged_in(OFFICE, AuthUnit.ADMIN_USER, caller=OFFICE)
    _call_notification(office, inspector)
    _faxes(both, office, inspector)
    _forwarding(both, office, inspector)
    _fault_notification(both, office, inspector, tokens)
    _passwords_and_units(both, office, inspector)
    _errors(both, office, inspector)
    both.second_factor = asking
    _one_time_passwords(both, inspector)
    left = (
        {f"{part}/{file.name}" for part in ("pages", "help", "errors") for file in (TEMPLATES / part).glob("*.html")}
        - inspector.templates
        - PARTS
    )
    assert inspector.faults == []
    assert left == set(), "nobody has looked at these"


def _look(inspector: Inspector, browser: Browser, path: str) -> Page:
    browser.get(path)
    return inspector.look(browser)


def _first_link(page: Page, css: str) -> str:
    return str(page.all("a", class_=css)[0].get("href"))


def _before_a_login(site: Site, inspector: Inspector, folder: Path) -> None:
    box = mailbox.Maildir(folder / "mail", create=True)
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "site@settings.example", "hanako@example.jp", "お知らせ"
    letter.set_content("本文です。\nhttp://localhost/otp/links/abc\n")
    box.add(letter)
    app = site.app(HIKARI_DEMO="on", HIKARI_MAILBOX=str(folder / "mail"), HIKARI_BASE_URL="http://localhost")
    stranger = site.browser(app)
    for path in ("/", "/login", "/telephone", "/mailbox", "/timed-out", "/logged-out", "/help", "/no/such/page"):
        _look(inspector, stranger, path)
    for link in sorted({str(one.get("href")) for one in stranger.get("/help").all("a", class_="row row--link")}):
        _look(inspector, stranger, link)
    for demo in ("mailbox", "telephone"):
        _look(inspector, stranger, f"/help/{demo}")
    stranger.log_in("", "")
    inspector.look(stranger)
    site.set_temporary(CONTRACT, AuthUnit.LINE, caller=CONTRACT)
    stranger.log_in(CONTRACT, TEMPORARY)
    inspector.look(stranger)
    stranger.change_password("x", "aaaa", "bbbb")
    inspector.look(stranger)
    stranger.change_password(TEMPORARY, PASSWORD)
    inspector.look(stranger)
    _look(inspector, stranger, "/timed-out")


def _call_notification(browser: Browser, inspector: Inspector) -> None:
    _look(inspector, browser, "/services/call-notification")
    _look(inspector, browser, "/services/call-notification?search=06")
    _look(inspector, browser, "/services/call-notification?search=abc")
    browser.choose(SECOND, "/services/call-notification")
    address = inspector.look(browser).path
    set_rules(browser, on="yes", every_call="no", callers="listed", listed="0312", week=[])
    inspector.look(browser)
    add(browser, "yamada@")
    inspector.look(browser)
    _look(inspector, browser, f"{address}/history")
    browser.get(address)
    add(browser, "a-very-long-name-of-somebody@department.of.a.company.mail.example.co.jp")
    set_rules(browser, on="yes")
    inspector.look(browser)
    remove(browser)
    inspector.look(browser)
    browser.get(address)
    for place in range(4):
        add(browser, f"person{place}@mail.example")
    inspector.look(browser)
    _look(inspector, browser, f"{address}/history")
    _look(inspector, browser, f"{address}/history/0")


def _faxes(site: Site, browser: Browser, inspector: Inspector) -> None:
    browser.choose(SECOND, "/services/fax-notification")
    address = inspector.look(browser).path
    browser.post(address, on="yes", when_full="refuse")
    inspector.look(browser)
    _look(inspector, browser, f"{address}/faxes")
    _look(inspector, browser, f"{address}/faxes/deleted")
    deliver(site, fax(2), number=SECOND)
    site.later(minutes=1)
    deliver(site, fax(2)[:900], number=SECOND)
    inbox = _look(inspector, browser, f"{address}/faxes")
    for link in [str(one.get("href")) for one in inbox.all("a", class_="fax-row__text row--link")]:
        page = _look(inspector, browser, link)
    browser.post(f"{page.path}/delete")
    inspector.look(browser)
    _look(inspector, browser, f"{address}/faxes/deleted")


def _forwarding(site: Site, browser: Browser, inspector: Inspector) -> None:
    browser.choose(SECOND, "/services/call-forwarding")
    address = inspector.look(browser).path
    browser.post(address, **{**FORWARDING, "slot_1": "110", "ring_seconds": "x", "selection": "forward_listed"})
    inspector.look(browser)
    browser.get(address)
    browser.post(address, **FORWARDING)
    inspector.look(browser)
    groups, new = test_pages_forwarding_groups.LIST, test_pages_forwarding_groups.NEW
    _look(inspector, browser, groups)
    _look(inspector, browser, new)
    rows = f"{OFFICE},{SECOND}\n{SECOND},{OFFICE}"
    browser.post(new, name="", automatic="no", members=f"{OFFICE},110\n0399998888,")
    inspector.look(browser)
    browser.get(new)
    browser.post(new, name="本社", automatic="no", members="")
    group = inspector.look(browser).path
    _look(inspector, browser, f"{group}/numbers")
    browser.post(f"{group}/numbers", target="110", numbers=SECOND)
    inspector.look(browser)
    _look(inspector, browser, f"{group}/edit")
    browser.post(f"{group}/edit", name="本社", automatic="yes", members=rows)
    inspector.look(browser)
    _look(inspector, browser, f"{group}/numbers")
    _look(inspector, browser, f"{group}/numbers?search=06")
    for page in ("file", "remove", "start"):
        _look(inspector, browser, f"{group}/{page}")
    browser.post(f"{group}/start")
    inspector.look(browser)
    _look(inspector, browser, address)
    _look(inspector, browser, groups)
    _look(inspector, browser, f"{group}/stop")
    browser.post(f"{group}/stop")
    inspector.look(browser)
    history = _look(inspector, browser, f"{group}/history")
    (back, *_) = [one for one in history.all("a") if text(one).startswith("この内容に戻す")]
    _look(inspector, browser, str(back.get("href")))
    user = site.logged_in(SECOND, AuthUnit.ADMIN_USER, caller=SECOND)
    _look(inspector, user, groups)
    _look(inspector, user, "/services")
    _look(inspector, user, f"{group}/start")


def _fault_notification(site: Site, browser: Browser, inspector: Inspector, tokens: list[str]) -> None:
    browser.choose(OFFICE, "/services/fault-notification")
    address = inspector.look(browser).path
    _look(inspector, browser, f"{address}/news")
    test_pages_fault_notification.tell(site)
    _look(inspector, browser, f"{address}/news")
    browser.get(address)
    set_rules(browser, on="yes", kinds=[], windows=[])
    inspector.look(browser)
    add(browser)
    inspector.look(browser)
    elsewhere = site.browser()
    _look(inspector, elsewhere, "/notices/links/nonsense")
    path = f"/notices/links/{tokens[-1]}"
    _look(inspector, elsewhere, path)
    elsewhere.post(path)
    inspector.look(elsewhere)


def _passwords_and_units(site: Site, browser: Browser, inspector: Inspector) -> None:
    for path in ("/services", "/password", "/password/numbers", "/password/numbers?search=06", "/unit"):
        _look(inspector, browser, path)
    browser.choose(SECOND)
    page = inspector.look(browser)
    browser.post(page.path, present="x", new="aaaa", again="bbbb")
    inspector.look(browser)
    browser.post(browser.shown.path, present=PASSWORD, new="umi97sora", again="umi97sora")
    inspector.look(browser)
    bulk = test_pages_bulk
    _look(inspector, browser, bulk.PAGE)
    bulk.send(browser, b"")
    inspector.look(browser)
    bulk.checked(site, browser, b"0399998888,abc\r\n")
    inspector.look(browser)
    bulk.send(browser, bulk.of(bulk.DESKS), path=bulk.PAGE)
    page = inspector.look(browser)
    site.work()
    _look(inspector, browser, page.path)
    bulk.press(browser, "withdraw")
    _look(inspector, browser, page.path)
    browser.get(bulk.PAGE)
    bulk.checked(site, browser, bulk.of(bulk.DESKS))
    bulk.press(browser, "confirm")
    page = inspector.look(browser)
    site.work()
    _look(inspector, browser, page.path)
    _look(inspector, browser, "/unit/line")
    browser.post("/unit/line", **{f"password-{OFFICE}": "wrong"})
    inspector.look(browser)
    person = site.logged_in(CONTRACT, AuthUnit.LINE)
    for path in ("/password", "/unit/number"):
        _look(inspector, person, path)
    person.post("/unit/number", **{f"password-{CONTRACT}": PASSWORD})
    inspector.look(person)
    _look(inspector, person, "/unit/line")
    guesser = site.browser()
    for _ in range(10):
        guesser.log_in(ADDITIONAL, "wrong")
    _look(inspector, person, "/unit/line")
    person.post("/logout")
    inspector.look(person)


def _errors(site: Site, browser: Browser, inspector: Inspector) -> None:
    browser.choose(SECOND, "/services/call-notification")
    page = browser.shown
    site.failing = lambda procedure: Unavailable("settings") if procedure == "settings" else None
    _look(inspector, browser, page.path)
    site.failing = lambda procedure: None
    stale = browser.client.post(page.path, data={"csrf_token": "x"}, base_url="http://localhost")
    browser._arrive(stale, page.path)
    inspector.look(browser)


def _one_time_passwords(site: Site, inspector: Inspector) -> None:
    browser = at_choice(site)
    inspector.look(browser)
    browser.post("/otp/choice")
    inspector.look(browser)
    choose(browser, "not_used")
    inspector.look(browser)
    browser.get("/otp/choice")
    choose(browser)
    inspector.look(browser)
    fill_in(browser, address="x", confirmation_id="1")
    inspector.look(browser)
    fill_in(browser)
    inspector.look(browser)
    browser.post(CONFIRM)
    inspector.look(browser)
    link, elsewhere = site.newest_mail(LINK), site.browser()
    _look(inspector, elsewhere, link)
    elsewhere.post(link)
    inspector.look(elsewhere)
    _look(inspector, elsewhere, link)
    site.later(minutes=20)
    browser = site.browser()
    browser.log_in(CONTRACT, PASSWORD)
    inspector.look(browser)
    _look(inspector, browser, "/otp/pair")
    browser.post("/otp/pair", confirmation_id="x", confirmation_password="x")  # nobody's
    inspector.look(browser)
    browser.get("/otp/pair")
    browser.post("/otp/pair", **PAIR)
    inspector.look(browser)
    browser.get("/otp/send")
    send(browser)
    inspector.look(browser)
    browser.post("/otp/code", code="1")
    inspector.look(browser)
    enter(site, browser)
    inspector.look(browser)
    _changed_by_the_menu(site, browser, inspector)


def _changed_by_the_menu(site: Site, browser: Browser, inspector: Inspector) -> None:
    for path in [str(one.get("href")) for one in browser.shown.all("a", class_="menu__entry")]:
        _look(inspector, browser, path)
    browser.get("/otp/address")
    browser.post("/otp/address", address=NEW_ADDRESS, address_again=NEW_ADDRESS)
    inspector.look(browser)
    browser.get("/otp/use")
    browser.post("/otp/use/off")
    inspector.look(browser)
    _look(inspector, browser, "/otp/use")
    browser.post("/otp/use/on")
    inspector.look(browser)
    browser.get("/otp/registration")
    register(browser)
    open_link(site, browser)
    inspector.look(browser)


@pytest.mark.parametrize(
    ("whole", "broken", "what"),
    [("<label ", "<span ", "label"), ("<h1>", "<h1><pre>" + "あ" * 300 + "</pre>", "sideways")],
)
def test_a_planted_fault_is_found_at_the_widths_where_it_is_one(
    browser: Browser, inspector: Inspector, whole, broken, what
):
    page = browser.get("/login")
    page.html = page.html.replace(whole, broken)
    inspector.look(browser)
    assert {fault.split(" at ")[1][:4] for fault in inspector.faults if what in fault} >= {"320:"}
