"""The distributed mode as a whole: servers, databases, and a process for each instance of each service."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from chassis.config import Config, Faults
from deploy import demo_over_http
from deploy.addresses import free_port, here, local_address
from deploy.data_folder import SECRETS, DataFolder
from deploy.databases import passwords_needed
from deploy.keeping import Keeper, Process, stop_in_order
from deploy.plan import (
    AGI,
    GATEWAY,
    NAMES,
    PARTS,
    SERVICES,
    Part,
    asterisks_port,
    command,
    parse_scale,
    settings_of,
    surroundings,
)
from deploy.postgres import PrivatePostgres
from deploy.postgres_programs import find_or_fetch_binaries
from deploy.rabbitmq import PrivateRabbitmq
from deploy.rabbitmq_programs import find_or_fetch_programs
from deploy.rabbitmq_users import NETWORK, SUBSCRIBER
from deploy.readiness import consumers, gateway_is_ready
from deploy.state import Stand, State, write

log = logging.getLogger(__name__)

BROKER = "rabbitmq"
LOOK = 0.5
"""Seconds between two looks at how things stand."""
MIGRATION_SECONDS = 180


class CannotStart(Exception):
    """The message says why, and what to do."""


class SiteConfig(Config):
    """What concerns the whole."""

    port: int = 8080
    """0: any that is free."""
    host: str = "127.0.0.1"
    data: Path = Path(".hikari")
    scale: Annotated[dict[str, int], BeforeValidator(parse_scale)] = parse_scale("")
    demo: bool = False
    amqp_url: str | None = None
    database_url: str | None = None
    log_level: str = "INFO"


class Site:
    """Everything that runs over one data folder."""

    def __init__(self, config: SiteConfig, folder: DataFolder, given: Mapping[str, str]) -> None:
        self._config = config
        self._folder = folder
        self._scale = config.scale
        self._logs = folder.path / "logs"
        self._logs.mkdir(mode=0o700, exist_ok=True)
        self.port = free_port(config.host, config.port)
        self._had_secrets = (folder.path / SECRETS).exists()
        self._given = {
            "HIKARI_BASE_URL": local_address(config.host, self.port),
            **self._secrets(),
            **given,
            "HIKARI_HOST": config.host,
            "HIKARI_PORT": str(self.port),
            "HIKARI_DEMO": "on" if config.demo else "off",
        }
        self.check()
        self._given |= asterisks_port(self._given)
        folder.let_servers_in()
        self._passwords = folder.server_passwords(passwords_needed(NAMES))
        self._catches_mail = config.demo and "HIKARI_SMTP_URL" not in given
        self._database = config.database_url or ""
        self._broker: PrivateRabbitmq | None = None
        self._servers: list[Keeper] = []
        self._services: list[Keeper] = []
        self._gateways: dict[Keeper, int] = {}
        self._doors: list[Keeper] = []
        self._metrics: dict[Keeper, int] = {}
        self.stopping = threading.Event()

    def _secrets(self) -> dict[str, str]:
        """Made here where this machine has a server of its own; who brings both brings the secrets too."""
        return {} if self._config.amqp_url and self._config.database_url else self._folder.secrets()

    def check(self) -> None:
        """Read everybody's settings once. Raises `Misconfigured` with all that is wrong in any of them."""
        faults = Faults({**self._given, "HIKARI_DATABASE_URL": "postgresql://later"})
        for part in (*PARTS, AGI):
            faults.read(part.config)
        faults.raise_if_any()

    # --- starting --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Servers, then tables, then everybody at once: who starts before the broker waits for it."""
        broker = self._start_broker()
        if not self._config.database_url:
            find_or_fetch_binaries()
            server = PrivatePostgres(self._folder.path / "postgres")
            if not self._had_secrets and server.has_data:
                raise CannotStart(
                    f"{server.folder} holds the data of a former site, and its secrets are not in {self._folder.path}. "
                    "Restore secrets.env there, or remove that folder, or name another data folder: --data"
                )
            keeper = self._keep("postgresql", server)
            keeper.first_start()
            self._database = server.url("postgres")
        self._migrate()
        if broker is not None:
            broker.first_start()
        if self._catches_mail:
            self._services.append(self._catch_mail())
        for part in SERVICES:
            for number in range(1, self._scale[part.name] + 1):
                self._services.append(self._run_watched(part, number))
        if "HIKARI_AGI_PORT" in self._given:
            self._doors.append(self._run_watched(AGI, 1))
        (gateway,) = (part for part in PARTS if part.name == GATEWAY)
        for number in range(1, self._scale[GATEWAY] + 1):
            own = free_port(self._config.host)
            keeper = self._run(gateway, number, {**self._settings(gateway), "HIKARI_OWN_PORT": str(own)})
            self._gateways[keeper] = own

    def _start_broker(self) -> Keeper | None:
        if self._config.amqp_url:
            return None
        find_or_fetch_programs()
        users = [*(part.name for part in (*PARTS, AGI)), SUBSCRIBER, NETWORK]
        self._broker = PrivateRabbitmq(self._folder.path / "rabbitmq", users)
        return self._keep(BROKER, self._broker)

    def _keep(self, name: str, server: PrivatePostgres | PrivateRabbitmq) -> Keeper:
        keeper = Keeper(name, server)
        self._servers.append(keeper)
        keeper.start()
        return keeper

    def _migrate(self) -> None:
        """In a process of its own, which alone gets what may create and alter."""
        env = {**surroundings(), **self._passwords, "HIKARI_DATABASE_URL": self._database}
        done = subprocess.run(
            command("deploy.migrate"),
            env=env,
            cwd=self._logs,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MIGRATION_SECONDS,
            check=False,
        )
        if done.returncode:
            raise CannotStart(f"the tables could not be made:\n{done.stderr.strip()[-2000:]}")

    def _settings(self, part: Part) -> dict[str, str]:
        amqp = self._broker.url(part.name) if self._broker else str(self._config.amqp_url)
        given = {**self._given, "HIKARI_AMQP_URL": amqp}
        return settings_of(part, given, server=self._database, passwords=self._passwords)

    def _catch_mail(self) -> Keeper:
        port = free_port()
        mailbox = str(self._folder.path / "mailbox")
        self._given |= {"HIKARI_SMTP_URL": f"smtp://127.0.0.1:{port}", "HIKARI_MAILBOX": mailbox}
        settings = {"HIKARI_SMTP_PORT": str(port), "HIKARI_MAILBOX": mailbox}
        return self._start("mail-catcher", "deploy.mail_catching", settings)

    def _run(self, part: Part, number: int, settings: Mapping[str, str]) -> Keeper:
        name = f"{part.name}-{number}"
        return self._start(name, part.module, {**settings, "HIKARI_LOG_FILE": str(self._logs / f"{name}.log")})

    def _run_watched(self, part: Part, number: int) -> Keeper:
        """One that answers nobody over HTTP but Prometheus."""
        port = free_port()
        keeper = self._run(part, number, {**self._settings(part), "HIKARI_METRICS_PORT": str(port)})
        self._metrics[keeper] = port
        return keeper

    def _start(self, name: str, module: str, settings: Mapping[str, str]) -> Keeper:
        env = {**surroundings(), **settings}
        keeper = Keeper(name, Process(command(module), env, self._logs, self._logs / f"{name}.err"))
        keeper.start()
        return keeper

    # --- running ---------------------------------------------------------------------------------------------

    def run(self, on_state: Callable[[State], None]) -> None:
        """Returns when asked to stop. Keeps `state.json` up to date, and tells it to `on_state`."""
        was_ready = False
        while not self.stopping.is_set():
            state = self.state()
            if state.ready != was_ready:
                log.info("ready" if state.ready else "not ready")
                was_ready = state.ready
            if not state.ready or self._is_furnished():  # nobody is told of ready before the demo's lines are there
                write(self._folder.path, state)
                on_state(state)
            self.stopping.wait(LOOK)

    def _is_furnished(self) -> bool:
        """A new folder has been given the demo's lines, where they are wanted. An operator's removal lasts."""
        done = self._folder.path / "demo-lines"
        if self._config.demo and not done.exists():
            if not demo_over_http.provision(self._local, self._given["HIKARI_OPS_TOKEN"]):
                return False
            done.touch()
        self._folder.no_longer_new()
        return True

    def state(self) -> State:
        """How things stand now."""
        broker = {one: self._broker.port for one in self._servers if self._broker and one.name == BROKER}
        ports = {**self._gateways, **self._metrics, **broker}
        stands = [
            Stand(keeper.name, keeper.pid, keeper.state, keeper.restarts, keeper.since, ports.get(keeper))
            for keeper in (*self._servers, *self._services, *self._doors, *self._gateways)
        ]
        return State(os.getpid(), self._is_ready(), self._given["HIKARI_BASE_URL"], self._local, stands)

    @property
    def _local(self) -> str:
        return local_address(self._config.host, self.port)

    def _is_ready(self) -> bool:
        wanted = {part.name: self._scale[part.name] for part in SERVICES}
        url = self._broker.url() if self._broker else str(self._config.amqp_url)
        listening = consumers(url, wanted)
        return all(listening[name] >= count for name, count in wanted.items()) and all(
            gateway_is_ready(here(self._config.host), port) for port in self._gateways.values()
        )

    def stop(self) -> None:
        """Whoever asks before whoever answers, and the servers last."""
        stop_in_order([*self._gateways, *self._doors], self._services, self._servers)
