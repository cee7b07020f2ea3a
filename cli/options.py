"""What all commands have in common: the options that say which site is meant, and how a command ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from cli.complaint import Complaint

Given = TypeVar("Given")


def written(value: Given) -> Given:
    """An empty text is most often a variable of the shell that is not set: it must not do as if there were no option."""
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and not text.strip():
            raise typer.BadParameter("it is empty. Give a value, or leave the option out.")
    return value


def within(least: int, most: int) -> Callable[[int], int]:
    """Both ends named whichever was passed."""

    def check(value: int) -> int:
        if not least <= value <= most:
            raise typer.BadParameter(f"it must be from {least} to {most}.")
        return value

    return check


Server = Annotated[
    str | None,
    typer.Option(
        "--server", metavar="URL", help="The running site (HIKARI_BASE_URL).", show_default=False, callback=written
    ),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="FOLDER", help="Data folder with secrets.env (HIKARI_DATA).", show_default=False),
]


@contextmanager
def complaining() -> Iterator[None]:
    """Turns a complaint into its text and exit code, and a closed pipe (`| head`) into silence."""
    try:
        yield
    except Complaint as complaint:
        print(f"hikari: {complaint}", file=sys.stderr)
        raise typer.Exit(complaint.exit_code) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        print("hikari: interrupted", file=sys.stderr)
        raise typer.Exit(130) from None


def finish(command: Callable[[], int]) -> None:
    """Run a command; its result is the exit code."""
    with complaining():
        code = command()
        sys.stdout.flush()
    raise typer.Exit(code)
