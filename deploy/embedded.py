"""`./hikari run`: the whole site in one process, on SQLite and a broker in memory; nothing to install or configure."""

from __future__ import annotations

import chassis.green  # noqa: F401  # it patches the standard library, so it comes first

# isort: split
import os
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from chassis import telemetry
from chassis.config import Config, Faults, Misconfigured, environment, load
from chassis.connections import is_loopback
from chassis.embedded import install
from chassis.runner import Runner
from chassis.standalone import asking
from contracts.auth.api import AuthApi
from deploy import demo
from deploy.addresses import CannotListen, free_port, local_address
from deploy.data_folder import DataFolder, Unusable
from deploy.mail_catcher import MailCatcher
from deploy.plan import asterisks_port
from gateway.agi.config import AgiConfig
from gateway.agi.service import AgiService
from gateway.cautions import cautions
from gateway.config import GatewayConfig
from gateway.service import GatewayService
from services.audit.config import AuditConfig
from services.audit.service import AuditService
from services.auth.config import AuthConfig
from services.auth.service import AuthService
from services.bulk.config import BulkConfig
from services.bulk.service import BulkService
from services.otp.config import OtpConfig
from services.otp.service import OtpService
from services.settings.config import SettingsConfig
from services.settings.service import SettingsService
from services.tempcred.config import TempcredConfig
from services.tempcred.service import TempcredService

CANNOT_START = 2
"""Exit code: what was asked is impossible; the message says why."""
BROKE = 1
"""Exit code: a service died; the log says of what."""

OK = 200

PATIENCE = 30.0
"""Seconds until the site must have answered that it is ready."""

SERVICES = (
    (AuthService, AuthConfig),
    (TempcredService, TempcredConfig),
    (OtpService, OtpConfig),
    (SettingsService, SettingsConfig),
    (BulkService, BulkConfig),
    (AuditService, AuditConfig),
)
READERS: tuple[type[Config], ...] = (*(model for _, model in SERVICES), AgiConfig, GatewayConfig)
"""Whose settings are read from the one environment."""


class EmbeddedConfig(Config):
    """What concerns the process as a whole."""

    port: int = 8080
    """0: any that is free."""
    host: str = "127.0.0.1"
    data: Path = Path(".hikari")
    demo: bool | None = None
    """Whoever reaches the demo's telephone can set any number's password: unless it is said, on this machine only."""
    log_level: str = "INFO"


class CannotStart(Exception):
    """The message says why, and what to do."""


def main() -> None:
    """Runs until it is told to stop; ends the process with 0, `CANNOT_START` or `BROKE`."""
    os.umask(0o077)
    try:
        run(environment())
    except (CannotListen, CannotStart, Misconfigured, Unusable) as problem:
        print(f"hikari: {problem}", file=sys.stderr)
        sys.exit(CANNOT_START)
    except Exception as failure:  # noqa: BLE001  # the log has it whole; the terminal gets a sentence
        telemetry.log.exception("the process ends")
        print(
            f"hikari: a service broke ({type(failure).__name__}); hikari.log in the data folder has more",
            file=sys.stderr,
        )
        sys.exit(BROKE)


def run(given: Mapping[str, str]) -> None:
    """Start everything, say so, and stop everything when asked to."""
    config, folder, env = prepare(given)
    with folder:
        telemetry.configure(config.log_level, folder.path / "hikari.log")
        mail = MailCatcher(folder.path / "mailbox")
        env.setdefault("HIKARI_SMTP_URL", mail.start())
        try:
            serve(config, folder, env)
        finally:
            mail.stop()


def serve(config: EmbeddedConfig, folder: DataFolder, env: Mapping[str, str]) -> None:
    """Returns when the process is asked to stop and everything has stopped."""
    broker = install()
    runner = Runner(broker)
    for service, _ in SERVICES:
        runner.add(service, env_of(service.name, env, folder))
    runner.add(GatewayService, env, WEB_SERVER_ADDRESS=f"{config.host}:{env['HIKARI_PORT']}")
    if "HIKARI_AGI_PORT" in env:
        runner.add(AgiService, env)
    runner.stop_on_signals()
    try:
        runner.start()
        first_start(folder, broker, with_demo=bool(config.demo))
        wait_until_ready(local_address(config.host, env["HIKARI_PORT"]))
        folder.answers_at(local_address(config.host, env["HIKARI_PORT"]))
        announce(config, env, folder)
        runner.wait()
    finally:
        runner.stop()


