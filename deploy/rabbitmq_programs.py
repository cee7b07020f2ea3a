"""Where RabbitMQ's and Erlang's programs are, or what to do to have them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SYSTEM_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Debian's; what it puts on the PATH are wrappers that change to a user and a home of the system's own server."""
WRAPPERS = Path("/usr/sbin")
MISSING = (
    "RabbitMQ is not installed. Debian and Ubuntu: apt-get install --no-install-recommends rabbitmq-server; "
    "macOS: brew install rabbitmq. Or name a broker that runs elsewhere: HIKARI_AMQP_URL"
)


class RabbitmqMissing(Exception):
    """No RabbitMQ was found and none could be fetched; the message says what to do."""


@dataclass(frozen=True)
class Programs:
    """The server's own start script, and Erlang's port mapper."""

    server: Path
    epmd: Path

    @property
    def search_path(self) -> str:
        """What the start script needs as PATH: Erlang's programs first."""
        return f"{self.epmd.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def cache_folder() -> Path:
    """Where programs go that were fetched without root."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hikari" / "rabbitmq"


def find_programs() -> Programs:
    """The system's, else those fetched earlier. Raises `RabbitmqMissing`."""
    for server, erlang in _candidates():
        epmd = shutil.which("epmd", path=erlang)
        if server.exists() and epmd:
            return Programs(server, Path(epmd))
    raise RabbitmqMissing(MISSING)


def _candidates() -> Iterator[tuple[Path, str | None]]:
    yield SYSTEM_SERVER, None
    on_path = shutil.which("rabbitmq-server")
    if on_path and not Path(on_path).is_relative_to(WRAPPERS):
        yield Path(on_path).resolve(), None
    fetched = cache_folder()
    yield fetched / "usr/lib/rabbitmq/bin/rabbitmq-server", str(fetched / "usr/lib/erlang/bin")


def find_or_fetch_programs() -> Programs:
    """The same, and where there are none: installed (as root) or unpacked into the cache, through apt.

    Raises `RabbitmqMissing`; the message tells what apt said.
    """
    try:
        return find_programs()
    except RabbitmqMissing:
        if not shutil.which("apt-get"):
            raise
    _install() if os.geteuid() == 0 else _unpack(cache_folder())
    return find_programs()


def _install() -> None:
    _apt("apt-get", "update", "-qq")
    _apt("apt-get", "install", "-y", "-qq", "--no-install-recommends", "rabbitmq-server")


def _apt(*command: str, cwd: Path | None = None) -> str:
    # RUNLEVEL=1: Debian would start a server of the system's own; only its programs are wanted here.
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1", "LC_ALL": "C"}
    done = subprocess.run(
        command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-1000:]
        raise RabbitmqMissing(f"{MISSING}\n{' '.join(command[:2])} said:\n{said}")
    return done.stdout


def _unpack(folder: Path) -> None:
    """Debian's packages without root: server and Erlang into `folder`, paths inside corrected."""
    packages = folder / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    depends = _apt(
        "apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks",
        "--no-replaces", "--no-enhances", "rabbitmq-server",
    )  # fmt: skip
    wanted = sorted({"rabbitmq-server", *re.findall(r"^(erlang-[\w-]+|libsctp1)$", depends, re.MULTILINE)})
    _apt("apt-get", "download", *wanted, cwd=packages)
    for package in packages.glob("*.deb"):
        _apt("dpkg", "-x", str(package), str(folder))
        package.unlink()
    _correct_paths(folder)


def _correct_paths(folder: Path) -> None:
    """Erlang's start scripts name the place that they were installed in."""
    home = folder / "usr/lib/erlang"
    for script in (home / "bin/erl", *home.glob("erts-*/bin/erl"), home / "bin/start"):
        if script.is_file() and not script.is_symlink():
            text = script.read_text(encoding="utf-8")
            script.write_text(text.replace("ROOTDIR=/usr/lib/erlang", f"ROOTDIR={home}"), encoding="utf-8")
