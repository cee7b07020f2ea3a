"""変更の履歴 of one feature of one number: what was changed when and by whom, and the way back (FEAT-6)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contracts.phone import Feature
from contracts.settings.api import RestoreSettings, SettingsHistoryQuery, SettingsQuery
from contracts.settings.common import Reach, SettingsMovedOn, SettingsRejected
from contracts.settings.restoring import brought_back
from gateway import here, settings_words
from gateway.earlier_settings import as_of
from gateway.forms import order_id
from gateway.pages import paging
from gateway.pages.feature import BY_SLUG, settings_page
from gateway.reach import reach

blueprint = Blueprint("settings_history", __name__, url_prefix="/services/<name>/<uuid:assignment_id>/history")
MOST_VERSION = 10**9
SEEN = "seen"
"""The form says which version was in force when it was shown."""


@blueprint.get("")
def show(name: str, assignment_id: UUID) -> str:
    """The newest first."""
    feature, reached = _asked(name, assignment_id)
    query = SettingsHistoryQuery(reach=reached, feature=feature, before=paging.before())
    history = here.settings().settings_history(query)
    return render_template(
        "pages/settings_history.html",
        feature=feature,
        number=reached.number,
        history=history,
        changed=settings_words.changed,
        page=settings_page(feature),
        place={"name": name, "assignment_id": assignment_id},
    )


@blueprint.get(f"/<int(max={MOST_VERSION}):version>")
def confirm(name: str, assignment_id: UUID, version: int) -> ResponseReturnValue:
    """What going back would change of the settings in force."""
    feature, reached = _asked(name, assignment_id)
    present = here.settings().settings(SettingsQuery(reach=reached, feature=feature))
    earlier = as_of(reached, feature, version) or abort(404)
    differences = settings_words.differences(present.settings, brought_back(earlier, present.settings))
    if not differences:
        flash("その状態は、いまの設定と同じです。", "info")
        return redirect(url_for("settings_history.show", name=name, assignment_id=assignment_id), 303)
    return render_template(
        "pages/settings_restore.html",
        feature=feature,
        number=reached.number,
        differences=differences,
        seen=present.version,
        SEEN=SEEN,
        place={"name": name, "assignment_id": assignment_id},
        version=version,
    )


@blueprint.post(f"/<int(max={MOST_VERSION}):version>")
def restore(name: str, assignment_id: UUID, version: int) -> ResponseReturnValue:
    """Go back. What was set in between stays in the history."""
    feature, reached = _asked(name, assignment_id)
    seen = request.form.get(SEEN, type=int)
    if seen is None:
        abort(400)
    back = url_for("settings_history.show", name=name, assignment_id=assignment_id)
    try:
        here.settings().restore_settings(
            RestoreSettings(
                reach=reached,
                feature=feature,
                change_id=order_id("restore", assignment_id, version, seen),
                seen=seen,
                version=version,
            )
        )
    except SettingsMovedOn:
        flash(settings_words.MOVED_ON, "info")
    except SettingsRejected as rejected:
        for reason in settings_words.refusals(rejected):
            flash(f"この状態には戻せません。{reason}", "error")
    else:
        flash("設定を元の状態に戻しました。", "success")
        page = settings_page(feature)
        return redirect(url_for(page, assignment_id=assignment_id) if page else back, 303)
    return redirect(back, 303)


def _asked(name: str, assignment_id: UUID) -> tuple[Feature, Reach]:
    feature = BY_SLUG.get(name) or abort(404)
    if settings_page(feature) is None:
        abort(404)
    return feature, reach(assignment_id, feature)
