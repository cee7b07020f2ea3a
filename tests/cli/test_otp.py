from __future__ import annotations

import pytest


@pytest.mark.rule("OTP-15")
def test_a_reset_says_what_comes_of_it(hikari, site):
    done = hikari("otp", "reset", "0300002222", "--reason", "mailbox lost, recognised by callback")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("0300002222: choice and registration are taken back.")
    assert site.resets == [{"number": "0300002222", "reason": "mailbox lost, recognised by callback"}]


def test_a_reset_of_nothing_is_said_to_be_one(hikari):
    hikari("otp", "reset", "0300002222", "--reason", "lost")
    again = hikari("otp", "reset", "0300002222", "--reason", "lost")
    assert again.exit_code == 0
    assert "nothing was to take back" in again.stdout


def test_a_number_that_nobody_has_is_a_refusal_with_its_reason(hikari, site):
    site.refuse["0399999999"] = {"error": "no line has the number 0399999999"}
    done = hikari("otp", "reset", "0399999999", "--reason", "lost")
    assert done.exit_code == 1
    assert done.stderr == "hikari: nothing was reset: no line has the number 0399999999\n"


def test_faults_are_told_each_with_its_place(hikari, site):
    site.refuse["12"] = {"error": "nothing was done", "faults": [["number", "is no phone number"]]}
    done = hikari("otp", "reset", "12", "--reason", "lost")
    assert done.exit_code == 1
    assert done.stderr.endswith("\n  number: is no phone number\n")


def test_without_a_reason_nothing_is_sent(hikari, site):
    assert hikari("otp", "reset", "0300002222").exit_code == 2
    assert site.resets == []
