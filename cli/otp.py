"""`./hikari otp reset NUMBER --reason TEXT`: for a subscriber who lost both mailbox and confirmation pair (OTP-15)."""

from __future__ import annotations

from cli.complaint import REFUSED, Complaint
from cli.operators import Conflict, Operators
from cli.text import printable


def reset(operators: Operators, number: str, reason: str) -> int:
    """Have choice and registration taken back, and tell what comes of it. Raises `Complaint` with what to correct."""
    try:
        answer = operators.post("/ops/api/otp/reset", {"number": number, "reason": reason})
    except Conflict as conflict:
        faults = "".join(f"\n  {place}: {advice}" for place, advice in conflict.details.get("faults") or [])
        raise Complaint(f"nothing was reset: {conflict}{faults}", REFUSED) from None
    shown = printable(str(answer.get("number", number)))
    if answer.get("reset"):
        print(
            f"{shown}: choice and registration are taken back. At the next login the holder chooses and registers anew."
        )
        print("A password that was locked by wrong one-time passwords needs a new temporary password besides.")
    else:
        print(f"{shown}: nothing was to take back. The holder is asked to choose at the next login.")
    return 0
