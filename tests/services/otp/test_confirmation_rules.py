"""What a confirmation ID and password must be, page by page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.mail_addresses import NotAnAddress, masked_address, normalise_address
from contracts.otp.registration import RegistrationFault as Fault
from services.otp.confirmation_rules import id_faults_at_change, id_faults_at_registration, password_faults

LETTERS_AND_DIGITS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@pytest.mark.rule("OTP-4")
@pytest.mark.parametrize(
    ("text", "at_registration", "at_change"),
    [
        ("abc12345", (), ()),
        ("abcdEFGH", (), ()),
        ("12345678a", (), ()),
        ("ABCDEFGH", (Fault.ONLY_UPPER,), ()),
        ("abcdefgh", (Fault.ONLY_LOWER,), ()),
        ("12345678", (Fault.ONLY_DIGITS,), (Fault.ONLY_DIGITS,)),
        ("abc1234", (Fault.LENGTH,), (Fault.LENGTH,)),
        ("abc1234567890", (Fault.LENGTH,), (Fault.LENGTH,)),
        ("abc12345678x", (), ()),
        ("abc-12345", (Fault.CHARACTERS,), (Fault.CHARACTERS,)),
        ("ａｂｃ12345", (Fault.CHARACTERS,), (Fault.CHARACTERS,)),
        ("abc12345\n", (Fault.CHARACTERS,), (Fault.CHARACTERS,)),
        ("", (Fault.LENGTH,), (Fault.LENGTH,)),
        ("111", (Fault.LENGTH, Fault.ONLY_DIGITS), (Fault.LENGTH, Fault.ONLY_DIGITS)),
    ],
)
def test_a_confirmation_id_is_judged_by_the_page_it_is_entered_on(text, at_registration, at_change):
    assert id_faults_at_registration(text) == at_registration
    assert id_faults_at_change(text) == at_change


@pytest.mark.rule("OTP-5")
@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("baiyou4q", ()),
        ("BAIYOU44", ()),
        ("11111111a", ()),
        ("baiyouqq", (Fault.NO_DIGIT,)),
        ("12345678", (Fault.NO_LETTER,)),
        ("baiyo!4q", (Fault.CHARACTERS,)),
        ("baiyou4", (Fault.LENGTH,)),
        ("baiyou4baiyou", (Fault.LENGTH,)),
        ("", (Fault.LENGTH, Fault.NO_LETTER, Fault.NO_DIGIT)),
    ],
)
def test_a_confirmation_password_has_letters_and_digits(text, faults):
    assert password_faults(text) == faults


@pytest.mark.rule("OTP-4", "OTP-5")
@given(st.text(alphabet=LETTERS_AND_DIGITS, min_size=8, max_size=12))
def test_what_is_good_at_registration_is_good_at_the_change_and_length_and_characters_are_never_faulted(text):
    assert set(id_faults_at_change(text)) <= set(id_faults_at_registration(text))
    assert not {Fault.LENGTH, Fault.CHARACTERS} & {*id_faults_at_registration(text), *password_faults(text)}


@pytest.mark.rule("OTP-2")
@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("yamada@mail.example", "yamada@mail.example"),
        (" Yamada@MAIL.example ", "Yamada@mail.example"),
        ("yamada+otp@メール.example", "yamada+otp@xn--4dkua4c.example"),
    ],
)
def test_an_address_is_kept_in_its_one_spelling(text, address):
    assert normalise_address(text) == address


@pytest.mark.rule("OTP-2")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "yamada",
        "yamada@mail",
        "yamada@@mail.example",
        "ya mada@mail.example",
        "山田@mail.example",
        "yamada@mail.example, other@mail.example",
        "yamada@mail.example\r\nBcc: other@mail.example",
        "yamada@[192.0.2.1]",
        "<yamada@mail.example>",
    ],
)
def test_what_can_be_no_address_is_refused(text):
    with pytest.raises(NotAnAddress) as refused:
        normalise_address(text)
    assert not text or text not in str(refused.value)


@pytest.mark.rule("AUDIT-2")
def test_a_masked_address_shows_its_first_character_and_its_domain():
    assert masked_address("yamada@mail.example") == "y***@mail.example"
