"""What was typed on one page and is confirmed on the next (OTP-2, OTP-10).

It waits in the browser's cookie, sealed: with a key of the gateway's that is another for each login, and for half an
hour. Nobody who reads the cookie, the address or the page learns the confirmation password from it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from uuid import UUID, uuid4

from cryptography.fernet import InvalidToken
from flask import request, session
from flask_wtf import FlaskForm

from gateway import sealing
from gateway.sealing import LASTS

REGISTRATION = "registration"
ADDRESS = "address"
DRAFT_ID = "draft"
"""The field by which a page of confirmation says which draft it shows."""
SIZE = 512
"""Characters to which the content is filled up, so that its length does not tell a password's."""
LONGEST_ADDRESS = 254
_SEALED = "draft"


@dataclass(frozen=True)
class Draft:
    """What would be registered. Not `whole`: only the address is kept, for the form to be filled in again."""

    kind: str
    address: str
    confirmation_id: str = field(default="", repr=False)
    confirmation_password: str = field(default="", repr=False)
    whole: bool = False
    draft_id: str = field(default_factory=lambda: uuid4().hex)

    @property
    def identity(self) -> UUID:
        """Under which it is registered: sent twice it is one registration."""
        return UUID(self.draft_id)


def keep(draft: Draft) -> None:
    """In place of any other."""
    content = json.dumps(asdict(draft), ensure_ascii=False).ljust(SIZE)
    session[_SEALED] = sealing.box(_SEALED).encrypt(content.encode()).decode()


def keep_address(kind: str, address: str) -> None:
    """Of a form with faults. What cannot be an address may be a password typed into the wrong field: not kept."""
    if "@" in address and len(address) <= LONGEST_ADDRESS:
        keep(Draft(kind, address))
    else:
        drop()


def whole(kind: str) -> Draft | None:
    """The draft of this kind that can be confirmed; None where there is none, or its time is over."""
    draft = _recall(kind)
    return draft if draft and draft.whole else None


def fill_in(form: FlaskForm, kind: str) -> None:
    """Put the address back; into both fields where they were found to be the same."""
    draft = _recall(kind)
    if draft:
        form["address"].data = draft.address
        form["address_again"].data = draft.address if draft.whole else ""


def is_shown(draft: Draft) -> bool:
    """Whether the page of confirmation that was sent showed this very draft, and not one of another tab's."""
    return request.form.get(DRAFT_ID) == draft.draft_id


def drop() -> None:
    """It was registered, or is not wanted."""
    session.pop(_SEALED, None)


def _recall(kind: str) -> Draft | None:
    try:
        content = sealing.box(_SEALED).decrypt(session.get(_SEALED, ""), ttl=LASTS)
    except InvalidToken:
        return None
    draft = Draft(**json.loads(content))
    return draft if draft.kind == kind else None
