"""Choosing numbers for a group of 一括転送機能 from those of the line, page by page, and taking them out again (FEAT-4)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.reach import NumbersInReach, NumbersQuery
from contracts.settings.bulk_forwarding import (
    GroupIsOn,
    GroupMember,
    GroupRejected,
    GroupRules,
    GroupState,
    GroupView,
    NoSuchGroup,
    SetGroup,
)
from contracts.settings.common import NotContracted, Reach, SettingsMovedOn
from contracts.settings.group_numbers import GroupsOfNumbersQuery, NumberInGroup
from gateway import here, sessions, settings_words
from gateway.forms import LONGEST_KEPT, NumberSearchForm, once_more, order_id, recall, version_seen
from gateway.group_numbers_form import MOST_CHOSEN, PER_PAGE, GroupNumbersForm
from gateway.line_reach import FEATURE, whole_line
from gateway.number_lists import is_showable
from gateway.pages import forwarding_groups
from gateway.pages.forwarding_groups import IS_ON, back_to, view_of
from gateway.pages.paging import LAST_PAGE, kept_place, kept_search, page_number, place
from gateway.words import phone

TAKE_OUT = "take_out"
"""The name of the buttons beside numbers of the group; what they send is the number."""
FIND = "find"
"""The name of the button of the search."""
TURN = "turn"
"""The name of the buttons that lead to another page of the list, which is what they send."""
blueprint = Blueprint(
    "group_numbers", __name__, url_prefix=f"{forwarding_groups.blueprint.url_prefix}/groups/<uuid:group_id>/numbers"
)
blueprint.register_error_handler(NoSuchGroup, forwarding_groups.gone)
blueprint.register_error_handler(NotContracted, forwarding_groups.not_contracted)


@blueprint.get("")
def show(group_id: UUID) -> ResponseReturnValue:
    """The line's numbers that have the feature, or on a large line those searched for; each with the groups that it is in."""
    reached, group = whole_line(), view_of(group_id)
    if group.state is not GroupState.STOPPED:
        return back_to(group_id, IS_ON)
    searching = NumberSearchForm(request.args)
    searching.validate()
    search = "" if searching.errors else searching.canonical
    numbers = _numbers(search, page_number())
    if not numbers.large_line:
        searching, search = NumberSearchForm(), ""
    form = GroupNumbersForm(formdata=None, seen=str(group.version))
    recall(form)
    here_in, elsewhere = _groups_of(reached, group, numbers)
    on_page = {one.number for one in numbers.numbers}
    return render_template(
        "pages/group_numbers.html",
        feature=FEATURE,
        group=group,
        form=form,
        searching=searching,
        search=search,
        numbers=numbers,
        here_in=here_in,
        elsewhere=elsewhere,
        chosen_before=[number for number in form.numbers.data or () if number not in on_page],
        place=place(search, numbers.page),
        FIND=FIND,
        TURN=TURN,
        TAKE_OUT=TAKE_OUT,
        MOST_CHOSEN=MOST_CHOSEN,
    )


@blueprint.post("")
def submit(group_id: UUID) -> ResponseReturnValue:
    """Show another part of the list, or take one number out by the button beside it; else add those that were ticked."""
    reached, group, form = whole_line(), view_of(group_id), GroupNumbersForm()
    seen = version_seen(form.seen)
    part = _part_asked_for()
    if part is not None:
        return _show_another(group_id, form, part)
    out = request.form.get(TAKE_OUT)
    if out is not None and not is_showable(out):
        abort(400)
    if seen is None or (out is None and not form.validate()):
        return once_more(form, kept=form.kept())
    present = [GroupMember(number=one.number, target=one.target) for one in group.members]
    if out is None:
        there = {one.number for one in present}
        added = [one for one in form.chosen() if one.number not in there]
        members = [*present, *added]
        change_id = order_id("numbers", group_id, seen, *form.numbers.data, form.target.data)
    else:
        members = [one for one in present if one.number != out]
        change_id = order_id("take out", group_id, seen, out)
    refused = _set(reached, group, form, change_id, seen, tuple(members))
    if refused is not None:
        return refused
    if out is not None:
        flash(f"{phone(out)} をグループから外しました。「{group.name}」の電話番号は{len(members)}件です。", "success")
        # What was ticked and typed to be added is not lost by it, and is of the version that this made.
        return once_more(form, kept=form.chosen_so_far())
    # Sent twice, it was added the first time, and how many of them were new then is known no more.
    counted = f"{len(added)}件を" if group.version == seen else ""
    flash(
        f"{counted}追加しました。「{group.name}」の電話番号は{len(members)}件です。"
        "転送は、グループの画面で「開始する」を押すまで始まりません。",
        "success",
    )
    return redirect(url_for("group_numbers.show", group_id=group_id, **kept_place()), 303)


def _part_asked_for() -> dict[str, Any] | None:
    """The place in the list that a button leads to; None where nothing is looked for."""
    if FIND in request.form:
        return place(request.form.get("search", "").strip()[:LONGEST_KEPT], 1)
    turned = request.form.get(TURN, 0, type=int)
    return place(kept_search(), turned) if 1 <= turned <= LAST_PAGE else None


def _show_another(group_id: UUID, form: GroupNumbersForm, part: dict[str, Any]) -> ResponseReturnValue:
    """With what was ticked and typed; first of all the ticks are made fewer where they are too many to come along."""
    if form.numbers.data and not form.numbers.validate(form):
        return once_more(form, kept=form.chosen_so_far())
    return once_more(form, page=url_for("group_numbers.show", group_id=group_id, **part), kept=form.chosen_so_far())


def _set(
    reached: Reach,
    group: GroupView,
    form: GroupNumbersForm,
    change_id: UUID,
    seen: int,
    members: tuple[GroupMember, ...],
) -> ResponseReturnValue | None:
    """Let the group have these; the way elsewhere where it has not."""
    asked = SetGroup(
        reach=reached,
        group_id=group.group_id,
        change_id=change_id,
        seen=seen,
        rules=GroupRules(name=group.name, automatic=group.automatic, members=members),
    )
    try:
        here.settings().set_group(asked)
    except GroupRejected as rejected:
        form.tell(rejected, members, group.limits.numbers)
        return once_more(form, kept=form.kept())
    except SettingsMovedOn:
        flash(settings_words.MOVED_ON_WHILE_TYPING, "info")
        return once_more(form, kept=form.chosen_so_far())
    except GroupIsOn:
        return back_to(group.group_id, IS_ON)
    return None


def _numbers(search: str, page: int) -> NumbersInReach:
    query = NumbersQuery(
        session_key=sessions.present_key(), feature=FEATURE, search=search, page=page, per_page=PER_PAGE
    )
    return here.auth().numbers_in_reach(query)


def _groups_of(
    reached: Reach, group: GroupView, numbers: NumbersInReach
) -> tuple[dict[str, NumberInGroup], dict[str, list[NumberInGroup]]]:
    """(in this group, in others), by number."""
    query = GroupsOfNumbersQuery(reach=reached, numbers=tuple(one.number for one in numbers.numbers))
    here_in: dict[str, NumberInGroup] = {}
    elsewhere: dict[str, list[NumberInGroup]] = defaultdict(list)
    for entry in here.settings().groups_of_numbers(query).entries:
        if entry.group_id == group.group_id:
            here_in[entry.number] = entry
        else:
            elsewhere[entry.number].append(entry)
    return here_in, dict(elsewhere)
