"""FAX受信箱 of one number: the list, a fax page by page, its files, deleting and bringing back (FEAT-2)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from contracts.phone import Feature
from contracts.settings.fax_inbox import (
    DeleteFax,
    FaxForm,
    FaxQuarantined,
    FaxQuery,
    InboxQuery,
    NoRoomForFax,
    NoSuchFax,
    RestoreFax,
)
from gateway import errors, fax_downloads, fax_words, here
from gateway.pages.paging import page_number
from gateway.reach import reach
from gateway.words import clock

FEATURE = Feature.FAX_NOTIFICATION
blueprint = Blueprint("fax_inbox", __name__, url_prefix="/services/fax-notification/<uuid:assignment_id>/faxes")


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {"fax_words": fax_words, "feature": FEATURE, "clock": clock}


@blueprint.get("")
def show(assignment_id: UUID) -> str:
    """The newest first."""
    return _list(assignment_id, deleted=False)


@blueprint.get("/deleted")
def deleted(assignment_id: UUID) -> str:
    """Those that can be brought back."""
    return _list(assignment_id, deleted=True)


def _list(assignment_id: UUID, *, deleted: bool) -> str:
    reached = reach(assignment_id, FEATURE)
    inbox = here.settings().faxes(InboxQuery(reach=reached, deleted=deleted, page=page_number()))
    return render_template(
        "pages/fax_inbox.html", inbox=inbox, deleted=deleted, number=reached.number, assignment_id=assignment_id
    )


@blueprint.get("/<uuid:fax_id>")
def fax(assignment_id: UUID, fax_id: UUID) -> str:
    """One fax, one page of it. Opening it marks it read."""
    reached = reach(assignment_id, FEATURE)
    found = here.settings().open_fax(FaxQuery(reach=reached, fax_id=fax_id))
    page = min(page_number(), max(1, found.pages))
    return render_template("pages/fax.html", fax=found, page=page, number=reached.number, assignment_id=assignment_id)


@blueprint.get("/<uuid:fax_id>/pages/<int:page>.png")
def preview(assignment_id: UUID, fax_id: UUID, page: int) -> Response:
    """One page as a picture."""
    reached = reach(assignment_id, FEATURE)
    if page < 1:
        raise NoSuchFax
    return fax_downloads.answer(reached, fax_id, FaxForm.PREVIEW, page=page)


@blueprint.get("/<uuid:fax_id>/document.<any(tiff, pdf):ending>")
def download(assignment_id: UUID, fax_id: UUID, ending: str) -> Response:
    """The whole of it, to be saved: as it was received, or as PDF."""
    reached = reach(assignment_id, FEATURE)
    found = here.settings().open_fax(FaxQuery(reach=reached, fax_id=fax_id))
    return fax_downloads.answer(reached, fax_id, FaxForm(ending), name=fax_words.file_name(found, ending))


@blueprint.post("/<uuid:fax_id>/delete")
def delete(assignment_id: UUID, fax_id: UUID) -> ResponseReturnValue:
    """It can be brought back for a day."""
    here.settings().delete_fax(DeleteFax(reach=reach(assignment_id, FEATURE), fax_id=fax_id))
    flash(fax_words.DELETED, "success")
    page = page_number()
    return redirect(url_for("fax_inbox.show", assignment_id=assignment_id, page=page if page > 1 else None), 303)


@blueprint.post("/<uuid:fax_id>/restore")
def restore(assignment_id: UUID, fax_id: UUID) -> ResponseReturnValue:
    """It is where it was."""
    try:
        here.settings().restore_fax(RestoreFax(reach=reach(assignment_id, FEATURE), fax_id=fax_id))
    except NoRoomForFax:
        flash(fax_words.FULL, "error")
        return redirect(url_for("fax_inbox.deleted", assignment_id=assignment_id), 303)
    flash(fax_words.RESTORED, "success")
    return redirect(url_for("fax_inbox.show", assignment_id=assignment_id), 303)


@blueprint.errorhandler(NoSuchFax)
def _gone(_error: NoSuchFax) -> ResponseReturnValue:
    """A list that was opened earlier may name faxes that are not there any more; pictures and files are just missing."""
    if request.endpoint in {"fax_inbox.preview", "fax_inbox.download"}:
        return errors.page(404)
    flash(fax_words.GONE, "info")
    return redirect(url_for("fax_inbox.show", assignment_id=(request.view_args or {})["assignment_id"]), 303)


@blueprint.errorhandler(FaxQuarantined)
def _quarantined(_error: FaxQuarantined) -> ResponseReturnValue:
    return errors.page(403, errors.Page("この文書は開けません", (fax_words.QUARANTINED,)))
