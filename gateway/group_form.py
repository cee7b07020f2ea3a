"""The form of a group of 一括転送機能: its name, whether it starts by itself, and a line of text for each number (FEAT-4).

Lines as a spreadsheet's cells are pasted (tabs between) or as a CSV file has them (commas).
"""

from __future__ import annotations

import re
import zlib
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired

from contracts.settings.bulk_forwarding import GroupFault, GroupMember, GroupRejected, GroupRules, GroupView
from gateway.choice_fields import OneOf
from gateway.group_words import FAULTS, MEMBER_FAULTS, automatic
from gateway.words import phone

YES, NO = "yes", "no"
LONGEST_TEXT = 40_000
"""Characters; far more than a full group needs."""
LARGEST_KEPT = 1800
"""Bytes, compressed, of what is shown again after a fault; a cookie holds 4 KiB, a third of which is lost to base64."""
MOST_SAID = 20
"""Faulty rows that are named one by one."""
CELLS = 2
_CELL_ENDS = re.compile(r"[,\t、，]")
_HEADER = "電話番号"


def rows_in(text: str) -> list[tuple[int, list[str]]]:
    """(line from 1, cells) of each line with something in it; a header is passed over."""
    rows: list[tuple[int, list[str]]] = []
    for place, line in enumerate(text.splitlines(), start=1):
        cells = _cells(line)
        if any(cells) and not (not rows and cells[0].startswith(_HEADER)):
            rows.append((place, cells))
    return rows


def _cells(line: str) -> list[str]:
    cells = [cell.strip().strip('"').strip() for cell in _CELL_ENDS.split(line)]
    while len(cells) > CELLS and not cells[-1]:
        cells.pop()
    return cells


def _lines_of_two_cells(_form: FlaskForm, field: Field) -> None:
    if len(field.data or "") > LONGEST_TEXT:
        raise ValidationError(f"長すぎます。空の行を消すなどして、全体で{LONGEST_TEXT}文字までにしてください。")
    surplus = [place for place, cells in rows_in(field.data or "") if len(cells) > CELLS]
    if surplus:
        raise ValidationError(f"{surplus[0]}行目の項目が多すぎます。電話番号と転送先の2つだけにしてください。")


class GroupForm(FlaskForm):
    """Whatever is wrong with it the settings service says."""

    seen = HiddenField()
    """The version in force when the form was shown; 0 for a new group."""
    name = StringField("グループの名前")
    automatic = OneOf(
        "故障のときの自動開始",
        [DataRequired("自動で開始するかどうかを選んでください。")],
        options={NO: automatic(False), YES: automatic(True)},
    )
    members = TextAreaField("転送する電話番号と転送先", [_lines_of_two_cells])

    @classmethod
    def showing(cls, view: GroupView | None, earlier: GroupRules | None = None) -> GroupForm:
        """Filled in with what is in force, or was once; empty for a new group."""
        if view is None:
            return cls(formdata=None, seen="0", automatic=NO)
        shown = earlier or view
        lines = (f"{phone(one.number)},{phone(one.target)}" for one in shown.members)
        return cls(
            formdata=None,
            seen=str(view.version),
            name=shown.name,
            automatic=YES if shown.automatic else NO,
            members="\n".join(lines),
        )

    def rules(self) -> GroupRules:
        """What was typed."""
        return GroupRules(
            name=(self.name.data or "").strip(),
            automatic=self.automatic.data == YES,
            members=tuple(
                GroupMember(number=cells[0], target=cells[1] if len(cells) > 1 else "")
                for _, cells in rows_in(self.members.data or "")
            ),
        )

    def tell(self, rejected: GroupRejected) -> None:
        """Put each fault beside its field, rows by their line."""
        places = [place for place, _ in rows_in(self.members.data or "")]
        for fault in rejected.details.faults:
            name = "members" if fault is GroupFault.TOO_MANY_NUMBERS else "name"
            self[name].errors = [*self[name].errors, FAULTS[fault]]
        said = [f"{places[one.row - 1]}行目：{MEMBER_FAULTS[one.fault]}" for one in rejected.details.rows]
        more = len(said) - MOST_SAID
        said = (
            [*said[:MOST_SAID], f"ほかに{more}行あります。直してから、もう一度お試しください。"] if more > 0 else said
        )
        self.members.errors = [*self.members.errors, *said]

    def kept(self) -> dict[str, Any]:
        """What is shown again when there are faults: every line where it stands, so that faults can name it."""
        text = (self.members.data or "")[:LONGEST_TEXT]
        kept = text if len(zlib.compress(text.encode())) <= LARGEST_KEPT else ""
        name = (self.name.data or "")[:80]
        return {"automatic": self.automatic.data, "name": name, **({"members": kept} if kept else {})}
