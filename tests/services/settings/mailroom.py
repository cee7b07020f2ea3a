"""The network's side of the fax inbox, and the subscriber's, in one sentence each."""

from __future__ import annotations

import hashlib
from uuid import UUID, uuid4

from chassis.parts import from_text, in_parts, to_text
from contracts.base import Secret
from contracts.phone import Feature
from contracts.settings.fax_inbox import (
    PART_BYTES,
    CompleteDocument,
    DeleteFax,
    DocumentKept,
    FaxEntry,
    FaxForm,
    FaxOutcome,
    FaxPartQuery,
    FaxQuery,
    InboxPage,
    InboxQuery,
    KeepDocumentPart,
    RestoreFax,
)
from contracts.settings.fax_notification import ChangeFaxNotification, FaxRules
from services.settings.fax_arrived import FaxArrived
from tests.services.settings.faxes import fax
from tests.services.settings.people import CONTRACT, Office

SENDER = "0312345678"
ONE_PAGE = fax(1)


class Mailroom:
    """Of one office; unless it is said, for its contract number."""

    def __init__(self, office: Office) -> None:
        self.office = office

    # --- the network -----------------------------------------------------------------------------------------

    def document(self, content: bytes = ONE_PAGE, document_id: UUID | None = None) -> DocumentKept:
        """Hand a document over in parts."""
        document = document_id or uuid4()
        parts = list(in_parts(content, PART_BYTES))
        for place, part in enumerate(parts):
            self.office.settings.fax_documents.keep_part(
                KeepDocumentPart(document_id=document, place=place, content=Secret(to_text(part)))
            )
        return self.complete(document, content, len(parts))

    def complete(self, document: UUID, content: bytes, parts: int = 1) -> DocumentKept:
        return self.office.settings.fax_documents.complete(
            CompleteDocument(
                document_id=document, parts=parts, size=len(content), digest=hashlib.sha256(content).hexdigest()
            )
        )

    def tell(
        self, document: UUID, *, number: str = CONTRACT, caller: str | None = SENDER, event_id: str | None = None
    ) -> FaxOutcome:
        """The event that follows the document."""
        now = self.office.settings.store.clock()
        arrived = FaxArrived(
            event_id=event_id or uuid4().hex, document_id=document, number=number, caller=caller, at=now
        )
        return self.office.settings.fax_arrivals.receive(arrived)

    def deliver(self, content: bytes = ONE_PAGE, *, number: str = CONTRACT, caller: str | None = SENDER) -> UUID:
        """A fax that ends in the inbox."""
        document = self.document(content).document_id
        assert self.tell(document, number=number, caller=caller) is not FaxOutcome.FULL
        return document

    # --- the subscriber --------------------------------------------------------------------------------------

    def set_rules(self, **rules: object) -> None:
        view = self.office.view(CONTRACT, Feature.FAX_NOTIFICATION)
        self.office.settings.fax_notifications.change(
            ChangeFaxNotification(
                reach=self.office.reach(), change_id=uuid4(), seen=view.version, rules=FaxRules.model_validate(rules)
            )
        )

    def inbox(self, *, number: str = CONTRACT, deleted: bool = False, page: int = 1, per_page: int = 20) -> InboxPage:
        query = InboxQuery(reach=self.office.reach(number), deleted=deleted, page=page, per_page=per_page)
        return self.office.settings.fax_inboxes.page(query)

    def open(self, fax_id: UUID, number: str = CONTRACT) -> FaxEntry:
        return self.office.settings.fax_inboxes.open(FaxQuery(reach=self.office.reach(number), fax_id=fax_id))

    def delete(self, fax_id: UUID, number: str = CONTRACT) -> None:
        self.office.settings.fax_inboxes.delete(DeleteFax(reach=self.office.reach(number), fax_id=fax_id))

    def restore(self, fax_id: UUID) -> None:
        self.office.settings.fax_inboxes.restore(RestoreFax(reach=self.office.reach(), fax_id=fax_id))

    def content(self, fax_id: UUID, form: FaxForm, page: int = 1, number: str = CONTRACT) -> bytes:
        """All parts, put together."""
        content, place, parts, size = b"", 0, 1, 0
        while place < parts:
            part = self.office.settings.fax_inboxes.part(
                FaxPartQuery(reach=self.office.reach(number), fax_id=fax_id, form=form, page=page, place=place)
            )
            content += from_text(part.content.reveal())
            place, parts, size = place + 1, part.parts, part.size
        assert len(content) == size
        return content
