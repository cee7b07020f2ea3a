"""認証単位変更 一括設定 (23): the passwords of all numbers by CSV, to leave 電話番号単位 (BULK-2, UNIT-8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, g, redirect, session, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.logins import NoSession, Stage
from contracts.auth.units import UnitChangeQuery
from contracts.base import Refusal
from contracts.bulk.api import ProgressQuery, UploadView
from contracts.bulk.kinds import BulkKind, UploadState
from contracts.phone import AuthUnit
from gateway import frame, guard, here, sessions, unit_words
from gateway.bulk_files import Aim
from gateway.guard import open_after_the_login
from gateway.pages.bulk import BulkPages, Screen

blueprint = Blueprint("unit_bulk", __name__, url_prefix="/unit/<slug>/bulk")
_BY_SLUG = {slug: unit for unit, slug in unit_words.SLUGS.items() if unit is not AuthUnit.NUMBER}
CONFIRMED = "unit_changed_by_file"
"""In the signed cookie: which file this browser has confirmed, and for whom. Its job may end its own login (UNIT-3)."""


@blueprint.url_value_preprocessor
def _take_slug(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.bulk_slug = (values or {}).pop("slug", "")


@blueprint.url_defaults
def _give_slug(_endpoint: str, values: dict[str, Any]) -> None:
    values.setdefault("slug", g.get("bulk_slug", ""))


def _elsewhere() -> ResponseReturnValue | None:
    """Only from 電話番号単位, and only where there are so many numbers; else the way by form is the way."""
    person = here.logged_in()
    if frame.unit_is_out_of_reach(person):
        abort(403)
    if g.bulk_slug not in _BY_SLUG:
        abort(404)
    asked = here.auth().unit_change_form(UnitChangeQuery(session_key=sessions.present_key(), most_numbers=0))
    if not asked.each_number or not asked.large_line:
        return redirect(url_for("unit.change", slug=g.bulk_slug), 303)
    return None


class UnitBulkPages(BulkPages):
    """The unit is in the address."""

    def _aim(self) -> Aim:
        return Aim(to_unit=_BY_SLUG.get(g.bulk_slug) or abort(404))

    def _upload_view(self) -> Any:
        def upload(upload_id: UUID) -> ResponseReturnValue:
            person = here.visitor()
            if person is None:
                return _told_to_whom_it_logged_out(upload_id)
            if person.stage is not Stage.COMPLETE:
                return redirect(guard.home(person.stage), 303)
            try:
                return self.upload(upload_id)
            except NoSession:
                return _told_to_whom_it_logged_out(upload_id)

        return open_after_the_login(upload)

    def _before_showing(self, view: UploadView) -> None:
        """Put in force after this request asked who is there, it would be shown beside the former unit. Raises `NoSession`."""
        token = sessions.present_token()
        if token and view.state is UploadState.COMPLETED and here.logged_in().unit is not view.to_unit:
            g.visitor = guard.look_up(token, activity=False)

    def _before_confirming(self, upload_id: UUID) -> None:
        person = here.logged_in()
        session[CONFIRMED] = {
            "upload": upload_id.hex,
            "number": person.number,
            "contract": person.contract_number,
        }

    def _done(self, view: UploadView) -> list[str]:
        person = here.logged_in()
        assert view.to_unit is not None
        return unit_words.sentences(
            AuthUnit.NUMBER, view.to_unit, number=person.number, contract_number=person.contract_number
        )


def _told_to_whom_it_logged_out(upload_id: UUID) -> ResponseReturnValue:
    """The completion page for an additional number that gave the line to the contract number (UNIT-3)."""
    kept = session.get(CONFIRMED)
    if not kept or kept["upload"] != upload_id.hex or _state(upload_id) is not UploadState.COMPLETED:
        return guard.session_over(None)
    del session[CONFIRMED]
    said = unit_words.sentences(
        AuthUnit.NUMBER, _BY_SLUG[g.bulk_slug], number=kept["number"], contract_number=kept["contract"]
    )
    for sentence in (*said, "追加番号ではログインできなくなったため、ログアウトしました。"):
        flash(sentence, "success")
    response = redirect(url_for("unit.done"), 303)
    sessions.forget(response)
    return response


def _state(upload_id: UUID) -> UploadState | None:
    try:
        return here.bulk().progress(ProgressQuery(upload_id=upload_id)).state
    except Refusal:
        return None


SCREEN = Screen(
    kind=BulkKind.UNIT,
    title="認証単位変更 一括設定",
    help_topic="unit-bulk",
    lead="この回線のすべての電話番号のパスワードを、CSVファイルでまとめて入力します。",
    format_notes=(
        "1行に1つの電話番号を書き、電話番号と現在のパスワードをコンマ（,）で区切ります。例：03XXXXXXXX,いまのパスワード",
        "ダウンロードしたファイルで*の付いた電話番号は、パスワードが要りません。*のままにするか、行を削除してください。",
        "パスワードの間違いは、その電話番号のログインの間違いとして数えられます。",
    ),
    done="認証単位を変更しました。",
    counted="この回線の電話番号",
    left="",
    cautions=(),
    entrance=_elsewhere,
)
UnitBulkPages(SCREEN, blueprint)
