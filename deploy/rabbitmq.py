"""A private RabbitMQ: one node with its own folder, cookie, users and ports on the loopback interface.

Nothing of a node that the machine may already run is read or touched; only the programs are shared. Its port mapper
(epmd) is a private one too: a child of ours like the node, on a port of its own.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import amqp

from deploy.addresses import free_port
from deploy.child import end, told_of_parents_death
from deploy.rabbitmq_programs import Programs, find_programs
from deploy.rabbitmq_users import ADMINISTRATOR, definitions
from deploy.system_user import account, reachable_folder

START_SECONDS = 90
"""Erlang starts in 4 s on an idle machine, and all of that is work: a busy one takes longer."""
STOP_SECONDS = 20
NODE = "hikari@localhost"


class RabbitmqFailed(Exception):
    """The node did not start; the message ends with what it logged."""


@dataclass
class PrivateRabbitmq:
    """One node over one folder. `start`, `stop` and `kill` may follow each other as often as you like."""

    folder: Path
    users: Iterable[str] = ()
    """Services that get a user of their own, besides the administrator."""
    port: int = 0
    """Chosen at the first start, then kept, so that addresses given out stay right."""
    _programs: Programs = field(init=False, repr=False)
    _node: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _mapper: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _mapper_port: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        self._programs = find_programs()
        self._account = account("rabbitmq")
        self.folder = reachable_folder(self.folder, self._account)

    @property
    def pid(self) -> int:
        """The node's process id. Raises `RabbitmqFailed` while it is not running."""
        if self._node is None:
            raise RabbitmqFailed("the node is not running")
        return self._node.pid

    def url(self, user: str = ADMINISTRATOR) -> str:
        """`amqp://…` with the user's password."""
        return f"amqp://{user}:{self._passwords()[user]}@127.0.0.1:{self.port}//"

    def start(self) -> None:
        """Start and wait until it takes the administrator in. Raises `RabbitmqFailed`."""
        deadline = time.monotonic() + START_SECONDS
        self.kill()
        with self._alone(deadline) as lock:
            self._start(lock, deadline)

    def _start(self, lock: int, deadline: float) -> None:
        self._prepare()
        while True:
            chosen = self.port or free_port()
            self._start_mapper()
            self._node = self._spawn(chosen, lock)
            if self._answers(chosen, deadline):
                self.port = chosen
                return
            if self._node.poll() is None or time.monotonic() > deadline:
                self.kill()
                raise RabbitmqFailed(f"RabbitMQ did not start:\n{self._log_tail()}")
            time.sleep(0.2)  # a port was taken meanwhile; once more with others

    @property
    def is_running(self) -> bool:
        """Whether the node was started and has not ended since."""
        return self._node is not None and self._node.poll() is None

    @contextmanager
    def _alone(self, deadline: float) -> Iterator[int]:
        """Two nodes over one folder would ruin it, as when an owner was killed and the next one is in a hurry.

        The node inherits the lock and so holds it for as long as it lives.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._hand_over(self.folder)
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not _locked(lock):
                if time.monotonic() > deadline:
                    raise RabbitmqFailed(f"another node is running over {self.folder}")
                time.sleep(0.1)
            yield lock
        finally:
            os.close(lock)

    def stop(self) -> None:
        """Stop it in order and wait for the end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a failing machine would, and wait for the end."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        node, self._node = self._node, None
        mapper, self._mapper = self._mapper, None
        if node is not None:
            end(node, how, STOP_SECONDS)
        if mapper is not None:
            end(mapper, signal.SIGKILL, STOP_SECONDS)  # it has no other way to end while names are registered

    def _passwords(self) -> dict[str, str]:
        known: dict[str, str] = json.loads((self.folder / "passwords.json").read_text(encoding="ascii"))
        return known

    def _prepare(self) -> None:
        """Files of the node's own; passwords are made once, the rest is written anew at every start."""
        passwords = self._passwords() if (self.folder / "passwords.json").exists() else {}
        passwords = {
            name: passwords.get(name) or secrets.token_urlsafe(24) for name in (ADMINISTRATOR, *sorted(self.users))
        }
        self._write("passwords.json", json.dumps(passwords))
        self._write("definitions.json", json.dumps(definitions(passwords)))
        if not (self.folder / ".erlang.cookie").exists():
            self._write(".erlang.cookie", secrets.token_hex(32), 0o400)  # Erlang's own would be guessable from the time
        self._write("enabled_plugins", "[].\n")
        self._write("advanced.config", "[].\n")
        self._write(
            "rabbitmq.conf", f"load_definitions = {self.folder / 'definitions.json'}\nlog.file.level = warning\n"
        )

    def _write(self, name: str, text: str, mode: int = 0o600) -> None:
        file = self.folder / name
        file.unlink(missing_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(text)
        self._hand_over(file)

    def _hand_over(self, path: Path) -> None:
        if self._account.uid is not None:
            os.chown(path, self._account.uid, self._account.gid)

    def _start_mapper(self) -> None:
        """Before the node, which would otherwise start one that outlives it and belongs to nobody."""
        if self._mapper is not None and self._mapper.poll() is None:
            return
        self._mapper_port = free_port()
        self._mapper = self._popen([str(self._programs.epmd), "-port", str(self._mapper_port), "-address", "127.0.0.1"])
        while self._mapper.poll() is None and not _listens(self._mapper_port):
            time.sleep(0.01)

    def _spawn(self, port: int, lock: int) -> subprocess.Popen[bytes]:
        return self._popen([str(self._programs.server)], self._environment(port), lock)

    def _environment(self, port: int) -> dict[str, str]:
        at = self.folder
        return {
            "HOME": str(at),
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP_SECONDS": "0",
            # Else a shell script stays between us and the node, and a signal to it is not one to the node.
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(at / "mnesia"),
            "RABBITMQ_LOG_BASE": str(at / "logs"),
            "RABBITMQ_PID_FILE": str(at / "pid"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(at / "generated"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(at / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(at / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(at / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _popen(
        self, command: list[str], extra: dict[str, str] | None = None, *inherited: int
    ) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                env={"PATH": self._programs.search_path, "LANG": "C.UTF-8", **(extra or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we stop it in order
                preexec_fn=told_of_parents_death(signal.SIGTERM),  # noqa: PLW1509 - one prctl
                pass_fds=inherited,
                cwd=self.folder,
                user=self._account.uid,
                group=self._account.group,
                extra_groups=self._account.extra_groups,
            )

    def _answers(self, port: int, deadline: float) -> bool:
        password = self._passwords()[ADMINISTRATOR]
        while self._node is not None and self._node.poll() is None and time.monotonic() < deadline:
            if _listens(port) and _admits(port, password):
                return True
            time.sleep(0.05)
        return False

    def _log_tail(self) -> str:
        return "\n".join((self.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _admits(port: int, password: str) -> bool:
    try:
        with amqp.Connection(f"127.0.0.1:{port}", ADMINISTRATOR, password, connect_timeout=5):
            return True
    except (OSError, amqp.AMQPError):
        return False


@contextmanager
def private_rabbitmq(folder: Path | None = None, users: Iterable[str] = ()) -> Iterator[PrivateRabbitmq]:
    """A running node for this block. Without a folder it is a passing one: its data is removed afterwards.

    Raises `RabbitmqMissing` or `RabbitmqFailed`.
    """
    passing = folder is None
    home = Path(tempfile.mkdtemp(prefix="hikari-rabbitmq-")) if folder is None else folder
    if passing:
        home.chmod(0o755)  # the node's own user must get through; its folder inside is closed to others
    node = PrivateRabbitmq(home / "node" if passing else home, users)
    try:
        node.start()
        yield node
    finally:
        node.stop()
        if passing:
            shutil.rmtree(home, ignore_errors=True)
