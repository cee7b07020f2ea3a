"""What a command says when it cannot go on."""

from __future__ import annotations

REFUSED = 1
"""Something was checked or asked for, and the answer is no."""
USAGE = 2
UNREACHABLE = 3
NOT_ALLOWED = 4


class Complaint(Exception):
    """Ends the command with its text on standard error and this exit code; the text says what to do next."""

    def __init__(self, text: str, exit_code: int = REFUSED) -> None:
        super().__init__(text)
        self.exit_code = exit_code
