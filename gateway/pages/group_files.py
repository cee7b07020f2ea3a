"""The numbers of one group of 一括転送機能 and their targets by CSV: a file like the other kinds (FEAT-4, BULK-4..10)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, g, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden

from contracts.base import Unavailable
from contracts.bulk.kinds import BulkKind
from contracts.settings.bulk_forwarding import GroupState, GroupView, NoSuchGroup
from contracts.settings.common import NotContracted
from gateway import downloads
from gateway.bulk_files import Aim
from gateway.line_reach import FEATURE
from gateway.pages import forwarding_groups
from gateway.pages.bulk import BulkPages, Screen
from gateway.pages.forwarding_groups import GROUP, IS_ON, back_to, version_shown, view_of
from gateway.words import FEATURES

blueprint = Blueprint(
    "group_files", __name__, url_prefix=f"{forwarding_groups.blueprint.url_prefix}/groups/<uuid:group_id>/file"
)
blueprint.register_error_handler(NoSuchGroup, forwarding_groups.gone)
blueprint.register_error_handler(NotContracted, forwarding_groups.not_contracted)


@blueprint.url_value_preprocessor
def _take_group(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.bulk_group_id = (values or {}).pop("group_id", None)


@blueprint.url_defaults
def _give_group(_endpoint: str, values: dict[str, Any]) -> None:
    values.setdefault("group_id", g.get("bulk_group_id"))


def _group() -> GroupView:
    """Raises `NoSuchGroup`; 403 and 404 as on the group's own page."""
    if "bulk_group" not in g:
        g.bulk_group = view_of(g.bulk_group_id)
    found: GroupView = g.bulk_group
    return found


def _elsewhere() -> ResponseReturnValue | None:
    """A group that is on is not changed."""
    group = _group()
    return None if group.state is GroupState.STOPPED else back_to(group.group_id, IS_ON)


class GroupFilePages(BulkPages):
    """The group is in the address, and the version of it that was shown in the form."""

    def _aim(self) -> Aim:
        return Aim(group_id=g.bulk_group_id)

    def _seen(self) -> int:
        return version_shown()

    def _shown(self) -> dict[str, Any]:
        """What came of a file is shown also where the group is gone or for others by now, or settings out of reach."""
        shown = super()._shown() | {"eyebrow": FEATURES[FEATURE]}
        with suppress(NoSuchGroup, NotContracted, Forbidden, Unavailable):
            group = _group()
            shown |= {
                "eyebrow": f"{FEATURES[FEATURE]}｜{group.name}",
                "back": url_for(GROUP, group_id=group.group_id),
                "most_rows": group.limits.numbers,
                "seen": group.version,
            }
        return shown

    def submit(self) -> ResponseReturnValue:
        return _elsewhere() or super().submit()

    def download(self, form: downloads.Form) -> ResponseReturnValue:
        _group()
        return super().download(form)


SCREEN = Screen(
    kind=BulkKind.FORWARDING,
    title="CSVファイルで入力",
    help_topic="bulk-forwarding",
    lead="このグループの電話番号と転送先を、CSVファイルの内容に置き換えます。ファイルにない電話番号は、グループから外れます。",
    format_notes=(
        "1行に1つの電話番号を書き、電話番号と転送先をコンマ（,）で区切ります。例：03XXXXXXXX,0612345678",
        "電話番号は、この回線で一括転送機能をご契約のものです。転送先は、市外局番から入力してください。",
        "転送していないグループだけを変更できます。",
    ),
    done="このグループの電話番号と転送先を置き換えました。転送は「開始する」を押すまで始まりません。",
    counted="対象の電話番号",
    left="",
    cautions=("転送は、グループの画面で「開始する」を押すまで始まりません。",),
    entrance=_elsewhere,
    download_note="このグループの電話番号と転送先が入ったファイルです。グループに電話番号がないときは、一括転送機能をご契約のすべての電話番号が入っています。",
)
GroupFilePages(SCREEN, blueprint)
