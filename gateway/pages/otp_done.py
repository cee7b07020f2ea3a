"""The page that says that a change by the menu was made: 24c, 27, 28."""

from __future__ import annotations

from flask import Blueprint, abort, flash, get_flashed_messages, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

blueprint = Blueprint("otp_done", __name__)
SCREENS = {
    "use": ("ワンタイムパスワード 利用選択変更", "otp-use", "otp_use.show"),
    "confirmation-id": ("確認用ID変更", "otp-confirmation", "confirmation_id.show"),
    "confirmation-password": ("確認用パスワード変更", "otp-confirmation", "confirmation_password.show"),
}
"""Title, topic of help, and where the change is made."""


def say(what: str, sentence: str) -> Response:
    """The way to the page that says this."""
    flash(sentence, "success")
    return redirect(url_for("otp_done.show", what=what), 303)


@blueprint.get("/otp/done/<what>")
def show(what: str) -> ResponseReturnValue:
    """Says so once; opened again later it has nothing to say and gives the way to the form."""
    title, help_topic, form = SCREENS.get(what) or abort(404)
    messages = get_flashed_messages(category_filter=["success"])
    if not messages:
        return redirect(url_for(form), 303)
    return render_template("pages/otp_done.html", title=title, help_topic=help_topic, messages=messages)
