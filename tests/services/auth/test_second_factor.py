"""A login from its password to its end, with the real otp service (LOGIN-4, LOGIN-7, OTP-1, OTP-9, OTP-14, OTP-15)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from eventsourcing.persistence import Tracking

from contracts.auth.logins import InvalidCredentials, NoSession, SessionCause, Stage
from contracts.auth.provisioning import FindHolder, NumberUnknown, RemoveNumbers
from contracts.auth.reach import NotInReach
from contracts.base import Busy, HistoryQuery, Unavailable
from contracts.otp.challenges import ChallengeOver, FactorLocked, OtpMismatch
from contracts.otp.common import OtpUse
from contracts.otp.confirmation import ConfirmationMismatch
from contracts.otp.registration import ChooseUse
from contracts.phone import AuthUnit
from tests.services.auth.conftest import MovableClock
from tests.services.auth.people import ADDITIONAL, CONTRACT, PASSWORD, STRANGER, TEMPORARY, new_key
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


@pytest.mark.rule("OTP-14", "OTP-1")
def test_each_login_goes_back_to_the_step_that_was_not_done(site: Site, visitor: Visitor) -> None:
    visitor.replace_temporary()
    assert visitor.log_in() is Stage.OTP_CHOICE
    visitor.choose(OtpUse.USED)
    assert visitor.log_in() is Stage.OTP_REGISTRATION
    visitor.register()
    assert visitor.log_in() is Stage.OTP_REGISTRATION, "the mailed link was not used"
    visitor.open_link()
    assert visitor.log_in() is Stage.OTP
    assert visitor.choose_again_is_refused()


@pytest.mark.rule("LOGIN-7", "PWD-8")
def test_an_expired_password_is_changed_before_the_one_time_password_is_asked(
    site: Site, visitor: Visitor, clock: MovableClock
) -> None:
    visitor.settle()
    clock.forward(days=180)
    assert visitor.log_in() is Stage.CHANGE_EXPIRED
    assert visitor.advance() is Stage.CHANGE_EXPIRED
    assert visitor.change(PASSWORD, OTHER) is Stage.OTP
    assert visitor.give_otp() is Stage.COMPLETE


@pytest.mark.rule("LOGIN-7")
def test_between_the_factors_nothing_opens_and_the_password_cannot_be_changed(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    assert visitor.log_in() is Stage.OTP
    with pytest.raises(NotInReach):
        site.auth.reach.features(visitor.key)
    with pytest.raises(NotInReach):
        visitor.change(PASSWORD, OTHER)
    with pytest.raises(NotInReach):
        site.office.change_unit(visitor.key, AuthUnit.NUMBER, contract=PASSWORD)
    assert visitor.view().session_id is None


@pytest.mark.rule("LOGIN-8", "LOGIN-7")
def test_a_login_under_way_ends_by_idleness_like_a_session(site: Site, visitor: Visitor, clock: MovableClock) -> None:
    visitor.settle()
    visitor.log_in()
    code, login = visitor.send(), visitor.login
    clock.forward(minutes=4)
    visitor.answer(code, login=login)
    clock.forward(minutes=26)
    with pytest.raises(NoSession) as over:
        visitor.advance()
    assert over.value.details.cause is SessionCause.IDLE


@pytest.mark.rule("OTP-6", "LOGIN-7")
def test_the_one_time_password_of_one_login_opens_no_other(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    visitor.log_in()
    other = Visitor(site)
    other.log_in()
    visitor.answer(visitor.send())
    assert other.advance() is Stage.OTP
    assert visitor.advance() is Stage.COMPLETE


@pytest.mark.rule("LOGIN-7")
def test_the_completed_login_goes_on_under_its_new_key_with_the_id_it_had(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    visitor.log_in()
    before, login_id = visitor.key, visitor.view().login_id
    visitor.answer(visitor.send())
    assert visitor.advance(new_key()) is Stage.COMPLETE
    assert visitor.key != before
    assert visitor.view().login_id == login_id
    with pytest.raises(NoSession):
        site.auth.sessions.view(before, activity=True)


@pytest.mark.rule("LOGIN-7", "LOGIN-6")
def test_a_step_sent_twice_completes_the_login_once(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    visitor.log_in()
    visitor.answer(visitor.send())
    before, after = visitor.key, new_key()
    opened = site.office.counted()["SessionOpened"]

    def advance() -> Stage:
        return site.auth.login_steps.advance(before, after)

    with ThreadPoolExecutor(8) as pool:
        assert {one.result() for one in [pool.submit(advance) for _ in range(8)]} == {Stage.COMPLETE}
    assert advance() is Stage.COMPLETE
    assert site.office.counted()["SessionOpened"] == opened + 1
    with pytest.raises(NoSession):
        site.auth.login_steps.advance(before, new_key())


@pytest.mark.rule("OTP-15")
def test_after_an_operators_reset_the_holder_chooses_anew_at_the_next_login(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    assert visitor.log_in() is Stage.OTP
    visitor.reset_by_operator()
    assert visitor.advance() is Stage.OTP_CHOICE, "a login that was waiting for the one-time password too"
    assert Visitor(site).log_in() is Stage.OTP_CHOICE


@pytest.mark.rule("OTP-12", "MENU-1")
def test_a_complete_login_learns_of_a_changed_use_when_it_asks_and_stays_complete(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    assert visitor.view().otp_registered
    assert visitor.choose(OtpUse.NOT_USED) is Stage.COMPLETE
    assert not visitor.view().otp_registered
    assert visitor.choose(OtpUse.USED) is Stage.COMPLETE
    assert not visitor.view().otp_registered, "nothing is registered yet"
    visitor.register()
    assert visitor.open_link() is Stage.COMPLETE
    assert visitor.view().otp_registered


# --- counts (LOGIN-4) ----------------------------------------------------------------------------------------------


@pytest.mark.rule("LOGIN-4")
def test_wrong_passwords_are_forgotten_when_the_login_is_complete_and_not_before(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    visitor.guess_password(9)
    assert visitor.log_in() is Stage.OTP
    assert visitor.credential().mismatches == 9
    visitor.give_otp()
    assert visitor.credential().mismatches == 0
    visitor.guess_password(9)
    assert visitor.log_in() is Stage.OTP
    Visitor(site).guess_password(1)
    assert visitor.credential().locked, "the tenth in a row, whatever passwords were right in between"


@pytest.mark.rule("LOGIN-4", "OTP-9")
def test_wrong_one_time_passwords_are_forgotten_when_the_login_is_complete_and_not_before(
    site: Site, visitor: Visitor, clock: MovableClock
) -> None:
    visitor.settle()
    visitor.log_in()
    visitor.guess_otp(4)
    visitor.log_in()
    visitor.guess_otp(4)
    assert visitor.give_otp() is Stage.COMPLETE
    clock.forward(minutes=15)  # so many mails are sent in that time (OTP-8)
    visitor.log_in()
    visitor.guess_otp(4)
    visitor.guess_otp(4)
    assert visitor.give_otp() is Stage.COMPLETE, "eight and eight, with a complete login between"


@pytest.mark.rule("LOGIN-4", "OTP-9")
def test_a_new_password_does_not_begin_the_count_of_wrong_one_time_passwords_anew(
    site: Site, visitor: Visitor, clock: MovableClock
) -> None:
    visitor.settle()
    visitor.log_in()
    visitor.guess_otp(5)
    visitor.guess_otp(4)
    clock.forward(days=180)
    visitor.log_in()
    assert visitor.change(PASSWORD, OTHER) is Stage.OTP
    assert visitor.log_in(OTHER) is Stage.OTP
    with pytest.raises(FactorLocked):
        visitor.guess_otp(1)


# --- locks (OTP-9) -------------------------------------------------------------------------------------------------


def is_locked_out(visitor: Visitor, factor: str) -> None:
    """The password is void, everybody is out, and the login page says what it says to a wrong password."""
    site = visitor.site
    (told,) = site.office.told("CredentialLocked")
    assert (told["factor"], told["mismatches"], told["number"]) == (factor, 10, visitor.number)
    with pytest.raises(NoSession) as over:
        visitor.view()
    assert over.value.details.cause is SessionCause.LOCKED
    with pytest.raises(InvalidCredentials):
        Visitor(site, visitor.number).log_in()


@pytest.mark.rule("OTP-9", "LOGIN-9", "LOGIN-3")
def test_ten_wrong_one_time_passwords_across_several_mails_lock_the_password_and_end_all_sessions(
    site: Site, visitor: Visitor
) -> None:
    visitor.settle()
    elsewhere = Visitor(site)
    elsewhere.log_in()
    assert elsewhere.give_otp() is Stage.COMPLETE
    visitor.log_in()
    visitor.guess_otp(5)
    with pytest.raises(FactorLocked):
        visitor.guess_otp(5)
    with pytest.raises(NoSession) as over:
        visitor.advance(new_key())
    assert over.value.details.cause is SessionCause.LOCKED
    is_locked_out(visitor, "otp")
    with pytest.raises(NoSession):
        elsewhere.view()
    site.follow()
    is_locked_out(visitor, "otp")


@pytest.mark.rule("OTP-9", "OTP-10")
def test_ten_wrong_confirmation_pairs_lock_the_password_too(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    visitor.log_in()
    for _ in range(9):
        with pytest.raises(ConfirmationMismatch):
            visitor.guess_pair()
    assert visitor.advance() is Stage.OTP
    with pytest.raises(FactorLocked):
        visitor.guess_pair()
    with pytest.raises(NoSession):
        visitor.advance()
    is_locked_out(visitor, "confirmation")


@pytest.mark.rule("OTP-9", "OTP-13")
def test_a_complete_login_that_guesses_at_its_confirmation_id_is_locked_out_all_the_same(
    site: Site, visitor: Visitor
) -> None:
    visitor.settle()
    for _ in range(9):
        visitor.guess_confirmation_id()
    assert visitor.advance() is Stage.COMPLETE
    with pytest.raises(FactorLocked):
        visitor.guess_confirmation_id()
    with pytest.raises(NoSession):
        visitor.advance()
    is_locked_out(visitor, "confirmation")


@pytest.mark.rule("OTP-9")
def test_a_lock_whose_answer_was_lost_is_learnt_from_otps_history(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    visitor.log_in()
    visitor.guess_otp(5)
    with pytest.raises(FactorLocked):
        visitor.guess_otp(5)
    site.follow()
    is_locked_out(visitor, "otp")
    (told,) = site.office.told("CredentialLocked")
    assert told["actor"] == {"number": visitor.number, "role": "subscriber", "operator": None}
    site.follow()
    assert site.office.counted()["CredentialLocked"] == 1


@pytest.mark.rule("OTP-9", "LOGIN-3")
def test_a_lock_that_nobody_heard_of_is_met_by_the_next_right_password(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    visitor.log_in()
    visitor.guess_otp(5)
    with pytest.raises(FactorLocked):
        visitor.guess_otp(5)
    with pytest.raises(InvalidCredentials):
        Visitor(site).log_in()
    is_locked_out(visitor, "otp")


@pytest.mark.rule("OTP-9", "TEMP-9")
def test_a_new_temporary_password_ends_the_lock_and_an_old_story_does_not_bring_it_back(
    site: Site, visitor: Visitor
) -> None:
    visitor.settle()
    visitor.log_in()
    visitor.guess_otp(5)
    with pytest.raises(FactorLocked):
        visitor.guess_otp(5)
    assert visitor.replace_temporary() is Stage.OTP, "before auth had heard of the lock"
    site.follow()
    assert site.office.counted()["CredentialLocked"] == 0
    assert visitor.give_otp() is Stage.COMPLETE
    visitor.log_in()
    visitor.guess_otp(4)
    assert visitor.advance() is Stage.OTP


@pytest.mark.rule("OTP-9", "TEMP-9")
def test_a_temporary_password_that_is_set_while_otp_tells_of_a_lock_is_not_locked_by_it(
    site: Site, visitor: Visitor
) -> None:
    visitor.settle()
    visitor.log_in()
    visitor.guess_otp(5)
    with pytest.raises(FactorLocked):
        visitor.guess_otp(5)
    site.way.meanwhile("standing", lambda: temporary_set(visitor))
    with pytest.raises(NoSession) as over:
        visitor.advance()
    assert over.value.details.cause is SessionCause.TEMPORARY_SET
    assert site.office.counted()["CredentialLocked"] == 0
    assert visitor.log_in(TEMPORARY) is Stage.CHANGE_TEMPORARY


@pytest.mark.rule("OTP-9")
def test_a_lock_told_of_nobody_we_know_changes_nothing(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    stranger = visitor.login.model_copy(update={"assignment_id": uuid4(), "login_id": uuid4()})
    site.otp.choose(ChooseUse(login=stranger, use=OtpUse.USED))
    site.follow()
    assert visitor.view().stage is Stage.COMPLETE


@pytest.mark.rule("OTP-7", "OTP-9", "LOGIN-6")
def test_of_a_hundred_parallel_guesses_at_two_processes_at_most_five_are_answered(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    visitor.log_in()
    login, guess = visitor.login, visitor.wrong(visitor.send())
    processes = [site.otp, site.api_of(site.another_otp())]

    def one(place: int) -> str:
        try:
            visitor.answer(guess, processes[place % 2], login)
        except OtpMismatch:
            return "wrong"
        except ChallengeOver:
            return "over"
        except Busy:
            return "busy"
        return "right"

    with ThreadPoolExecutor(16) as pool:
        outcomes = Counter(pool.map(one, range(100)))
    assert outcomes["wrong"] == 5
    assert outcomes["right"] == 0
    assert len(site.otp_told("OtpMismatched")) == 5
    assert visitor.advance() is Stage.OTP


# --- otp away ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("LOGIN-7")
@pytest.mark.parametrize("procedure", ["standing", "login_completed"])
def test_while_otp_is_away_nobody_is_let_in_and_the_password_need_not_be_given_again(
    site: Site, visitor: Visitor, procedure: str
) -> None:
    visitor.replace_temporary()
    visitor.choose(OtpUse.NOT_USED)
    site.way.away(procedure)
    assert visitor.log_in() is Stage.SECOND_FACTOR
    with pytest.raises(Unavailable):
        visitor.advance()
    with pytest.raises(NotInReach):
        site.auth.reach.features(visitor.key)
    site.way.back()
    assert visitor.advance() is Stage.COMPLETE


@pytest.mark.rule("LOGIN-5", "LOGIN-7")
def test_a_forced_change_is_done_although_otp_is_away(site: Site, visitor: Visitor) -> None:
    site.office.dial(AuthUnit.LINE)
    site.way.away()
    assert visitor.log_in(TEMPORARY) is Stage.CHANGE_TEMPORARY
    assert visitor.change(TEMPORARY) is Stage.SECOND_FACTOR
    assert site.office.counted()["PasswordSet"] == 1
    site.way.back()
    assert visitor.advance() is Stage.OTP_CHOICE


@pytest.mark.rule("LOGIN-7")
@pytest.mark.parametrize("procedure", ["standing", "login_completed"])
def test_an_answer_of_otp_that_gets_lost_costs_a_reload_and_nothing_else(
    site: Site, visitor: Visitor, procedure: str
) -> None:
    visitor.settle()
    visitor.log_in()
    visitor.answer(visitor.send())
    site.way.loses_the_answer_of(procedure)
    with pytest.raises(Unavailable):
        visitor.advance(new_key())
    site.way.back()
    opened = site.office.counted()["SessionOpened"]
    assert visitor.advance(new_key()) is Stage.COMPLETE
    assert site.office.counted()["SessionOpened"] == opened + 1


@pytest.mark.rule("LOGIN-7")
def test_a_complete_login_works_on_while_otp_is_away(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    site.way.away()
    assert visitor.view().stage is Stage.COMPLETE
    assert site.auth.reach.features(visitor.key).features
    assert site.auth.follow() is False, "it goes on when otp is back"


# --- what else happens meanwhile -----------------------------------------------------------------------------------


def temporary_set(visitor: Visitor) -> None:
    visitor.site.office.dial(AuthUnit.LINE)


def number_removed(visitor: Visitor) -> None:
    numbers = (CONTRACT, ADDITIONAL)
    visitor.site.auth.provisioning.remove(RemoveNumbers(contract_number=CONTRACT, numbers=numbers))


def unit_changed(visitor: Visitor) -> None:
    other = Visitor(visitor.site)
    other.log_in()
    assert other.give_otp() is Stage.COMPLETE
    visitor.site.office.change_unit(other.key, AuthUnit.NUMBER, contract=PASSWORD)


def locked_by_passwords(visitor: Visitor) -> None:
    visitor.guess_password(10)


def logged_out(visitor: Visitor) -> None:
    visitor.site.auth.sessions.log_out(visitor.key)


MEANWHILE = [temporary_set, number_removed, unit_changed, locked_by_passwords, logged_out]
CAUSES = ["temporary_set", "number_removed", "unit_changed", "locked", "logout"]


@pytest.mark.rule("LOGIN-9", "LOGIN-7")
@pytest.mark.parametrize(("happens", "cause"), list(zip(MEANWHILE, CAUSES, strict=True)), ids=CAUSES)
@pytest.mark.parametrize("moment", ["before", "while otp is asked", "while otp is told"])
def test_what_ends_sessions_ends_a_login_that_has_just_given_its_one_time_password(
    site: Site, visitor: Visitor, happens: Callable[[Visitor], None], cause: str, moment: str
) -> None:
    visitor.settle()
    visitor.log_in()
    visitor.answer(visitor.send())
    opened = site.office.counted()["SessionOpened"]
    if moment == "before":
        happens(visitor)
    else:
        site.way.meanwhile(
            "standing" if moment == "while otp is asked" else "login_completed", lambda: happens(visitor)
        )
    with pytest.raises(NoSession) as over:
        visitor.advance(new_key())
    assert over.value.details.cause == cause
    assert site.office.counted()["SessionOpened"] - opened == (happens is unit_changed), "the other's alone"


@pytest.mark.rule("LINE-9", "OTP-9")
def test_a_removed_number_is_over_for_auth_also_where_only_otp_knows_yet(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    visitor.log_in()
    site.otp_application.enrolments.end(visitor.assignment(), Tracking("auth", 10_000))
    with pytest.raises(NoSession) as over:
        visitor.advance()
    assert over.value.details.cause is SessionCause.NUMBER_REMOVED


@pytest.mark.rule("EVENT-2", "AUDIT-1")
def test_no_event_of_one_service_has_the_id_of_an_event_of_the_other(site: Site, visitor: Visitor) -> None:
    visitor.settle()
    query = HistoryQuery(limit=1000)
    events = [*site.auth.history(query).events, *site.otp.history(query).events]
    assert {"PasswordSet", "OtpUseChanged", "OtpMatched"} <= {event.name for event in events}
    assert len({event.id for event in events}) == len(events), "they are told of one assignment"


@pytest.mark.rule("LINE-6")
def test_an_operator_finds_who_has_a_number(site: Site, visitor: Visitor) -> None:
    found = site.auth_api.find_holder(FindHolder(number=ADDITIONAL))
    assert (found.number, found.contract_number) == (ADDITIONAL, CONTRACT)
    assert found.assignment_id == Visitor(site, ADDITIONAL).assignment()
    with pytest.raises(NumberUnknown):
        site.auth_api.find_holder(FindHolder(number=STRANGER))
