"""Make the virtual environment and install one lock file into it. Called by `./hikari`, before anything is installed.

Standard library only. Two starts at once are put in a row by a lock that the kernel releases when its holder dies;
the stamp is written last, so an interrupted installation is taken up again by the next start.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Complaint(Exception):
    """What went wrong and what the user can do about it."""


def main(venv: Path, lock_file: Path, stamp: str) -> None:
    """`stamp` identifies the lock file's contents; it ends up in the environment, where the launcher looks for it."""
    _check_writable(venv)
    with _one_at_a_time(venv.with_name(venv.name + ".lock")):
        installed = venv / f"{lock_file.name}.installed"
        python = venv / "bin" / "python"
        if _usable(python) and installed.exists() and installed.read_text(encoding="ascii").strip() == stamp:
            return  # another start did it while this one waited
        started = time.monotonic()
        _say(f"installing {_purpose(lock_file)} into {venv} (once, about a minute) ...")
        if not _usable(python):
            _make_environment(venv)
        _install(python, lock_file)
        installed.write_text(stamp + "\n", encoding="ascii")
        _say(f"installed in {time.monotonic() - started:.0f} s")


def _purpose(lock_file: Path) -> str:
    return "the development tools" if "-dev" in lock_file.name else "what the site needs"


def _say(text: str) -> None:
    print(f"hikari: {text}", file=sys.stderr, flush=True)


def _check_writable(venv: Path) -> None:
    parent = venv.parent
    parent.mkdir(parents=True, exist_ok=True)
    if not os.access(venv if venv.exists() else parent, os.W_OK | os.X_OK):
        raise Complaint(
            f"{venv} cannot be written by this user. Run as the owner of {parent}, or name another place:\n"
            "  HIKARI_VENV=$HOME/.cache/hikari-venv ./hikari ..."
        )


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("a", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another start is installing; waiting for it ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _usable(python: Path) -> bool:
    """Whether the environment's Python runs and has pip: neither holds after an upgrade of the system's Python."""
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return (
        python.exists() and subprocess.run([str(python), "-c", check], capture_output=True, check=False).returncode == 0
    )


def _make_environment(venv: Path) -> None:
    shutil.rmtree(venv, ignore_errors=True)
    command = [sys.executable, "-m", "venv", str(venv)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    package = f"python3.{sys.version_info.minor}-venv"
    if made.returncode and _can_install_packages():
        _say(f"this Python comes without venv; installing {package} ...")
        _apt_install(package)
        shutil.rmtree(venv, ignore_errors=True)
        made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise Complaint(
            f"{sys.executable} could not make a virtual environment.\n"
            f"  Debian, Ubuntu:  sudo apt-get install {package}\n{(made.stdout + made.stderr).strip()}"
        )


def _can_install_packages() -> bool:
    try:
        import ensurepip  # noqa: F401 - asked for its presence only
    except ImportError:
        return os.geteuid() == 0 and shutil.which("apt-get") is not None
    return False


def _apt_install(package: str) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", package]):
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)


def _install(python: Path, lock_file: Path) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--require-hashes", "-r", str(lock_file)]
    # A PYTHONPATH or user site of somebody else's must not count as "already installed".
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PYTHONNOUSERSITE": "1"}
    done = subprocess.run(
        command,
        env=clean,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Complaint(
            f"the dependencies could not be installed; the next start tries again.\n{done.stdout.strip()}\n"
            "Is the network there, and a way to PyPI? pip's own settings (PIP_INDEX_URL, PIP_CERT ...) are respected."
        )


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    except Complaint as complaint:
        sys.exit(f"hikari: {complaint}")
    except OSError as error:
        sys.exit(f"hikari: {error.strerror}: {error.filename}")
    except KeyboardInterrupt:
        sys.exit("hikari: interrupted; the next start goes on")
