"""一括転送機能: the groups of a line, set, started and stopped (FEAT-4). For whoever manages the whole line (LINE-2, LINE-4)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contracts.settings.bulk_forwarding import (
    GroupChange,
    GroupEntry,
    GroupIsOn,
    GroupLimits,
    GroupQuery,
    GroupRejected,
    GroupsQuery,
    GroupState,
    GroupView,
    NoSuchGroup,
    RemoveGroup,
    SetGroup,
    StartGroup,
    StopGroup,
)
from contracts.settings.common import NotContracted, Reach, SettingsMovedOn
from gateway import errors, group_words, here, settings_words
from gateway.forms import once_more, order_id, recall, version_seen
from gateway.group_form import GroupForm
from gateway.line_reach import FEATURE, line_reach, manages_line, numbers_with_groups, whole_line

blueprint = Blueprint("forwarding_groups", __name__, url_prefix="/services/bulk-forwarding")
LIST = "forwarding_groups.show"
GROUP = "forwarding_groups.group"
IS_ON = "転送しているグループは変更できません。停止してから操作してください。"


@blueprint.get("")
def show() -> ResponseReturnValue:
    """All groups; or, for a login that does not manage the whole line, who does."""
    reached = line_reach()
    if reached is None:
        return render_template(
            "pages/groups_elsewhere.html", feature=FEATURE, on=_groups_on(), STATES=group_words.STATES
        )
    found = here.settings().groups(GroupsQuery(reach=reached))
    return render_template("pages/groups.html", feature=FEATURE, found=found, STATES=group_words.STATES)


def _groups_on() -> list[GroupEntry]:
    """What a login that does not manage the whole line can stop all the same."""
    reached = line_reach(to_stop=True) if here.logged_in().number == here.logged_in().contract_number else None
    found = here.settings().groups(GroupsQuery(reach=reached)).groups if reached else ()
    return [one for one in found if one.state is not GroupState.STOPPED]


@blueprint.get("/groups/new")
def new() -> ResponseReturnValue:
    """An empty form."""
    reached = whole_line()
    limits = here.settings().groups(GroupsQuery(reach=reached)).limits
    form = GroupForm.showing(None)
    recall(form)
    return _form_page(form, limits)


@blueprint.post("/groups/new")
def create() -> ResponseReturnValue:
    """A new group. The same form sent twice makes one."""
    return _set(whole_line(), order_id("new group"), GroupForm())


@blueprint.get("/groups/<uuid:group_id>")
def group(group_id: UUID) -> str:
    """How it stands, number by number."""
    return render_template(
        "pages/group.html",
        feature=FEATURE,
        group=view_of(group_id, to_stop=True),
        manages_line=manages_line(),
        STATES=group_words.STATES,
        STARTED_BY=group_words.STARTED_BY,
        MEMBER_FAULTS=group_words.MEMBER_FAULTS,
        automatic=group_words.automatic,
    )


@blueprint.get("/groups/<uuid:group_id>/edit")
def edit(group_id: UUID) -> ResponseReturnValue:
    """The form with what is in force, or with what an entry of the history had made of it: saved, it is so again (FEAT-6)."""
    found, place = view_of(group_id), request.args.get("place", type=int)
    if found.state is not GroupState.STOPPED:
        return back_to(group_id, IS_ON)
    earlier = _as_of(group_id, place) if place else None
    form = GroupForm.showing(found, earlier.new if earlier else None)
    recall(form)
    return _form_page(form, found.limits, found, earlier)


@blueprint.post("/groups/<uuid:group_id>/edit")
def submit(group_id: UUID) -> ResponseReturnValue:
    """The whole of it."""
    return _set(whole_line(), group_id, GroupForm())


@blueprint.get("/groups/<uuid:group_id>/<any(start, stop, remove):order>")
def confirm(group_id: UUID, order: str) -> ResponseReturnValue:
    """What will happen, in figures."""
    found = view_of(group_id, to_stop=order == "stop")
    is_on = found.state is not GroupState.STOPPED
    if order == "remove" and is_on:
        return back_to(group_id, IS_ON)
    if is_on != (order == "stop") and order != "remove":
        return redirect(url_for(GROUP, group_id=group_id), 303)
    return render_template(
        "pages/group_order.html",
        feature=FEATURE,
        group=found,
        order=order,
        able=[one for one in found.members if one.fault is None],
        unable=[one for one in found.members if one.fault is not None],
        MEMBER_FAULTS=group_words.MEMBER_FAULTS,
    )


@blueprint.post("/groups/<uuid:group_id>/start")
def start(group_id: UUID) -> ResponseReturnValue:
    """Forward what can be, of the version that was shown."""
    reached, seen = whole_line(), version_shown()
    request = StartGroup(reach=reached, group_id=group_id, order_id=order_id("start", group_id, seen), seen=seen)
    try:
        here.settings().start_group(request)
    except SettingsMovedOn:
        flash(settings_words.MOVED_ON, "info")
        return redirect(url_for("forwarding_groups.confirm", group_id=group_id, order="start"), 303)
    except GroupRejected as rejected:
        return back_to(group_id, *(group_words.FAULTS[fault] for fault in rejected.details.faults))
    found = here.settings().group(GroupQuery(reach=reached, group_id=group_id))
    if found.state in {GroupState.RUNNING, GroupState.PARTLY_FAILED}:
        failed = found.numbers - found.forwarding
        also = f"{failed}件は転送できませんでした。理由は、電話番号の一覧に表示しています。" if failed else ""
        flash(f"転送を開始しました。{found.forwarding}件を転送しています。{also}", "success")
    return redirect(url_for(GROUP, group_id=group_id), 303)


@blueprint.post("/groups/<uuid:group_id>/stop")
def stop(group_id: UUID) -> ResponseReturnValue:
    """Back to what each number has of its own."""
    reached, seen = whole_line(to_stop=True), version_shown()
    forwarding = here.settings().group(GroupQuery(reach=reached, group_id=group_id)).forwarding
    here.settings().stop_group(StopGroup(reach=reached, group_id=group_id, order_id=order_id("stop", group_id, seen)))
    stopped = f"{forwarding}件の転送を停止しました。" if forwarding else "転送は停止しています。"
    flash(f"{stopped}各電話番号は、それぞれのボイスワープの設定に従います。", "success")
    return redirect(url_for(GROUP, group_id=group_id), 303)


@blueprint.post("/groups/<uuid:group_id>/remove")
def remove(group_id: UUID) -> ResponseReturnValue:
    """For good; numbers and their own settings stay."""
    try:
        here.settings().remove_group(RemoveGroup(reach=whole_line(), group_id=group_id, seen=version_shown()))
    except GroupIsOn:
        return back_to(group_id, IS_ON)
    except SettingsMovedOn:
        return back_to(group_id, settings_words.MOVED_ON)
    flash("グループを削除しました。電話番号ごとの設定は変わっていません。", "success")
    return redirect(url_for(LIST), 303)


@blueprint.get("/groups/<uuid:group_id>/history")
def history(group_id: UUID) -> str:
    """What was set, started and stopped, by whom."""
    query = GroupQuery(reach=whole_line(to_stop=True), group_id=group_id)
    return render_template(
        "pages/group_history.html",
        feature=FEATURE,
        group=here.settings().group(query),
        changes=_changes(query),
        manages_line=manages_line(),
        happened=group_words.happened,
    )


@blueprint.errorhandler(NoSuchGroup)
def gone(_error: NoSuchGroup) -> ResponseReturnValue:
    """Removed meanwhile, or never there."""
    flash("このグループは、もうありません。一覧から選び直してください。", "info")
    return redirect(url_for(LIST), 303)


@blueprint.errorhandler(NotContracted)
def not_contracted(_error: NotContracted) -> ResponseReturnValue:
    """No number of the line has it any more (MENU-3)."""
    return errors.page(404, errors.NOT_CONTRACTED)


# --- parts --------------------------------------------------------------------------------------------------------


def _form_page(
    form: GroupForm, limits: GroupLimits, group: GroupView | None = None, earlier: GroupChange | None = None
) -> str:
    return render_template(
        "pages/group_form.html",
        feature=FEATURE,
        form=form,
        group=group,
        limits=limits,
        earlier=earlier,
        eligible=numbers_with_groups(),
    )


def _set(reached: Reach, group_id: UUID, form: GroupForm) -> ResponseReturnValue:
    seen = version_seen(form.seen)
    if not form.validate() or seen is None:
        return _typed_once_more(form)
    rules = form.rules()
    change_id = order_id("set", group_id, seen, rules.model_dump_json())
    try:
        here.settings().set_group(
            SetGroup(reach=reached, group_id=group_id, change_id=change_id, seen=seen, rules=rules)
        )
    except GroupRejected as rejected:
        form.tell(rejected)
        return _typed_once_more(form)
    except SettingsMovedOn:
        return back_to(group_id, settings_words.MOVED_ON)
    except GroupIsOn:
        return back_to(group_id, IS_ON)
    flash(group_words.saved(rules), "success")
    return redirect(url_for(GROUP, group_id=group_id), 303)


def _typed_once_more(form: GroupForm) -> ResponseReturnValue:
    """The way back to the form with what was typed, and a word where the numbers were too many to come along."""
    seen, kept = version_seen(form.seen), form.kept()
    if form.members.data and "members" not in kept:
        flash(group_words.TOO_LONG_TO_SHOW, "info")
    return once_more(form, kept=kept | ({} if seen is None else {"seen": str(seen)}))


def _changes(query: GroupQuery) -> tuple[GroupChange, ...]:
    return here.settings().group_history(query).changes


def _as_of(group_id: UUID, place: int) -> GroupChange:
    found = _changes(GroupQuery(reach=whole_line(), group_id=group_id))
    return next((one for one in found if one.place == place and one.new is not None), None) or abort(404)


def back_to(group_id: UUID, *messages: str) -> ResponseReturnValue:
    """The way to the group's page, which says why."""
    for message in messages:
        flash(message, "info")
    return redirect(url_for(GROUP, group_id=group_id), 303)


def view_of(group_id: UUID, *, to_stop: bool = False) -> GroupView:
    """Raises `NoSuchGroup`."""
    return here.settings().group(GroupQuery(reach=whole_line(to_stop=to_stop), group_id=group_id))


def version_shown() -> int:
    """The version of the group that the page of the button had shown; 400 without it."""
    seen = version_seen(GroupForm().seen)
    return seen if seen is not None else abort(400)
