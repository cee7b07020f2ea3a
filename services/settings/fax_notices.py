"""Telling a fax by mail: that it came, or that there was no room for it; never what is in it (FEAT-2)."""

from __future__ import annotations

from chassis.recorders import Write
from contracts.settings.fax_inbox import FaxOutcome
from contracts.settings.fax_notification import FaxNotification
from services.settings.fax_arrived import FaxArrived
from services.settings.fax_letters import FAX, FAX_REFUSED
from services.settings.fax_parts import Document
from services.settings.notices import Notices
from services.settings.store import Held

INBOX_PATH = "/services/fax-notification/{assignment_id}/faxes"
"""Of the site. It leads to nothing without a login."""


class FaxNotices:
    """Of all numbers."""

    def __init__(self, notices: Notices, base_url: str) -> None:
        self._notices = notices
        self._base_url = base_url

    def of_fax(
        self, held: Held, rules: FaxNotification, fax: FaxArrived, document: Document, outcome: FaxOutcome
    ) -> list[Write]:
        """One mail to each address, to be saved with what became of the fax."""
        told = {
            "number": held.number,
            "at": fax.at.isoformat(),
            "pages": str(document.pages),
            "link": self._base_url + INBOX_PATH.format(assignment_id=held.assignment_id),
            **({"fault": document.fault.value} if document.fault else {}),
            **({"caller": fax.caller} if fax.caller else {}),
        }
        return [
            self._notices.notice(
                held.assignment_id,
                FAX_REFUSED if outcome is FaxOutcome.FULL else FAX,
                f"fax {fax.document_id.hex} {one.address_id.hex}",
                address=one.address.reveal(),
                content=told,
            )
            for one in rules.addresses
        ]
