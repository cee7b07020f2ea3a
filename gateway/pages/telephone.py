"""A telephone in the browser, for trying the site without a telephone network. Demo only.

It leads the same dialogue as a telephone platform would (TEMP-11), with scripts key by key, without them turn by turn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import uuid4

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from contracts.base import Secret
from contracts.phone import NotAPhoneNumber, normalise_number
from contracts.tempcred import CallUnknown, Collect, Entry, HangUp, StartCall, StepOutOfTurn, Turn
from gateway.config import GatewayConfig
from gateway.forms import a_phone_number
from gateway.guard import open_to_all
from gateway.ivr import answer_faults, caller_in, entry_in, members, on_the_telephone, read_body
from gateway.machines import as_json, fault

EXAMPLE = "0300001111"
"""The guide's own line (LINE-8), which the demo data has."""
UNPROCESSABLE = 422

_CALL_ID = re.compile(r"telephone-[0-9a-f]{32}")
"""Calls of this page only: it has nothing to do with those of a platform."""
_SPOKEN_NUMBER = re.compile(r"\d(?: \d)+(?:、\d(?: \d)+)+")


class DialForm(FlaskForm):
    """From which number one calls; whom one calls is always the same."""

    caller = StringField("発信する電話番号", [InputRequired("発信する電話番号を入力してください。"), a_phone_number])


@dataclass(frozen=True)
class Heard:
    """A turn as the page shows it."""

    call_id: str
    step: int
    say: str
    collect: Collect | None
    ended: bool

    @classmethod
    def of(cls, call_id: str, turn: Turn) -> Heard:
        return cls(call_id, turn.step, as_written(turn.say), turn.collect, turn.ended)

    @property
    def secret(self) -> bool:
        """Whether a temporary password is asked for, whose digits are not shown."""
        return is_secret(self.collect)


def as_written(say: str) -> str:
    """Numbers as they are written, not as they are spoken: `0 3、0 0 0 0、1 1 1 1` → `03-0000-1111`."""
    return _SPOKEN_NUMBER.sub(lambda spoken: spoken[0].replace(" ", "").replace("、", "-"), say)


def is_secret(collect: Collect | None) -> bool:
    """Eight digits without an end sign are asked for where the temporary password is."""
    return collect is not None and (collect.digits, collect.terminator) == (8, None)


def blueprint(_config: GatewayConfig) -> Blueprint:
    """The page, and beneath it the turns that its script asks for."""
    pages = Blueprint("telephone", __name__)
    pages.register_blueprint(_turns())

    @pages.get("/telephone")
    @open_to_all
    def show() -> str:
        return _page(DialForm(formdata=None, caller=EXAMPLE))

    @pages.post("/telephone")
    @open_to_all
    def turn_by_turn() -> ResponseReturnValue:
        """Without scripts: dial, key what is asked for, hang up. A reload repeats the step, which is harmless."""
        call_id = request.form.get("call_id", "")
        if not call_id:
            return _dial()
        return _page(DialForm(formdata=None, caller=EXAMPLE), _key_or_hang_up(_own(call_id)), in_call=True)

    return pages


def _turns() -> Blueprint:
    turns = Blueprint("turns", __name__, url_prefix="/telephone/calls")

    @turns.post("")
    @open_to_all
    def start() -> Response:
        try:
            caller = normalise_number(caller_in(read_body()))
        except NotAPhoneNumber:
            return fault(UNPROCESSABLE, "caller: a phone number is expected")
        return _told(_start(caller), 201)

    @turns.post("/<call_id>")
    @open_to_all
    def enter(call_id: str) -> Response:
        entry = entry_in(_own(call_id), read_body())
        with on_the_telephone() as tempcred:
            return _told(Heard.of(call_id, tempcred.enter(entry)))

    @turns.delete("/<call_id>")
    @open_to_all
    def hang_up(call_id: str) -> Response:
        _hang_up(_own(call_id))
        return Response(status=204)

    answer_faults(turns)
    return turns


def _told(heard: Heard, status: int = 200) -> Response:
    turn = Turn(step=heard.step, say=heard.say, collect=heard.collect, ended=heard.ended)
    return as_json({"call_id": heard.call_id, "secret": heard.secret, **members(turn)}, status)


def _own(call_id: str) -> str:
    if not _CALL_ID.fullmatch(call_id):
        abort(404)
    return call_id


def _dial() -> ResponseReturnValue:
    form = DialForm()
    if not form.validate_on_submit():
        return _page(form), UNPROCESSABLE
    return _page(form, _start(normalise_number(form.caller.data or "")))


def _start(caller: str) -> Heard:
    call_id = f"telephone-{uuid4().hex}"
    with on_the_telephone() as tempcred:
        return Heard.of(call_id, tempcred.start_call(StartCall(call_id=call_id, caller=caller)))


def _key_or_hang_up(call_id: str) -> Heard | None:
    """The next turn; None where the call is over."""
    try:
        if request.form.get("action") == "hang-up":
            _hang_up(call_id)
            return None
        return _key(call_id)
    except (CallUnknown, StepOutOfTurn):
        return None


def _key(call_id: str) -> Heard:
    step, digits = request.form.get("step", ""), request.form.get("digits", "").strip()
    if not step.isascii() or not step.isdigit():
        abort(400)
    with on_the_telephone() as tempcred:
        # Whatever was typed is the dialogue's to judge; cut, since a telephone sends no endless strings.
        return Heard.of(call_id, tempcred.enter(Entry(call_id=call_id, step=int(step[:4]), digits=Secret(digits[:32]))))


def _hang_up(call_id: str) -> None:
    with on_the_telephone() as tempcred:
        tempcred.hang_up(HangUp(call_id=call_id))


def _page(form: DialForm, heard: Heard | None = None, *, in_call: bool = False) -> str:
    return render_template("pages/telephone.html", form=form, heard=heard, over=in_call and heard is None)