def prepare(given: Mapping[str, str]) -> tuple[EmbeddedConfig, DataFolder, dict[str, str]]:
    """Everything that can be wrong is found here, before anything runs.

    Raises `Misconfigured`, `Unusable`, `CannotListen`.
    """
    config = first_look(given)
    with_demo = is_loopback(config.host) if config.demo is None else config.demo
    config = config.model_copy(update={"demo": with_demo})
    folder = DataFolder(config.data)
    port = free_port(config.host, config.port)
    env = {
        "HIKARI_BASE_URL": local_address(config.host, port),
        "HIKARI_MAILBOX": str(folder.path / "mailbox"),
        **folder.secrets(),
        **given,
        "HIKARI_PORT": str(port),
        "HIKARI_DEMO": "on" if with_demo else "off",
    }
    check(env, folder)
    return config, folder, env | asterisks_port(env)


def first_look(given: Mapping[str, str]) -> EmbeddedConfig:
    """Name what is wrong in anybody's settings before a folder is touched. Raises `Misconfigured`."""
    faults = Faults(given)
    config = faults.read(EmbeddedConfig)
    if "HIKARI_DATABASE_URL" in given:
        faults.note(
            "HIKARI_DATABASE_URL",
            "is for ./hikari up; ./hikari run keeps everything in files of its data folder. Leave it out",
        )
    else:
        for model in READERS:
            faults.read(model, to_be_completed=True)
    faults.raise_if_any()
    assert config is not None
    return config


def env_of(service: str, env: Mapping[str, str], folder: DataFolder) -> dict[str, str]:
    """The same settings for all, and a store of its own for each."""
    return {"HIKARI_DATABASE_URL": folder.store(service), **env}


def check(env: Mapping[str, str], folder: DataFolder) -> None:
    """Read everybody's settings once. Raises `Misconfigured` with all that is wrong in any of them."""
    faults = Faults(env_of("any", env, folder))
    for model in READERS:
        faults.read(model)
    faults.raise_if_any()


def first_start(folder: DataFolder, broker: str, *, with_demo: bool) -> None:
    """What belongs to a new folder only."""
    if folder.is_new and with_demo:
        with asking(broker, "auth", AuthApi, timeout=PATIENCE) as auth:
            demo.provision(auth)
    folder.no_longer_new()


def wait_until_ready(address: str) -> None:
    """Raises `CannotStart` when the site does not become ready in time."""
    deadline = time.monotonic() + PATIENCE
    while not answers_ready(address):
        if time.monotonic() > deadline:
            raise CannotStart("the site did not become ready; hikari.log in the data folder has more")
        time.sleep(0.05)


def answers_ready(address: str) -> bool:
    """Whether the site says of itself that it is ready."""
    connection = HTTPConnection(address.removeprefix("http://"), timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def announce(config: EmbeddedConfig, env: Mapping[str, str], folder: DataFolder) -> None:
    """The line that programs wait for, and some for people."""
    site = env["HIKARI_BASE_URL"]
    lines = [f"ready: {local_address(config.host, env['HIKARI_PORT'])}", f"  the site       {site}/"]
    if config.demo:
        numbers = f"{demo.EXAMPLE}, {demo.EXAMPLE_ADDITIONAL}, {demo.OFFICE}"
        lines += [f"  a telephone    {site}/telephone   to dial from {numbers}", f"  the mailbox    {site}/mailbox"]
    if "HIKARI_AGI_PORT" in env:
        at = load(AgiConfig, env)
        lines.append(f"  for Asterisk   agi://{at.agi_host}:{at.agi_port}/temporary-password")
    lines += [f"  data and log   {folder.path}", "  Ctrl-C stops it."]
    print("\n".join(lines), flush=True)
    for caution in (*cautions(load(GatewayConfig, env)), *load(AgiConfig, env).cautions()):
        print(f"hikari: WARNING: {caution}", file=sys.stderr, flush=True)
