"""What people do on the pages of the second factor, one function a step; each begins where the one before ends."""

from __future__ import annotations

from uuid import uuid4

from contracts.auth.logins import AdvanceLogin, SessionQuery, Stage
from contracts.base import Secret
from contracts.otp.challenges import AnswerChallenge, RequestChallenge
from contracts.otp.common import Login, OtpUse
from contracts.otp.links import UseLink
from contracts.otp.registration import ChooseUse, Register
from contracts.phone import AuthUnit
from gateway.sessions import session_key
from tests.gateway.browser import Browser, Page
from tests.gateway.conftest import CODE, CONTRACT, LINK, PASSWORD, Site

ADDRESS = "yamada@mail.example"
NEW_ADDRESS = "taro@other.example"
CONFIRMATION_ID = "abc12345"
CONFIRMATION_PASSWORD = "baiyou4q"
TYPED = {
    "address": ADDRESS,
    "address_again": ADDRESS,
    "confirmation_id": CONFIRMATION_ID,
    "confirmation_id_again": CONFIRMATION_ID,
    "confirmation_password": CONFIRMATION_PASSWORD,
    "confirmation_password_again": CONFIRMATION_PASSWORD,
}
PAIR = {"confirmation_id": CONFIRMATION_ID, "confirmation_password": CONFIRMATION_PASSWORD}
REGISTRATION = "/otp/registration"
CONFIRM = "/otp/registration/confirmation"


def at_choice(site: Site, number: str = CONTRACT, unit: AuthUnit = AuthUnit.LINE) -> Browser:
    """4, for the first time, with a password just made."""
    return site.logged_in(number, unit)


def choose(browser: Browser, use: str = "used") -> Page:
    """6, or 5."""
    return browser.post("/otp/choice", use=use)


def fill_in(browser: Browser, **typed: str) -> Page:
    """7, or 6 again with what is wrong."""
    return browser.post(REGISTRATION, **{**TYPED, **typed})


def register(browser: Browser, **typed: str) -> Page:
    """8"""
    fill_in(browser, **typed)
    return browser.post(CONFIRM)


def open_link(site: Site, browser: Browser) -> Page:
    """9, as the newest mail leads there, its form sent as the page's script does."""
    link = site.newest_mail(LINK)
    browser.get(link)
    return browser.post(link)


def send(browser: Browser) -> Page:
    """From 9 or 10 to 11."""
    return browser.post("/otp/send")


def wrong(site: Site) -> str:
    """A code that is not the one in the mail."""
    return f"{(int(site.newest_mail(CODE)) + 1) % 1_000_000:06}"


def enter(site: Site, browser: Browser, code: str = "") -> Page:
    """15, or 11 again."""
    return browser.post("/otp/code", code=code or site.newest_mail(CODE))


def settled(site: Site, unit: AuthUnit = AuthUnit.LINE) -> Browser:
    """Registered at the first login, which is complete. Otp and auth are asked at once, as the pages would ask them."""
    browser = at_choice(site, unit=unit)
    key = session_key(browser.cookies["hikari_session"])
    login = Login.model_validate(site.auth.session(SessionQuery(session_key=key)).model_dump())
    assert site.otp is not None
    site.otp.choose(ChooseUse(login=login, use=OtpUse.USED))
    site.otp.register(
        Register(
            registration_id=uuid4(),
            login=login,
            address=Secret(ADDRESS),
            confirmation_id=Secret(CONFIRMATION_ID),
            confirmation_password=Secret(CONFIRMATION_PASSWORD),
        )
    )
    token = site.newest_mail(LINK).rsplit("/", 1)[1]
    site.otp.use_link(UseLink(attempt_id=uuid4(), token=Secret(token)))
    site.otp.request_challenge(RequestChallenge(challenge_id=uuid4(), login=login))
    code = Secret(site.newest_mail(CODE))
    site.otp.answer_challenge(AnswerChallenge(attempt_id=uuid4(), login=login, code=code))
    assert site.auth.advance_login(AdvanceLogin(session_key=key)).stage is Stage.COMPLETE
    return browser


def logging_in(site: Site) -> Browser:
    """10, in another browser, later."""
    settled(site)
    site.later(minutes=20)
    browser = site.browser()
    browser.log_in(CONTRACT, PASSWORD)
    assert browser.shown.path == "/otp/send"
    return browser
