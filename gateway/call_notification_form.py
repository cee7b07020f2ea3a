"""The form of 着信お知らせメール: which calls are told, from whom, and at what hours (FEAT-1)."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired

from contracts.settings.call_notification import (
    SELECTABLE_OUTCOMES,
    CallerFilter,
    CallNotification,
    CallOutcome,
    CallRules,
)
from contracts.settings.common import (
    DAYS,
    HOURS,
    SettingsFault,
    SettingsRejected,
    cells_of,
    windows_of,
)
from gateway.choice_fields import OneOf, SomeOf
from gateway.number_lists import callers_in, kept, phone_numbers
from gateway.settings_words import CALLERS, FAULTS, OUTCOMES, WEEKDAYS
from gateway.week_fill import filled
from gateway.words import phone

YES, NO = "yes", "no"
ON = {YES: "利用する", NO: "利用しない"}
USED, NOT_USED = (f"「{label}」" for label in ON.values())
EVERY_CALL = {YES: "すべての着信", NO: "次のうち、選んだ着信だけ"}
WITHHELD = {YES: "お知らせする", NO: "お知らせしない"}
CELLS = {
    f"{day}-{hour}": f"{WEEKDAYS[day]}曜日 {hour}時から{hour + 1}時" for day in range(DAYS) for hour in range(HOURS)
}
"""The boxes of the grid, and what each stands for."""


class CallRulesForm(FlaskForm):
    """Whatever is wrong with the settings as a whole the settings service says; here it is only read."""

    seen = HiddenField()
    """The version in force when the form was shown."""
    on = OneOf("お知らせ", [DataRequired(f"{USED}か{NOT_USED}を選んでください。")], options=ON)
    every_call = OneOf("お知らせする着信", [DataRequired("お知らせする着信を選んでください。")], options=EVERY_CALL)
    outcomes = SomeOf("着信の種類", options={one.value: OUTCOMES[one] for one in SELECTABLE_OUTCOMES})
    callers = OneOf(
        "相手による選別",
        [DataRequired("相手による選別のしかたを選んでください。")],
        options={one.value: CALLERS[one] for one in CallerFilter},
    )
    listed = TextAreaField("選別する電話番号", [phone_numbers])
    withheld = OneOf(
        "番号の通知がない着信", [DataRequired("番号の通知がない着信について選んでください。")], options=WITHHELD
    )
    week = SomeOf("お知らせする時間帯", options=CELLS)

    @classmethod
    def showing(cls, settings: CallNotification, version: int) -> CallRulesForm:
        """Filled in with what is in force."""
        return cls(
            formdata=None,
            seen=str(version),
            on=_yes_or_no(settings.on),
            every_call=_yes_or_no(settings.every_call),
            outcomes=[one.value for one in settings.outcomes],
            callers=settings.callers.value,
            listed="\n".join(phone(number) for number in settings.listed),
            withheld=_yes_or_no(settings.withheld),
            week=[f"{day}-{hour}" for day, hour in cells_of(settings.windows)],
        )

    def rules(self) -> CallRules:
        """What was chosen. Only after `validate` found no fault."""
        return CallRules(
            on=self.on.data == YES,
            every_call=self.every_call.data == YES,
            outcomes=frozenset(CallOutcome(one) for one in self.outcomes.data or ()),
            callers=CallerFilter(self.callers.data or CallerFilter.ALL),
            listed=callers_in(self.listed.data or ""),
            withheld=self.withheld.data == YES,
            windows=windows_of({_cell(one) for one in self.week.data or ()}),
        )

    def fill(self, which: str) -> None:
        """Mark hours of the grid by one of the buttons at it."""
        marked = filled({_cell(one) for one in self.week.data or ()}, which)
        self.week.data = [f"{day}-{hour}" for day, hour in sorted(marked)]

    def tell(self, rejected: SettingsRejected) -> None:
        """Put each fault beside its field."""
        for fault in rejected.details.faults:
            field = self[_FIELDS[fault]]
            field.errors = [*field.errors, FAULTS[fault]]

    def kept(self) -> dict[str, Any]:
        """What is shown again when there are faults."""
        return {
            **{name: self[name].data for name in ("on", "every_call", "outcomes", "callers", "withheld", "week")},
            "listed": kept(self.listed.data or ""),
        }


_FIELDS = {
    SettingsFault.NO_ADDRESS: "on",
    SettingsFault.TOO_MANY_ADDRESSES: "on",
    SettingsFault.NO_CALLS: "outcomes",
    SettingsFault.NO_LISTED_NUMBER: "listed",
    SettingsFault.TOO_MANY_LISTED_NUMBERS: "listed",
    SettingsFault.NO_WINDOW: "week",
}


def _yes_or_no(value: bool) -> str:
    return YES if value else NO


def _cell(text: str) -> tuple[int, int]:
    day, hour = text.split("-")
    return int(day), int(hour)
