"""`./hikari run`: the whole site in this process.

Only argparse and os are imported before the composition root, which patches the standard library for green threads.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

DESCRIPTION = """\
Start everything in one process: all services, the site, a mail catcher and a telephone, on SQLite.
Prints "ready: http://..." when it is. Ctrl-C stops it; the data folder keeps what happened."""

EPILOG = """\
Every setting is a variable HIKARI_*, also read from a file .env; these options win over them."""

HIGHEST_PORT = 65535


def parser() -> argparse.ArgumentParser:
    """The options of `run`; the same text for `run --help`."""
    made = argparse.ArgumentParser(
        prog="./hikari run",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--port", type=_port, help="where the site listens (HIKARI_PORT; 8080)")
    made.add_argument("--data", type=Path, help="the folder for everything kept (HIKARI_DATA; .hikari where you stand)")
    return made


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number up to {HIGHEST_PORT}, not {text!r}")
    return int(text)


def start(arguments: list[str]) -> None:
    """Does not return before the site is stopped."""
    given = parser().parse_args(arguments)
    if given.port is not None:
        os.environ["HIKARI_PORT"] = str(given.port)
    if given.data is not None:
        os.environ["HIKARI_DATA"] = str(given.data.expanduser().resolve())

    from deploy.embedded import main

    main()
