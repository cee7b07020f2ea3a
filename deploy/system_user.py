"""Whom a private server runs as, where we are root and the server refuses to be."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

STATE_FOLDER = Path("/var/lib/hikari")


@dataclass(frozen=True)
class Account:
    """The user to change to. All None where the present user will do."""

    uid: int | None = None
    gid: int = -1

    @property
    def group(self) -> int | None:
        return None if self.uid is None else self.gid

    @property
    def extra_groups(self) -> list[int] | None:
        """None leaves root's groups alone, an empty list drops them."""
        return None if self.uid is None else []


def account(preferred: str = "postgres") -> Account:
    """As root: the preferred user where it exists, else `nobody`. Otherwise whoever we are."""
    if os.geteuid() != 0:
        return Account()
    known = {user.pw_name: user for user in pwd.getpwall()}
    chosen = known.get(preferred) or known["nobody"]
    return Account(chosen.pw_uid, chosen.pw_gid)


def reachable_folder(wanted: Path, who: Account) -> Path:
    """`wanted`, or a folder of the system's where `who` may not pass all the folders above it (a 0700 home)."""
    if who.uid is None or all(_may_enter(parent, who) for parent in wanted.resolve().parents if parent.exists()):
        return wanted
    return STATE_FOLDER / wanted.resolve().as_posix().strip("/").replace("/", "-")


def _may_enter(folder: Path, who: Account) -> bool:
    status = folder.stat()
    if status.st_uid == who.uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == who.gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)
