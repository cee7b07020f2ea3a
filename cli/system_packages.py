"""What the tests need beside Python: a database server, a broker, a browser, a font for the screenshots."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.complaint import Complaint
from deploy.postgres_programs import PostgresMissing, find_binaries
from deploy.rabbitmq_programs import RabbitmqMissing, find_programs

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""The first that is there. Debian's shell is Chromium without windows, which nobody sees in a test and which cost two
thirds of the processor time of a page."""
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
JAPANESE_FONTS = ("*NotoSansCJK*", "*NotoSansJP*", "*ipag*", "*TakaoGothic*", "*Hiragino*")


@dataclass(frozen=True)
class SystemPackage:
    """Something from the system's packages. `purpose` is what misses it; `otherwise` its name where `name` is unknown."""

    name: str
    purpose: str
    is_there: Callable[[], bool]
    otherwise: str | None = None

    @property
    def known_name(self) -> str:
        """As this system calls it."""
        return self.otherwise if self.otherwise and not _apt_knows(self.name) else self.name


def _apt_knows(name: str) -> bool:
    if not shutil.which("apt-cache"):
        return True  # nobody can tell, and Debian's name is what one searches for
    return not _failure(["apt-cache", "show", name])


def _has_postgres() -> bool:
    try:
        find_binaries()
    except PostgresMissing:
        return False
    return True


def _has_rabbitmq() -> bool:
    try:
        find_programs()
    except RabbitmqMissing:
        return False
    return True


def find_browser() -> str | None:
    """Its path."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _has_browser() -> bool:
    return find_browser() is not None


def _has_font() -> bool:
    if sys.platform == "darwin":
        return True  # comes with Japanese fonts
    return any(next(folder.rglob(name), None) for folder in FONT_FOLDERS for name in JAPANESE_FONTS)


POSTGRES = SystemPackage("postgresql", "the tests on PostgreSQL", _has_postgres)
RABBITMQ = SystemPackage("rabbitmq-server", "the tests on RabbitMQ", _has_rabbitmq)
CHROMIUM = SystemPackage("chromium-headless-shell", "the tests in a browser", _has_browser, otherwise="chromium")
FONT = SystemPackage("fonts-noto-cjk", "readable screenshots", _has_font)


def ensure_system_packages(*, browser: bool) -> None:
    """Install what is missing where we are root and have apt; else raise `Complaint` with the command to type."""
    wanted = [POSTGRES, RABBITMQ, CHROMIUM, FONT] if browser else [POSTGRES, RABBITMQ]
    missing = [package for package in wanted if not package.is_there()]
    if not missing:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        listed = ", ".join(package.name for package in missing)
        print(f"hikari: installing {listed} (once) ...", file=sys.stderr, flush=True)
        _apt_install(missing)
        missing = [package for package in wanted if not package.is_there()]
    if missing:
        listed = "\n".join(f"  {package.known_name}: for {package.purpose}" for package in missing)
        raise Complaint(
            f"not installed:\n{listed}\n"
            f"Debian, Ubuntu:  sudo apt-get install {' '.join(package.known_name for package in missing)}\n"
            + ("Without the browser tests:  ./hikari test --fast" if browser else "")
        )


def _apt_install(packages: list[SystemPackage]) -> None:
    _failure(["apt-get", "update", "-qq"])  # an old list may do
    names = [package.known_name for package in packages]
    failure = _failure(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names])
    if failure:
        raise Complaint(f"apt-get could not install {', '.join(names)}:\n{failure[-2000:]}")


def _failure(command: list[str]) -> str | None:
    """What it said when it failed."""
    # RUNLEVEL=1: Debian would start a server of the system's own; only its binaries are wanted here.
    done = subprocess.run(
        command,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return (done.stdout.strip() or f"exit code {done.returncode}") if done.returncode else None
