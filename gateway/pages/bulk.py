"""What the pages of every kind of file have in common: send, wait, look, confirm, result (19, 23, 29; BULK-1..9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from contracts.auth.logins import NoSession, Stage
from contracts.bulk.api import (
    AnotherJobRuns,
    Confirm,
    CorrectionsUnconfirmed,
    FaultsQuery,
    KindQuery,
    NoSuchUpload,
    NotReady,
    UploadId,
    UploadQuery,
    UploadView,
)
from contracts.bulk.faults import RowFault
from contracts.bulk.kinds import MOST_ROWS, BulkKind, UploadState
from gateway import bulk_changes, bulk_files, bulk_progress, bulk_words, downloads, guard, here, sessions
from gateway.bulk_files import Aim, ConfirmForm, FileForm
from gateway.forms import once_more, recall
from gateway.guard import open_to_all
from gateway.pages.paging import page_number

PAGES = {
    UploadState.CHECKING: "under_way",
    UploadState.WORKING: "under_way",
    UploadState.REJECTED: "rejected",
    UploadState.READY: "ready",
    UploadState.COMPLETED: "result",
    UploadState.FAILED: "result",
    UploadState.WITHDRAWN: "withdrawn",
}

CHANGED_NOTHING = "いまの設定と同じ内容のため、何も変わりませんでした。"
"""What is said of a completed job that had nothing to do."""


@dataclass(frozen=True)
class Screen:
    """One kind of file, and the words of its pages."""

    kind: BulkKind
    title: str
    help_topic: str
    lead: str
    """What the file is for."""
    format_notes: tuple[str, ...]
    done: str
    """What is true when the job is completed."""
    counted: str
    """What the numbers of the difference are called, all together."""
    left: str
    """And those that could be in the file and are not; nothing where they are among the others."""
    cautions: tuple[str, ...]
    """What to know before one confirms."""
    entrance: Callable[[], ResponseReturnValue | None]
    """Gives the way elsewhere where this page is not for this person."""
    download_note: str = "電話番号が入ったファイルです。パスワードは入っていません。"
    """What is in the download."""


class BulkPages:
    """The views of one screen, to be put into its blueprint."""

    def __init__(self, screen: Screen, blueprint: Blueprint) -> None:
        self.screen = screen
        self._name = blueprint.name
        blueprint.get("")(self.show)
        blueprint.post("")(self.submit)
        blueprint.get("/download/<any(csv, cp932, xlsx):form>")(self.download)
        blueprint.get("/<uuid:upload_id>")(self._upload_view())
        blueprint.get("/<uuid:upload_id>/faults.csv")(self.faults)
        blueprint.get("/<uuid:upload_id>/progress")(self._open("progress"))
        blueprint.post("/<uuid:upload_id>/confirm")(self.confirm)
        blueprint.post("/<uuid:upload_id>/withdraw")(self.withdraw)

    def _upload_view(self) -> Any:
        """Where a job may end the login that sent it, its page is open to whoever has lost it."""
        return self.upload

    def _aim(self) -> Aim:
        """What the page's files are for, where there are several such pages."""
        return Aim()

    def _seen(self) -> int:
        """The version of what the page showed that is to be changed, where it has one."""
        return 0

    def _shown(self) -> dict[str, Any]:
        """What the pages of some kind show besides."""
        return {"eyebrow": "", "back": "", "most_rows": MOST_ROWS}

    def _done(self, _view: UploadView) -> list[str]:
        """What is said of a completed job."""
        return [self.screen.done]

    def _open(self, name: str) -> Any:
        """A view that sees to it itself whom it answers: a bound method cannot carry the mark."""
        view = getattr(self, name)

        def opened(upload_id: UUID) -> ResponseReturnValue:
            return view(upload_id)  # type: ignore[no-any-return]

        opened.__name__ = name
        return open_to_all(opened)

    # --- the page of the guide -------------------------------------------------------------------------------

    def show(self) -> ResponseReturnValue:
        """The file, the download, and what one may come back to."""
        not_here = self.screen.entrance()
        if not_here is not None:
            return not_here
        bulk_files.let_send()
        form = FileForm()
        recall(form)
        query = KindQuery(session_key=sessions.present_key(), kind=self.screen.kind, group_id=self._aim().group_id)
        found = here.bulk().uploads(query)
        mine = [one for one in found.uploads if self._is_here(one)]
        elsewhere = {one.kind for one in found.would_end if one.kind is not self.screen.kind or not self._is_here(one)}
        ended = [words for kind, words in bulk_words.KINDS.items() if kind in elsewhere]
        return self._page("file", form=form, known=mine[:5], ended=ended)

    def submit(self) -> ResponseReturnValue:
        """Hand the file over; what is wrong with it is told on its own page."""
        form = FileForm()
        if not form.validate():
            return once_more(form)
        here.count_guess(here.logged_in().number)  # the check of a file may guess at passwords, and costs hashes
        upload_id = bulk_files.send(form, self.screen.kind, self._aim(), self._seen())
        return redirect(self._url("upload", upload_id=upload_id), 303)

    def download(self, form: downloads.Form) -> ResponseReturnValue:
        """The file to start from (BULK-5)."""
        aim = self._aim()
        query = KindQuery(session_key=sessions.present_key(), kind=self.screen.kind, group_id=aim.group_id)
        found = here.bulk().download(query)
        name = f"{bulk_words.FILE_NAMES[self.screen.kind]}-bulk"
        heading = [bulk_words.COLUMNS[column] for column in found.columns]
        return downloads.answer(name, form, [row.cells for row in found.rows], heading)

    # --- a file ----------------------------------------------------------------------------------------------

    def upload(self, upload_id: UUID) -> ResponseReturnValue:
        """How it stands, whenever one comes back to it."""
        try:
            view = self._view(upload_id)
        except NoSuchUpload:
            return self._gone()
        self._before_showing(view)
        form = ConfirmForm()
        recall(form)
        changes_nothing = bulk_changes.is_nothing(view)
        return self._page(
            PAGES[view.state],
            view=view,
            faults=list(self._told(view.faults)),
            corrections=[bulk_words.corrected(one) for one in view.corrections],
            done=[CHANGED_NOTHING] if changes_nothing else self._done(view),
            counted=self._counted(view),
            changes_nothing=changes_nothing,
            changes=[(one.number, bulk_changes.said(one)) for one in view.changes],
            form=form,
        )

    def _before_showing(self, view: UploadView) -> None:
        """What the frame of the page says has to agree with the file's state."""

    def faults(self, upload_id: UUID) -> ResponseReturnValue:
        """All faults as a file (BULK-6)."""
        try:
            rows = [("行", "列", "値", "内容"), *self._told(self._all_faults(upload_id))]
        except NoSuchUpload:
            abort(404)
        return downloads.answer(f"{bulk_words.FILE_NAMES[self.screen.kind]}-faults", "csv", rows)

    def progress(self, upload_id: UUID) -> ResponseReturnValue:
        """For the page's script. That it asks is no activity (LOGIN-8)."""
        token = sessions.present_token()
        try:
            if token is None or guard.look_up(token, activity=False).stage is not Stage.COMPLETE:
                abort(404)
        except NoSession:
            abort(404)
        own = UploadQuery(session_key=sessions.present_key(), upload_id=upload_id)
        return bulk_progress.stream(here.bulk(), own)

    def confirm(self, upload_id: UUID) -> ResponseReturnValue:
        """From here on it goes on by itself."""
        self._before_confirming(upload_id)
        form = ConfirmForm()
        confirmed = Confirm(
            session_key=sessions.present_key(), upload_id=upload_id, corrected=bool(form.corrected.data)
        )
        try:
            here.bulk().confirm(confirmed)
        except NoSuchUpload:
            return self._gone()
        except CorrectionsUnconfirmed:
            form.corrected.errors = ["先頭の0を補うことを確かめて、チェックを入れてください。"]
            return once_more(form, page=self._url("upload", upload_id=upload_id))
        except AnotherJobRuns:
            flash("この回線の別の一括設定を実行しています。終わってから、もう一度お試しください。", "error")
        except NotReady:
            flash("このファイルは、もう設定できません。ファイルを選び直してください。", "error")
        return redirect(self._url("upload", upload_id=upload_id), 303)

    def _before_confirming(self, upload_id: UUID) -> None:
        """What has to be kept for the page of the result."""

    def withdraw(self, upload_id: UUID) -> ResponseReturnValue:
        """Give it up; nothing is changed."""
        try:
            here.bulk().withdraw(UploadId(session_key=sessions.present_key(), upload_id=upload_id))
        except NoSuchUpload:
            return self._gone()
        flash("一括設定を中止しました。設定は変わっていません。", "info")
        return redirect(self._url("show"), 303)

    # --- within ----------------------------------------------------------------------------------------------

    def _view(self, upload_id: UUID) -> UploadView:
        view = here.bulk().upload(
            UploadQuery(session_key=sessions.present_key(), upload_id=upload_id, page=page_number())
        )
        if view.kind is not self.screen.kind or not self._is_here(view):
            raise NoSuchUpload  # under another's address it would be shown in another's words
        return view

    def _is_here(self, view: UploadView) -> bool:
        return Aim(view.to_unit, view.group_id) == self._aim()

    def _all_faults(self, upload_id: UUID) -> Iterator[RowFault]:
        piece, pieces = 0, 1
        while piece < pieces:
            query = FaultsQuery(session_key=sessions.present_key(), upload_id=upload_id, piece=piece)
            found = here.bulk().all_faults(query)
            yield from found.faults
            piece, pieces = piece + 1, found.pieces

    def _told(self, faults: Any) -> Iterator[tuple[str, str, str, str]]:
        for fault in faults:
            row = str(fault.row) if fault.row else "ファイル全体"
            words = bulk_words.sentence(fault, self.screen.kind)
            yield row, bulk_words.column(fault), bulk_words.value(fault), words

    def _counted(self, view: UploadView) -> list[tuple[str, int]]:
        """The difference in figures, all that is not nothing."""
        sorts = [(bulk_changes.COUNTED[one.sort], one.numbers) for one in view.counts]
        left = [(self.screen.left, view.untouched)] if self.screen.left else []
        return [(self.screen.counted, view.change_count), *sorts, *left]

    def _gone(self) -> ResponseReturnValue:
        flash("そのファイルは見つかりません。ファイルを選び直してください。", "info")
        return redirect(self._url("show"), 303)

    def _url(self, view: str, **values: Any) -> str:
        return url_for(f"{self._name}.{view}", **values)

    def _page(self, template: str, **shown: Any) -> str:
        shown |= {"screen": self.screen, "here": self._name, "to": self._aim().to_unit, "seen": None, **self._shown()}
        return render_template(f"pages/bulk_{template}.html", **shown)
