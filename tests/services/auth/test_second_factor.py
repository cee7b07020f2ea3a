"""A login from its password to its end, with the real otp service (LOGIN-4, LOGIN-7, OTP-1, OTP-9, OTP-14, OTP-15)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.auth import Stage
from contracts.otp import OtpUse
from contracts.phone import AuthUnit
from tests.services.auth.conftest import MovableClock
from tests.services.auth.people import TEMPORARY
from tests.services.auth.with_otp import Site, Visitor
from tests.services.otp.mail_server import Postbox

OTHER = "umi86sora"


@pytest.fixture
def site(store_url: str, second_store_url: str, clock: MovableClock) -> Iterator[Site]:
    postbox = Postbox()
    postbox.start()
    made = Site(store_url, second_store_url, postbox, clock)
    yield made
    made.close()
    postbox.stop()


@pytest.fixture
def visitor(site: Site) -> Visitor:
    return Visitor(site)


# --- the order (LOGIN-7) -------------------------------------------------------------------------------------------


@pytest.mark.rule("LOGIN-5", "LOGIN-7", "OTP-1", "OTP-14")
def test_after_the_password_come_forced_change_choice_registration_and_one_time_password_in_this_order(
    site: Site, visitor: Visitor
) -> None:
    site.office.dial(AuthUnit.LINE)
    assert visitor.log_in(TEMPORARY) is Stage.CHANGE_TEMPORARY
    assert visitor.advance() is Stage.CHANGE_TEMPORARY, "nothing comes before the forced change"
    assert visitor.change(TEMPORARY) is Stage.OTP_CHOICE
    assert visitor.choose(OtpUse.USED) is Stage.OTP_REGISTRATION
    visitor.register()
    assert visitor.advance() is Stage.OTP_REGISTRATION, "provisional is not full"
    assert visitor.open_link() is Stage.OTP
    assert site.office.counted()["SessionOpened"] == 0
    assert visitor.give_otp() is Stage.COMPLETE
    assert site.office.counted()["SessionOpened"] == 1
    view = visitor.view()
    assert (view.stage, view.otp_registered) == (Stage.COMPLETE, True)
    assert view.session_id is not None


@pytest.mark.rule("LOGIN-7", "OTP-1")
def test_whoever_chose_to_use_none_is_in_at_once_from_then_on(site: Site, visitor: Visitor) -> None:
    assert visitor.replace_temporary() is Stage.OTP_CHOICE
    assert visitor.choose(OtpUse.NOT_USED) is Stage.COMPLETE
    again = Visitor(site)
    assert again.log_in() is Stage.COMPLETE
    assert not again.view().otp_registered
