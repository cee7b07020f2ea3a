"""The form by which numbers are chosen from the line's for a group of 一括転送機能: boxes to tick, and where they go (FEAT-4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField, ValidationError
from wtforms.validators import InputRequired

from contracts.settings.bulk_forwarding import GroupFault, GroupMember, GroupRejected
from gateway.forms import LONGEST_KEPT
from gateway.group_words import FAULTS, MEMBER_FAULTS
from gateway.number_lists import is_showable
from gateway.words import phone

PER_PAGE = 50
"""Numbers that one page of the list shows."""
MOST_CHOSEN = 100
"""Numbers on all its pages together; they wait in a cookie of 4 KiB while one goes from page to page."""


class Ticked(Field):
    """The numbers whose boxes were ticked."""

    data: list[str]

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Each once."""
        self.data = list(dict.fromkeys(valuelist))[: MOST_CHOSEN + PER_PAGE]

    def holds(self, number: str) -> bool:
        """Whether this one was."""
        return number in (self.data or ())


def not_too_many(_form: FlaskForm, field: Field) -> None:
    """Counted before anything is added, and before another page is shown on which more would be ticked."""
    if len(field.data or ()) > MOST_CHOSEN:
        raise ValidationError(
            f"一度に選べるのは{MOST_CHOSEN}件までです（{len(field.data)}件選んでいます）。選択を減らして追加し、残りを続けて選んでください。"
        )


class GroupNumbersForm(FlaskForm):
    """Whatever is wrong with numbers and target the settings service says."""

    seen = HiddenField()
    """The version in force when the list was shown."""
    numbers = Ticked("追加する電話番号", [InputRequired("追加する電話番号を1つ以上選んでください。"), not_too_many])
    target = StringField("選んだ電話番号の転送先", [InputRequired("転送先の電話番号を入力してください。")])

    def chosen(self) -> tuple[GroupMember, ...]:
        """What was ticked, each with the target."""
        return tuple(GroupMember(number=number, target=self.target.data or "") for number in self.numbers.data)

    def tell(self, rejected: GroupRejected, members: Sequence[GroupMember], most: int) -> None:
        """Put each fault beside its field. What is wrong with every chosen number alike is said once."""
        if GroupFault.TOO_MANY_NUMBERS in rejected.details.faults:
            said = f"1つのグループに入れられるのは{most}件までです。選ぶ電話番号を減らすか、グループを分けてください。"
            self.numbers.errors = [said]
        others = [fault for fault in rejected.details.faults if fault is not GroupFault.TOO_MANY_NUMBERS]
        self.form_errors = [FAULTS[fault] for fault in others]
        told = [(members[one.row - 1].number, MEMBER_FAULTS[one.fault]) for one in rejected.details.rows]
        alike = {words for _, words in told}
        if len(alike) == 1 and {number for number, _ in told} == set(self.numbers.data):
            self.target.errors = list(alike)
        else:
            self.target.errors = [f"{phone(number)}：{words}" for number, words in told]

    def kept(self) -> dict[str, Any]:
        """What is shown again when there are faults."""
        return {
            "seen": self.seen.data if (self.seen.data or "").isdecimal() else "",
            "numbers": [number for number in self.numbers.data or () if is_showable(number)],
            "target": (self.target.data or "")[:LONGEST_KEPT],
        }

    def chosen_so_far(self) -> dict[str, Any]:
        """What was ticked and typed, to be added to the version that is in force when it is shown again."""
        return {name: value for name, value in self.kept().items() if name != "seen"}
