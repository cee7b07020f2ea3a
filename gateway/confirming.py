"""Changing the confirmation ID or the confirmation password: what the two pages have in common (OTP-13)."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request
from werkzeug.wrappers import Response

from contracts.base import Secret
from contracts.otp.common import FactorMissing, OtpNotRegistered
from contracts.otp.confirmation import ChangeConfirmation, ConfirmationRejected
from gateway import here
from gateway.forms import once_more, recall
from gateway.otp_forms import ConfirmationIdForm, ConfirmationPasswordForm
from gateway.pages import otp_done
from gateway.second_factor import my_attempt, my_login, standing

ChangeForm = ConfirmationIdForm | ConfirmationPasswordForm


def page(form: ChangeForm, template: str) -> str:
    """The form. Raises what otp would at the end, so that nobody fills it in for nothing."""
    now = standing()
    if not now.registered:
        raise OtpNotRegistered
    if not now.matched:
        raise FactorMissing
    recall(form)
    return render_template(template, form=form)


def change(form: ChangeForm, ask: Callable[[ChangeConfirmation], None], what: str, said: str) -> Response:
    """Ask otp for the change. A wrong present one counts (OTP-9), and is said beside its field with all other faults."""
    if not form.validate():
        return once_more(form)
    here.count_guess(here.logged_in().number)
    present, new, again = (request.form[field] for field in ("present", "new", "again"))
    try:
        ask(
            ChangeConfirmation(
                # The new one makes another attempt, too: it must not be answered like one with faults.
                attempt_id=my_attempt(what, present, new, again),
                login=my_login(),
                present=Secret(present),
                new=Secret(new),
                repeated=Secret(again),
            )
        )
    except ConfirmationRejected as rejected:
        form.tell(rejected)
        return once_more(form)
    return otp_done.say(what, said)
