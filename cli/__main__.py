"""The way in. `run` goes straight to the composition root, everything else through typer."""

from __future__ import annotations

import sys


def main() -> None:
    # The site's process is patched for green threads before anything else is imported; so nothing is, on this way.
    if sys.argv[1:2] == ["run"]:
        from cli.run import start

        start(sys.argv[2:])
        return
    from cli.app import app

    app(prog_name="./hikari")


if __name__ == "__main__":
    main()
