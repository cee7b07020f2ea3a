"""The embedded site in a process of its own, started as `./hikari run` starts it."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from chassis.config import load
from contracts.auth.logins import Stage
from contracts.otp.common import Login, OtpUse
from contracts.otp.registration import ChooseUse
from deploy.child import told_of_parents_death
from services.auth.application import Auth
from services.auth.config import AuthConfig
from services.auth.second_factor import Demand, LoginUnderWay
from services.otp.application import Otp
from services.otp.config import OtpConfig

HOME = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Site:
    """A running one."""

    url: str
    data: Path
    pid: int

    @property
    def environment(self) -> dict[str, str]:
        """What the command line needs to find it and to be let in."""
        return {**os.environ, "HIKARI_BASE_URL": self.url, "HIKARI_DATA": str(self.data)}

    def store(self, service: str) -> Path:
        """The file that a service keeps its history in."""
        return self.data / f"{service}.sqlite"

    def auth(self, **settings: str) -> Auth:
        """An auth application of our own over the site's store: for people who must be there before we begin."""
        secrets = {name: value for name, value in dotenv_values(self.data / "secrets.env").items() if value}
        env = {**secrets, "HIKARI_DATABASE_URL": f"sqlite:///{self.store('auth')}", "HIKARI_LOGIN_FLOOR_MS": "0"}
        config = load(AuthConfig, {**env, **{f"HIKARI_{name.upper()}": value for name, value in settings.items()}})
        return Auth(config, _Declining(self))


class _Declining:
    """Whoever gets so far chooses, in the site's own store, to use no one-time passwords."""

    def __init__(self, site: Site) -> None:
        secrets = {name: value for name, value in dotenv_values(site.data / "secrets.env").items() if value}
        env = {**secrets, "HIKARI_BASE_URL": site.url, "HIKARI_DATABASE_URL": f"sqlite:///{site.store('otp')}"}
        self._config = load(OtpConfig, env)

    def demand(self, login: LoginUnderWay) -> Demand:
        holder = Login.model_validate(dataclasses.asdict(login))
        with closing(Otp(self._config)) as otp:
            otp.enrolments.choose(ChooseUse(login=holder, use=OtpUse.NOT_USED))
        return Demand(Stage.COMPLETE, registered=False)

    def complete(self, _login: LoginUnderWay) -> bool:
        return True


@contextmanager
def running_site(data: Path, **settings: str) -> Iterator[Site]:
    """Without demo data and throttle. Raises RuntimeError with what it said instead of being ready."""
    given = {f"HIKARI_{name.upper()}": value for name, value in settings.items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HIKARI_")}
    env = {**kept, "HIKARI_DATA": str(data), "HIKARI_PORT": "0", "HIKARI_DEMO": "off", "HIKARI_LOGIN_THROTTLE": "off"}
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "run"],
        cwd=HOME,
        env={**env, **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=told_of_parents_death(signal.SIGTERM),  # noqa: PLW1509 - one prctl, looked up before the fork
    )
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("ready: "):
                break
        else:
            raise RuntimeError(f"the site did not start: {said}")
        threading.Thread(target=process.stdout.read, daemon=True).start()  # so that it can go on talking
        yield Site(line.removeprefix("ready: ").strip(), data, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
