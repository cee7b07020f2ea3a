"""The numbers of one group of 一括転送機能 by CSV: the file to start from, and the file that is taken (FEAT-4, BULK-4..8)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contracts.settings.bulk_forwarding import (
    GroupIsOn,
    GroupRejected,
    GroupRules,
    GroupState,
    NoSuchGroup,
    SetGroup,
)
from contracts.settings.common import NotContracted, SettingsMovedOn
from gateway import downloads, group_file, here, settings_words
from gateway.forms import once_more, order_id, recall
from gateway.group_file import GroupFileForm, Unreadable
from gateway.pages import forwarding_groups
from gateway.pages.forwarding_groups import FEATURE, GROUP, IS_ON, back_to, view_of, whole_line

blueprint = Blueprint(
    "group_files", __name__, url_prefix=f"{forwarding_groups.blueprint.url_prefix}/groups/<uuid:group_id>/file"
)
blueprint.register_error_handler(NoSuchGroup, forwarding_groups.gone)
blueprint.register_error_handler(NotContracted, forwarding_groups.not_contracted)


@blueprint.get("")
def show(group_id: UUID) -> ResponseReturnValue:
    """The form, and the downloads."""
    group = view_of(group_id)
    if group.state is not GroupState.STOPPED:
        return back_to(group_id, IS_ON)
    form = GroupFileForm()
    recall(form)
    return render_template("pages/group_file.html", feature=FEATURE, group=group, form=form)


@blueprint.get("/download/<any(csv, cp932, xlsx):form>")
def download(group_id: UUID, form: downloads.Form) -> ResponseReturnValue:
    """The numbers as they are, with their targets (BULK-5)."""
    rows = [(one.number, one.target) for one in view_of(group_id).members]
    return downloads.answer("forwarding-group", form, rows, group_file.HEADING)


@blueprint.post("")
def submit(group_id: UUID) -> ResponseReturnValue:
    """All rows of the file, or none (BULK-6)."""
    reached, group, form = whole_line(), view_of(group_id), GroupFileForm()
    if not form.validate():
        return once_more(form)
    try:
        rows = form.rows()
    except Unreadable as unreadable:
        form.file.errors = [str(unreadable)]
        return once_more(form)
    seen = request.form.get("seen", type=int) or 0
    rules = GroupRules(name=group.name, automatic=group.automatic, members=group_file.members(rows))
    change_id = order_id("file", group_id, seen, rules.model_dump_json())
    try:
        here.settings().set_group(
            SetGroup(reach=reached, group_id=group_id, change_id=change_id, seen=seen, rules=rules)
        )
    except GroupRejected as rejected:
        form.tell(rejected, rows)
        return once_more(form)
    except SettingsMovedOn:
        return back_to(group_id, settings_words.MOVED_ON)
    except GroupIsOn:
        return back_to(group_id, IS_ON)
    flash(f"ファイルの{len(rows)}件に置き換えました。転送は「開始する」を押すまで始まりません。", "success")
    return redirect(url_for(GROUP, group_id=group_id), 303)
