"""`./hikari up`, `down` and `status`: a distributed site on this machine, run by a supervisor in the background."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from chassis.config import environment
from cli.complaint import REFUSED, UNREACHABLE, USAGE, Complaint
from deploy.data_folder import ANOTHER, runs_at
from deploy.state import State, read

HOME = Path(__file__).resolve().parent.parent
MODULE = "deploy.distributed"
START_SECONDS = 240
STOP_SECONDS = 90
HEALTH_SECONDS = 10.0
LOOK = 0.1


@dataclass(frozen=True)
class Wishes:
    """What `up` was told, over the settings."""

    scale: str | None = None
    port: int | None = None
    data: Path | None = None
    demo: bool = False

    def settings(self) -> dict[str, str]:
        """As `HIKARI_*`; what is not wished for stays as it is set."""
        env = environment()
        env["HIKARI_DATA"] = str(folder_of(self.data))
        if self.scale is not None:
            env["HIKARI_SCALE"] = self.scale
        if self.port is not None:
            env["HIKARI_PORT"] = str(self.port)
        if self.demo:
            env["HIKARI_DEMO"] = "on"
        return env

    def check(self) -> None:
        """Raises `Complaint` before anything is started."""
        from deploy.plan import parse_scale

        try:
            parse_scale(self.scale or "")
        except ValueError as error:
            raise Complaint(f"--scale: {error}", USAGE) from None


def folder_of(data: Path | None) -> Path:
    """The data folder: as told, else as set, else where we stand."""
    told = data or Path(environment().get("HIKARI_DATA", ".hikari"))
    return told.expanduser().absolute()


def up(wishes: Wishes, *, foreground: bool) -> int:
    """Start the site; in the background, return when it is ready."""
    wishes.check()
    env = {**os.environ, **wishes.settings(), "PYTHONPATH": str(HOME)}
    command = [sys.executable, "-P", "-m", MODULE]
    if foreground:
        sys.stdout.flush()
        os.execve(sys.executable, command, env)  # noqa: S606  # our own interpreter, no shell needed
    folder = Path(env["HIKARI_DATA"])
    holder = _holder(folder)
    if holder is not None:
        raise Complaint(f"a site is running over {folder} already (process {holder}). See ./hikari status", REFUSED)
    supervisor, said = _start(command, env, folder)
    try:
        _await_ready(supervisor, folder, said)
    except KeyboardInterrupt:
        supervisor.terminate()
        supervisor.wait(STOP_SECONDS)
        raise
    print(said.read_text(encoding="utf-8").strip())
    where = f" --data {wishes.data}" if wishes.data is not None else ""
    print(f"  ./hikari down{where} stops it, ./hikari status{where} tells how it is.")
    return 0


def _start(command: list[str], env: dict[str, str], folder: Path) -> tuple[subprocess.Popen[bytes], Path]:
    said = folder / "logs" / "up.out"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        said.parent.mkdir(mode=0o700, exist_ok=True)
        with said.open("wb") as out:
            started = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
    except OSError as error:
        raise Complaint(f"{folder} cannot be written: {error.strerror}: {ANOTHER}", USAGE) from error
    return started, said


def _await_ready(supervisor: subprocess.Popen[bytes], folder: Path, said: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        if supervisor.poll() is not None:
            raise Complaint(said.read_text(encoding="utf-8").strip().removeprefix("hikari: "), REFUSED)
        state = read(folder, supervisor.pid)
        if state is not None and state.ready:
            break
        if time.monotonic() > deadline:
            raise Complaint(
                f"the site is not ready yet; it goes on trying. ./hikari status tells how it is, {said.parent} has the logs",
                UNREACHABLE,
            )
        time.sleep(LOOK)
    while not said.stat().st_size:
        time.sleep(LOOK)


def down(data: Path | None) -> int:
    """Stop the site, and return when nothing of it is left running."""
    folder = folder_of(data)
    holder = _holder(folder)
    if holder is None:
        print(f"no site is running over {folder}")
        return 0
    if not _is_ours(holder):
        raise Complaint(f"process {holder} over {folder} was not started by `up`: stop it where it runs", REFUSED)
    with contextlib.suppress(ProcessLookupError):
        os.kill(holder, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while _holder(folder) == holder:
        if time.monotonic() > deadline:
            raise Complaint(f"process {holder} does not stop; {folder / 'logs'} has the logs", REFUSED)
        time.sleep(LOOK)
    print("stopped")
    return 0


def _is_ours(holder: int) -> bool:
    """Whether this is a supervisor, as far as this system can tell, and not `./hikari run`."""
    try:
        command = Path(f"/proc/{holder}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return True
    return MODULE in command


def status(data: Path | None) -> int:
    """Tell how things stand; 0 when the site is ready."""
    folder = folder_of(data)
    holder = _holder(folder)
    if holder is None:
        print(f"no site is running over {folder}")
        return UNREACHABLE
    if not _is_ours(holder):
        return _status_of_one_process(folder, holder)
    state = read(folder, holder)
    if state is None:
        print(f"starting (process {holder}); {folder / 'logs'} has the logs")
        return UNREACHABLE
    print(_table(state))
    return 0 if state.ready else UNREACHABLE


def _status_of_one_process(folder: Path, holder: int) -> int:
    """Of what `./hikari run` started."""
    address = runs_at(folder)
    if address is None:
        print(f"starting: ./hikari run, process {holder}")
        return UNREACHABLE
    try:
        ready = httpx.get(f"{address}/health/ready", timeout=HEALTH_SECONDS, trust_env=False).is_success
    except httpx.TransportError:
        ready = False
    print(
        f"{'ready' if ready else 'not ready'}: {address}   (./hikari run, all in process {holder}; Ctrl-C there stops it)"
    )
    return 0 if ready else UNREACHABLE


def _table(state: State) -> str:
    lines = [f"{'ready' if state.ready else 'not ready'}: {state.local}   (supervisor: process {state.supervisor})"]
    for one in state.programs:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(one.since))
        port = f"  port {one.port}" if one.port else ""
        lines.append(f"  {one.name:<14} {one.state:<9} pid {one.pid:<8} since {since}  restarts {one.restarts}{port}")
    return "\n".join(lines)


def _holder(folder: Path) -> int | None:
    """The process that runs over this folder; None where none does. Whoever runs holds the lock as long as it lives."""
    try:
        with (folder / "lock").open("r+", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read().strip() or 0)
            return None
    except (FileNotFoundError, ValueError):
        return None
    except OSError as error:
        raise Complaint(f"{folder} cannot be read: {error.strerror}", USAGE) from error
