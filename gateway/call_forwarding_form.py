"""The form of ボイスワープ: when calls go elsewhere, where to, and whose (FEAT-3)."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired

from contracts.settings.call_forwarding import SLOTS, CallerSelection, CallForwarding, ForwardingMode, ForwardingRules
from contracts.settings.common import SettingsFault, SettingsRejected
from gateway.choice_fields import OneOf
from gateway.forms import LONGEST_KEPT
from gateway.number_lists import callers_in, kept, phone_numbers
from gateway.settings_words import FAULTS, MODES, SELECTIONS, TARGET_FAULTS
from gateway.words import phone

YES, NO = "yes", "no"
ON = {YES: "転送する", NO: "転送しない"}
ACTIVE = {str(slot): f"転送先{slot}" for slot in range(1, SLOTS + 1)}
NO_SECONDS = -1
"""What no number of seconds is read as: the settings service says what is allowed."""
LONGEST_SECONDS = 3


class ForwardingForm(FlaskForm):
    """Whatever is wrong with the settings the settings service says, numbers to forward to included; here they are read."""

    seen = HiddenField()
    """The version in force when the form was shown."""
    on = OneOf("転送", [DataRequired("「転送する」か「転送しない」を選んでください。")], options=ON)
    mode = OneOf(
        "転送のしかた",
        [DataRequired("転送のしかたを選んでください。")],
        options={one.value: MODES[one] for one in ForwardingMode},
    )
    ring_seconds = StringField("呼び出す秒数")
    slot_1 = StringField("転送先1")
    slot_2 = StringField("転送先2")
    slot_3 = StringField("転送先3")
    slot_4 = StringField("転送先4")
    active = OneOf("使用する転送先", [DataRequired("使用する転送先を選んでください。")], options=ACTIVE)
    selection = OneOf(
        "相手による選別",
        [DataRequired("相手による選別のしかたを選んでください。")],
        options={one.value: SELECTIONS[one] for one in CallerSelection},
    )
    forwarded = TextAreaField("転送する相手の電話番号", [phone_numbers])
    ringing = TextAreaField("呼び出す相手の電話番号", [phone_numbers])
    _ringing = FAULTS[SettingsFault.RING_SECONDS]

    @classmethod
    def showing(cls, settings: CallForwarding, version: int) -> ForwardingForm:
        """Filled in with what is in force."""
        slots = {f"slot_{slot}": phone(target) for slot, target in enumerate(settings.targets, start=1)}
        return cls(
            formdata=None,
            seen=str(version),
            on=YES if settings.on else NO,
            mode=settings.mode.value,
            ring_seconds=str(settings.ring_seconds),
            active=str(settings.active),
            selection=settings.selection.value,
            forwarded="\n".join(map(phone, settings.forwarded_callers)),
            ringing="\n".join(map(phone, settings.ringing_callers)),
            **slots,
        )

    def let_ring(self, least: int, most: int) -> None:
        """Say beside the field what is allowed, in seconds, as the settings service has it."""
        self._ringing = f"呼び出す秒数は、{least}から{most}までの数字で入力してください。"

    @property
    def slots(self) -> list[Field]:
        """The fields of the numbers to forward to, in order."""
        return [self[f"slot_{slot}"] for slot in range(1, SLOTS + 1)]

    def rules(self) -> ForwardingRules:
        """What was chosen. Only after `validate` found no fault."""
        return ForwardingRules(
            on=self.on.data == YES,
            mode=ForwardingMode(self.mode.data or ""),
            ring_seconds=_seconds(self.ring_seconds.data or ""),
            targets=tuple((field.data or "").strip() for field in self.slots),
            active=int(self.active.data or 0),
            selection=CallerSelection(self.selection.data or ""),
            forwarded_callers=callers_in(self.forwarded.data or ""),
            ringing_callers=callers_in(self.ringing.data or ""),
        )

    def tell(self, rejected: SettingsRejected) -> None:
        """Put each fault beside its field."""
        for fault in rejected.details.faults:
            name = f"slot_{self.active.data}" if fault is SettingsFault.NO_TARGET else _FIELDS[fault]
            self._add(name, self._ringing if fault is SettingsFault.RING_SECONDS else FAULTS[fault])
        for one in rejected.details.targets:
            self._add(f"slot_{one.slot}", f"転送先{one.slot}：{TARGET_FAULTS[one.fault]}")

    def _add(self, name: str, message: str) -> None:
        self[name].errors = [*self[name].errors, message]

    def kept(self) -> dict[str, Any]:
        """What is shown again when there are faults."""
        return {
            **{name: self[name].data for name in ("on", "mode", "active", "selection")},
            **{field.name: (field.data or "")[:LONGEST_KEPT] for field in (self.ring_seconds, *self.slots)},
            "forwarded": kept(self.forwarded.data or ""),
            "ringing": kept(self.ringing.data or ""),
        }


_FIELDS = {
    SettingsFault.RING_SECONDS: "ring_seconds",
    SettingsFault.NO_FORWARDED_CALLER: "forwarded",
    SettingsFault.TOO_MANY_FORWARDED_CALLERS: "forwarded",
    SettingsFault.NO_RINGING_CALLER: "ringing",
    SettingsFault.TOO_MANY_RINGING_CALLERS: "ringing",
    SettingsFault.FAX_IS_ON: "on",
}


def _seconds(text: str) -> int:
    bare = text.strip().removesuffix("秒")
    return int(bare) if bare.isdecimal() and len(bare) <= LONGEST_SECONDS else NO_SECONDS
