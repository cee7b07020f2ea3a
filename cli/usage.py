"""What is wrong with an option, in words of our own; the library that reads them speaks of its types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from pydantic import ValidationError


class Commands(TyperGroup):
    """All commands, down to those of commands: what one of them is given is read within `invoke`."""

    def invoke(self, ctx: Any) -> Any:
        """Exit code 2, as with any other wrong usage."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as wrong:
            from pydantic import ValidationError

            if isinstance(wrong.__cause__, ValidationError):
                wrong.message = _expected(wrong.__cause__)
            raise


def _expected(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    found: Any = fault.get("ctx", {})
    match fault["type"]:
        case "greater_than_equal":
            return f"it must be {found['ge']} or more."
        case "less_than_equal":
            return f"it must be {found['le']} or less."
        case "int_parsing":
            return f"{fault['input']!r} is no whole number."
        case _:
            return fault["msg"].removeprefix("Value error, ")
