"""The site as `./hikari up` starts it: many processes over private servers, each of which a test may kill."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
CHEAP = {"HIKARI_HASH_MEMORY_KIB": "8", "HIKARI_HASH_PASSES": "1"}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
"""What a page gives back with its form."""
PATIENCE = 60
"""Seconds for an answer, however busy the machine."""
WITHOUT_OURS = {name: value for name, value in os.environ.items() if not name.startswith("HIKARI_")}


class Distributed:
    """One data folder with what `up` started over it."""

    def __init__(self, data: Path, scale: str, **env: str) -> None:
        self.data = data
        self.scale = scale
        self.port = "0"
        self.took = 0.0
        """Seconds of its slowest start: how busy the machine is."""
        self._env = {**WITHOUT_OURS, **CHEAP, **env, "HIKARI_DATA": str(data)}

    def up(self) -> subprocess.CompletedProcess[str]:
        began = time.monotonic()
        done = self.cli("up", "--scale", self.scale, "--port", self.port, "--demo")
        if done.returncode == 0:
            self.took = max(self.took, time.monotonic() - began)
            self.port = self.url.rsplit(":", 1)[1]
        return done

    def down(self) -> subprocess.CompletedProcess[str]:
        return self.cli("down")

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`./hikari …` over this data folder."""
        env = {**self._env, "COLUMNS": "200"}
        if self.port != "0":
            env["HIKARI_BASE_URL"] = self.url
        command = [sys.executable, "-m", "cli", *arguments]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)

    @property
    def state(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.data / "state.json").read_text(encoding="utf-8"))
        return told

    @property
    def url(self) -> str:
        return str(self.state["local"])

    @property
    def gateways(self) -> list[str]:
        """Each gateway by itself."""
        gateways = [one for one in self.state["programs"] if one["name"].startswith("gateway-")]
        return [f"http://127.0.0.1:{one['port']}" for one in gateways]

    def logs(self) -> str:
        """What was written last, for a test that failed."""
        texts = {file.name: file.read_text(encoding="utf-8").splitlines()[-10:] for file in self.data.glob("logs/*")}
        return "\n".join(f"{name}: {line}" for name, lines in sorted(texts.items()) for line in lines)

    def program(self, name: str) -> dict[str, Any]:
        return next(one for one in self.state["programs"] if one["name"] == name)

    def pids(self) -> list[int]:
        """The supervisor, everything that it keeps running, and what those have started."""
        listed = [self.state["supervisor"], *(one["pid"] for one in self.state["programs"] if one["pid"])]
        return sorted({pid for one in listed for pid in (one, *_below(one))})

    def kill(self, name: str) -> int:
        pid = int(self.program(name)["pid"])
        os.kill(pid, signal.SIGKILL)
        return pid

    def is_ready(self) -> bool:
        """Every gateway finds that the site is ready."""
        return all(_status(f"{gateway}/health/ready") == 200 for gateway in self.gateways)

    def secret(self, name: str) -> str:
        """A secret that the site made for itself."""
        text = (self.data / "secrets.env").read_text(encoding="ascii")
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)[name].strip("'\"")

    def broker(self, user: str = "hikari") -> str:
        """The address of RabbitMQ for that user; without one, for its administrator."""
        passwords = json.loads((self.data / "rabbitmq" / "passwords.json").read_text(encoding="ascii"))
        return f"amqp://{user}:{passwords[user]}@127.0.0.1:{self.program('rabbitmq')['port']}//"

    def environment_of(self, name: str) -> dict[str, str]:
        """What a process was told."""
        raw = Path(f"/proc/{self.program(name)['pid']}/environ").read_bytes().decode()
        return dict(one.split("=", 1) for one in raw.split("\0") if one.startswith("HIKARI_"))


class Dialler:
    """The telephone platform, a call at a time, at any gateway."""

    def __init__(self, site: Distributed) -> None:
        self._site = site

    def set_temporary(self, caller: str, digits: str, at: str) -> None:
        """Choose one login for the whole line, and key the temporary password twice."""
        headers = {"Authorization": f"Bearer {self._site.secret('HIKARI_IVR_TOKEN')}"}
        call = secrets.token_hex(8)
        with httpx.Client(base_url=at, headers=headers, timeout=10) as http:
            turn = http.post("/ivr/calls", json={"call_id": call, "caller": caller}).raise_for_status().json()
            for keys in ("1", digits, digits):
                turn = http.post(f"/ivr/calls/{call}", json={"step": turn["step"], "digits": keys})
                turn = turn.raise_for_status().json()
        assert turn["ended"], turn


class Browser:
    """A browser without scripts, which a proxy leads to this gateway or that, from an address of its own."""

    def __init__(self, address: str | None = None) -> None:
        self.cookies = httpx.Cookies()
        self._headers = {"X-Forwarded-For": address or f"198.51.{secrets.randbelow(256)}.{secrets.randbelow(256)}"}

    def get(self, at: str, path: str) -> httpx.Response:
        return self._ask(at, lambda http: http.get(path))

    def send(self, at: str, path: str, *, follow: bool = True, **fields: str) -> httpx.Response:
        """Fill in the form of a page and send it. A page without the form is given back as it is."""
        page = self.get(at, path)
        hidden = dict(HIDDEN.findall(page.text))
        if page.status_code != 200 or not {"csrf_token", "form_id"} <= hidden.keys():
            return page
        return self._ask(at, lambda http: http.post(path, data={**hidden, **fields}), follow=follow)

    def log_in(self, at: str, number: str, password: str, *, follow: bool = True) -> httpx.Response:
        return self.send(at, "/login", follow=follow, number=number, password=password)

    def decline(self, at: str) -> httpx.Response:
        """Use no one-time passwords, which completes a first login (OTP-1)."""
        self.send(at, "/otp/choice", use="not_used")
        return self.send(at, "/otp/choice/confirmation")

    def _ask(
        self, at: str, request: Callable[[httpx.Client], httpx.Response], *, follow: bool = True
    ) -> httpx.Response:
        options: dict[str, Any] = {"cookies": self.cookies, "headers": self._headers, "follow_redirects": follow}
        with httpx.Client(base_url=at, timeout=PATIENCE, **options) as http:
            answer = request(http)
            self.cookies = http.cookies
        return answer


def eventually(holds: Callable[[], object], seconds: float) -> float:
    """How long it took until it held. Raises AssertionError when it did not in time."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - began


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not asked for its status does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _below(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                found += [int(child), *_below(int(child))]
    return found


def _status(url: str) -> int:
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.TransportError:
        return 0
