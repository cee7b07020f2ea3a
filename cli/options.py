"""What all commands have in common: the options that say which site is meant, and how a command ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli.complaint import Complaint

Server = Annotated[
    str | None, typer.Option("--server", metavar="URL", help="The running site (HIKARI_BASE_URL).", show_default=False)
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
