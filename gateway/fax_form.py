"""The form of FAXお知らせメール: whether faxes are told, and what happens when the inbox is full (FEAT-2)."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import DataRequired

from contracts.settings.common import SettingsRejected
from contracts.settings.fax_notification import FaxNotification, FaxRules, WhenFull
from gateway.choice_fields import OneOf
from gateway.settings_words import FAULTS, WHEN_FULL

YES, NO = "yes", "no"
ON = {YES: "利用する", NO: "利用しない"}


class FaxRulesForm(FlaskForm):
    """Whatever is wrong with the settings the settings service says."""

    seen = HiddenField()
    """The version in force when the form was shown."""
    on = OneOf("お知らせ", [DataRequired("「利用する」か「利用しない」を選んでください。")], options=ON)
    when_full = OneOf(
        "受信箱がいっぱいのとき",
        [DataRequired("受信箱がいっぱいのときの動作を選んでください。")],
        options={one.value: WHEN_FULL[one] for one in WhenFull},
    )

    @classmethod
    def showing(cls, settings: FaxNotification, version: int) -> FaxRulesForm:
        """Filled in with what is in force."""
        return cls(formdata=None, seen=str(version), on=YES if settings.on else NO, when_full=settings.when_full.value)

    def rules(self) -> FaxRules:
        """What was chosen. Only after `validate` found no fault."""
        return FaxRules(on=self.on.data == YES, when_full=WhenFull(self.when_full.data or WhenFull.REFUSE))

    def kept(self) -> dict[str, Any]:
        """What is shown again beside the faults."""
        return {"on": self.on.data, "when_full": self.when_full.data}

    def tell(self, rejected: SettingsRejected) -> None:
        """All of it concerns whether it can be used at all."""
        self.on.errors = [FAULTS[fault] for fault in rejected.details.faults]
