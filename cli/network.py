"""`./hikari network …`: what the telephone network tells and asks, by hand (FEAT-1..3, FEAT-5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from cli.complaint import REFUSED, USAGE, Complaint
from cli.operators import Conflict, Operators
from cli.text import printable


def tell(site: Operators, kind: str, told: Mapping[str, object], again: str | None) -> int:
    """Send one event and say under which id, so that the same can be sent once more."""
    event = {"specversion": "1.0", "id": again or str(uuid4()), "source": "hikari network", "type": kind, "time": now()}
    try:
        answer = site.post("/network/events", {**event, "data": told})
    except Conflict as conflict:
        faults = "; ".join(f"{place.rpartition('.')[2]}: {what}" for place, what in conflict.details.get("faults", ()))
        raise Complaint(f"the site did not take it: {printable(faults or str(conflict))}", REFUSED) from None
    print(
        f"{kind} {printable(str(answer['id']))}"
        + (" was taken before; nothing was done now" if answer["repeated"] else "")
    )
    remarks = answer.get("remarks") or ()
    if remarks:
        raise Complaint(f"the site took it, but {printable('; '.join(map(str, remarks)))}", REFUSED)
    return 0


def fax(site: Operators, file: Path, told: Mapping[str, object], again: str | None) -> int:
    """Hand over the document, then the event that names it; both under one id."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Complaint(f"{file} cannot be read: {error.strerror}", USAGE) from None
    event_id = again or str(uuid4())
    try:
        kept = site.send("/network/documents", content, "image/tiff", f"hikari-network-{event_id}")
    except Conflict as conflict:
        raise Complaint(f"the site did not take it: {printable(str(conflict))}", REFUSED) from None
    fault = kept["quarantined"]
    print(f"document {kept['document']}: " + (f"quarantined ({fault})" if fault else f"{kept['pages']} pages"))
    code = tell(site, "FaxReceived", {**told, "document": kept["document"]}, event_id)
    if fault:
        raise Complaint(
            f"{file} is not a document that can be shown ({printable(str(fault))}): the inbox tells that a fax came, and nothing "
            "of what is in it. A fax is a TIFF, like docs/examples/fax.tiff.",
            REFUSED,
        )
    return code


def now(**later: int) -> str:
    """The moment in ISO 8601, or that many hours from it."""
    return (datetime.now(UTC) + timedelta(**later)).isoformat(timespec="seconds")


def ask_route(site: Operators, asked: Mapping[str, object]) -> int:
    """Print what becomes of a call, in one line."""
    try:
        told = site.get("/network/route", {name: value for name, value in asked.items() if value is not None})
    except Conflict as conflict:
        raise Complaint(f"the site does not take this question: {printable(str(conflict))}", REFUSED) from None
    where = ""
    if told["action"] == "forward":
        after = told["after_seconds"]
        where = f" to {printable(str(told['target']))} {f'after {after} s of ringing' if after else 'at once'}"
    print(f"{printable(str(told['action']))}{where} ({printable(str(told['reason']))})")
    return 0
