"""The form of 故障・回復通知機能: which news are told, and at what hours (FEAT-5)."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import DataRequired

from contracts.settings.common import SettingsFault, SettingsRejected
from contracts.settings.fault_notification import FaultNotification, FaultRules, NewsKind, ReceivingWindow
from gateway.choice_fields import OneOf, SomeOf
from gateway.settings_words import FAULTS, NEWS, RECEIVING

YES, NO = "yes", "no"
_FIELDS = {
    SettingsFault.NO_ADDRESS: "on",
    SettingsFault.TOO_MANY_ADDRESSES: "on",
    SettingsFault.NO_KIND: "kinds",
    SettingsFault.NO_WINDOW: "windows",
}


class FaultRulesForm(FlaskForm):
    """Whatever is wrong with the settings as a whole the settings service says; here it is only read."""

    seen = HiddenField()
    """The version in force when the form was shown."""
    on = OneOf(
        "お知らせ",
        [DataRequired("「利用する」か「利用しない」を選んでください。")],
        options={YES: "利用する", NO: "利用しない"},
    )
    kinds = SomeOf("お知らせする内容", options={one.value: NEWS[one] for one in NewsKind})
    windows = SomeOf("受信する時間帯", options={one.value: RECEIVING[one] for one in ReceivingWindow})

    @classmethod
    def showing(cls, settings: FaultNotification, version: int) -> FaultRulesForm:
        """Filled in with what is in force."""
        return cls(
            formdata=None,
            seen=str(version),
            on=YES if settings.on else NO,
            kinds=[one.value for one in settings.kinds],
            windows=[one.value for one in settings.windows],
        )

    def rules(self) -> FaultRules:
        """What was chosen. Only after `validate` found no fault."""
        return FaultRules(
            on=self.on.data == YES,
            kinds=frozenset(NewsKind(one) for one in self.kinds.data),
            windows=frozenset(ReceivingWindow(one) for one in self.windows.data),
        )

    def tell(self, rejected: SettingsRejected) -> None:
        """Put each fault beside its field."""
        for fault in rejected.details.faults:
            field = self[_FIELDS[fault]]
            field.errors = [*field.errors, FAULTS[fault]]

    def kept(self) -> dict[str, Any]:
        """What is shown again when there are faults."""
        return {name: self[name].data for name in ("on", "kinds", "windows")}
