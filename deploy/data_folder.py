"""The folder in which a site on this machine keeps everything: one run at a time, secrets made once, closed to others."""

from __future__ import annotations

import base64
import fcntl
import functools
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from dotenv import dotenv_values

SECRETS = "secrets.env"
SERVERS = "servers.env"
NEW = "new"
LOCK = "lock"
ADDRESS = "address"
"""Where the site that runs on the folder answers on this machine, for the command line; gone when it stops."""

MADE: Mapping[str, Callable[[], str]] = {
    "HIKARI_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "HIKARI_PEPPER": lambda: secrets.token_urlsafe(32),
    "HIKARI_IVR_TOKEN": lambda: secrets.token_urlsafe(32),
    "HIKARI_OPS_TOKEN": lambda: secrets.token_urlsafe(32),
    "HIKARI_NETWORK_TOKEN": lambda: secrets.token_urlsafe(32),
}

HEADER = """\
# Made at the first start. Without HIKARI_KEY and HIKARI_PEPPER the data in this folder cannot be read: keep them with it.
"""

SERVERS_HEADER = "# Made at the first start of the distributed mode: what its services log in to the database with.\n"

ANOTHER = "name another folder with --data or HIKARI_DATA"


class Unusable(Exception):
    """The folder cannot be used; the message says what to do."""


def runs_at(path: Path) -> str | None:
    """Where the site answers that runs on a folder; None where none does. Whoever has the port of one that was killed
    must not be taken for it, and be sent a token.
    """
    if is_in_use(path):
        with suppress(OSError):
            return (path / ADDRESS).read_text(encoding="ascii").strip() or None
    return None


def is_in_use(path: Path) -> bool:
    """Whether a site runs on a folder, or is just starting or stopping."""
    try:
        with (path / LOCK).open(encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


class DataFolder:
    """Held from here on until it is let go or the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = (self.path / LOCK).open("a+", encoding="ascii")
        except OSError as error:
            raise Unusable(f"{self.path} cannot be written: {error.strerror}: {ANOTHER}") from error
        self._hold()

    def _hold(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.seek(0)
            holder = self._lock.read().strip() or "unknown"
            self._lock.close()
            raise Unusable(
                f"{self.path} is in use by another run (process {holder}). Stop that one, or {ANOTHER}"
            ) from None
        (self.path / ADDRESS).unlink(missing_ok=True)  # of a run that was killed
        self._lock.truncate(0)
        self._lock.write(f"{os.getpid()}\n")
        self._lock.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        (self.path / ADDRESS).unlink(missing_ok=True)
        self._lock.close()

    @property
    def is_new(self) -> bool:
        """Whether no run on this folder has come to its first `ready` yet."""
        return (self.path / NEW).exists()

    def no_longer_new(self) -> None:
        """Called when all that belongs to a first start is done."""
        (self.path / NEW).unlink(missing_ok=True)

    def answers_at(self, address: str) -> None:
        """Called when the site is ready."""
        self._write(self.path / ADDRESS, f"{address}\n")

    def let_servers_in(self) -> None:
        """Servers that refuse to be root have folders in this one: let them pass through. Files stay closed to them."""
        if os.geteuid() == 0:
            self.path.chmod(0o711)

    def store(self, service: str) -> str:
        """The URL of a service's own event store."""
        return f"sqlite:///{self.path / service}.sqlite"

    def secrets(self) -> dict[str, str]:
        """What `secrets.env` holds; missing ones are made and written, all together, before anyone can use them."""
        file = self.path / SECRETS
        if not file.exists() and (any(self.path.glob("*.sqlite")) or (self.path / SERVERS).exists()):
            raise Unusable(
                f"{file} is missing, and without it the data beside it cannot be read. Restore it, or {ANOTHER}"
            )
        if not file.exists():
            (self.path / NEW).touch(mode=0o600)
        return self._kept(file, HEADER, MADE)

    def server_passwords(self, names: Iterable[str]) -> dict[str, str]:
        """Passwords of the services' roles at the servers, likewise kept in `servers.env`. Nobody need know them."""
        makers = {name: functools.partial(secrets.token_urlsafe, 24) for name in names}
        return self._kept(self.path / SERVERS, SERVERS_HEADER, makers)

    def _kept(self, file: Path, header: str, makers: Mapping[str, Callable[[], str]]) -> dict[str, str]:
        known = {name: value for name, value in dotenv_values(file).items() if value} if file.exists() else {}
        missing = {name: make() for name, make in makers.items() if name not in known}
        if missing:
            known |= missing
            self._write(file, header + "".join(f"{name}={value}\n" for name, value in known.items()))
        return known

    def _write(self, file: Path, text: str) -> None:
        """Whole or not at all, also when the power fails in between; readable by the owner only."""
        handle, name = tempfile.mkstemp(dir=self.path, prefix=".secrets-")
        with os.fdopen(handle, "w", encoding="ascii") as part:
            part.write(text)
            part.flush()
            os.fsync(part.fileno())
        Path(name).replace(file)
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
