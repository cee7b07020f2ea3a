"""A private PostgreSQL: own data folder, own port on the loopback interface, gone when its owner is.

Nothing of a server that the machine may already run is read or touched; only the binaries are shared.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.addresses import free_port
from deploy.child import end, told_of_parents_death
from deploy.postgres_programs import find_binaries
from deploy.system_user import account, reachable_folder

START_SECONDS = 30
STOP_SECONDS = 20
SUPERUSER = "app"


class PostgresFailed(Exception):
    """The server did not start; the message ends with what it logged."""


@dataclass
class PrivatePostgres:
    """One server over one folder. `start`, `stop` and `kill` may follow each other as often as you like."""

    folder: Path
    durable: bool = True
    """False spares the disk (fsync): a killed server still loses nothing, a crashed machine may."""
    port: int = 0
    """Chosen at the first start, then kept, so that addresses given out stay right."""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _roles: dict[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._binaries = find_binaries()
        self._account = account()
        self.folder = reachable_folder(self.folder, self._account)

    @property
    def has_data(self) -> bool:
        """Whether a cluster was made here before."""
        return (self._data / "PG_VERSION").exists()

    @property
    def pid(self) -> int:
        """The server's process id. Raises `PostgresFailed` while it is not running."""
        if self._process is None:
            raise PostgresFailed("the server is not running")
        return self._process.pid

    def url(self, database: str, role: str = SUPERUSER) -> str:
        """`postgresql://…` with the role's password; for a role made by `create_database`, or the superuser."""
        password = self._password() if role == SUPERUSER else self._roles[role]
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, role: str | None = None) -> str:
        """Make an empty database and return its address.

        With `role`, a role with a new password is made too, which may connect to and create in this database only;
        the address is then that role's.
        """
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            if role is None:
                return self.url(name)
            self._roles[role] = secrets.token_urlsafe(24)
            database, login = sql.Identifier(name), sql.Identifier(role)
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(login, sql.Literal(self._roles[role]))
            )
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
            connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(database, login))
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(login))
        return self.url(name, role)

    def drop_database(self, name: str) -> None:
        """Remove a database, ending the connections to it."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def start(self) -> None:
        """Start and wait until it answers. Raises `PostgresFailed`."""
        self._prepare()
        deadline = time.monotonic() + START_SECONDS
        while True:
            chosen = self.port or free_port()
            self._process = self._spawn(chosen)
            if self._answers(chosen, deadline):
                self.port = chosen
                return
            # Either the port was taken meanwhile, or the backends of a killed server still hold its memory.
            if time.monotonic() > deadline:
                self.stop()
                raise PostgresFailed(f"PostgreSQL did not start:\n{self._log_tail()}")
            time.sleep(0.2)

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended since."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop it in order, ending open connections (PostgreSQL's "fast"), and wait for the end."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL, as a failing machine would, and wait for the end."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        end(process, how, STOP_SECONDS)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _password(self) -> str:
        return (self.folder / "password").read_text(encoding="ascii").strip()

    def _prepare(self) -> None:
        """Make the cluster where there is none yet."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._hand_over(self.folder)
        if self.has_data:
            return
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24), encoding="ascii")
        self._hand_over(password)
        command = [
            str(self._binaries / "initdb"), "-D", str(self._data), "-U", SUPERUSER, f"--pwfile={password}",
            "--auth=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
        ]  # fmt: skip
        made = subprocess.run(
            command,
            capture_output=True,
            check=False,
            cwd=self.folder,
            user=self._account.uid,
            group=self._account.group,
            extra_groups=self._account.extra_groups,
        )
        if made.returncode:
            raise PostgresFailed(f"initdb failed:\n{made.stderr.decode(errors='replace')}")

    def _hand_over(self, path: Path) -> None:
        if self._account.uid is not None:
            os.chown(path, self._account.uid, self._account.gid)

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200"}
        if not self.durable:
            settings["fsync"] = "off"
        command = [str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(port)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we stop it in order
                preexec_fn=told_of_parents_death(signal.SIGINT),  # noqa: PLW1509 - one prctl, looked up before the fork
                cwd=self.folder,
                user=self._account.uid,
                group=self._account.group,
                extra_groups=self._account.extra_groups,
            )

    def _answers(self, port: int, deadline: float) -> bool:
        address = f"postgresql://{SUPERUSER}:{self._password()}@127.0.0.1:{port}/postgres"
        while self._process is not None and self._process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(address, connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _log_tail(self) -> str:
        return "\n".join((self.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()[-10:])


@contextmanager
def private_postgres(folder: Path | None = None, *, durable: bool | None = None) -> Iterator[PrivatePostgres]:
    """A running server for this block. Without a folder it is a passing one: its data is removed afterwards.

    Raises `PostgresMissing` or `PostgresFailed`.
    """
    passing = folder is None
    home = Path(tempfile.mkdtemp(prefix="hikari-postgres-")) if folder is None else folder
    if passing:
        home.chmod(0o755)  # the server's own user must get through; its folder inside is closed to others
    server = PrivatePostgres(home / "server" if passing else home, durable=not passing if durable is None else durable)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        if passing:
            shutil.rmtree(home, ignore_errors=True)
