"""The real site in a process of its own, as `./hikari run` starts it, to be used, stopped, killed and started again."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHEAP = {"HIKARI_HASH_MEMORY_KIB": "8", "HIKARI_HASH_PASSES": "1", "HIKARI_LOGIN_THROTTLE": "off"}
PATIENCE = 60


class Site:
    """One data folder; while it runs, `url` is where."""

    def __init__(self, data: Path, **env: str) -> None:
        self.data = data
        self.url = ""
        self.port = "0"
        self._env = {**os.environ, **CHEAP, **env, "HIKARI_DATA": str(data)}
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Site:
        """Wait for the line that says it is ready. Raises RuntimeError with what it printed instead."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cli", "run"],
            cwd=ROOT,
            env={**self._env, "HIKARI_PORT": self.port},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(self._process, lines))
        self._reader.start()
        line = said = lines.get(timeout=PATIENCE)
        while not line.startswith("ready: "):
            if not line:
                self._ended()
                raise RuntimeError(f"the site did not start: {said}")
            line = lines.get(timeout=PATIENCE)
            said += line
        self.url = line.removeprefix("ready: ").strip()
        self.port = self.url.rsplit(":", 1)[1]  # the same after a restart, as a browser expects
        return self

    @property
    def pid(self) -> int:
        """Of its one process, while it runs."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._ended()

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._ended()

    def close(self) -> None:
        """Leave nothing running, whatever happened."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`./hikari …` against this site."""
        env = {**self._env, "HIKARI_BASE_URL": self.url, "COLUMNS": "200"}
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def secret(self, name: str) -> str:
        """A secret that the site made for itself."""
        for line in (self.data / "secrets.env").read_text().splitlines():
            key, _, value = line.partition("=")
            if key == name:
                return value.strip("'\"")
        raise KeyError(name)

    def _ended(self) -> int:
        assert self._process is not None
        code = self._process.wait(timeout=20)
        self._reader.join(20)
        return code

    @staticmethod
    def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                lines.put(line)
        lines.put("")
