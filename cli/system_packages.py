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
    """Something from the system's packages. `purpose` is what misses it."""

    name: str
    purpose: str
    is_there: Callable[[], bool]


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
CHROMIUM = SystemPackage("chromium-headless-shell", "the tests in a browser", _has_browser)
FONT = SystemPackage("fonts-noto-cjk", "readable screenshots", _has_font)


def ensure_system_packages(*, browser: bool) -> None:
    """Install what is missing where we are root and have apt; else raise `Complaint` with the command to type."""
    wanted = [POSTGRES, RABBITMQ, CHROMIUM, FONT] if browser else [POSTGRES, RABBITMQ]
    missing = [package for package in wanted if not package.is_there()]
    if not missing:
        return
    names = [package.name for package in missing]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"hikari: installing {', '.join(names)} (once) ...", file=sys.stderr, flush=True)
        _apt_install(names)
        missing = [package for package in wanted if not package.is_there()]
    if missing:
        listed = "\n".join(f"  {package.name}: for {package.purpose}" for package in missing)
        raise Complaint(
            f"not installed:\n{listed}\n"
            f"Debian:  sudo apt-get install {' '.join(package.name for package in missing)}\n"
            + ("Without the browser tests:  ./hikari test --fast" if browser else "")
        )


def _apt_install(names: list[str]) -> None:
    # RUNLEVEL=1: Debian would start a server of the system's own; only its binaries are wanted here.
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names]
    for command in (["apt-get", "update", "-qq"], install):
        done = subprocess.run(
            command,
            env=quiet,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    if done.returncode:
        raise Complaint(f"apt-get could not install {', '.join(names)}:\n{done.stdout.strip()[-2000:]}")
