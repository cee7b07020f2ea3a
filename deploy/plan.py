"""What runs in the distributed mode: which services, how many of each, and what each of them is told.

A service is told what its own settings ask for and nothing else: the gateway never sees the pepper, nobody another's
key. All of it goes through the environment, never through arguments, which every user of the machine can read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chassis.alone_config import ProcessConfig
from chassis.config import PREFIX, Config, load
from chassis.keys import derive, parse_key
from deploy.addresses import free_port
from deploy.databases import Place, url_of
from gateway.agi.config import AgiConfig
from gateway.config import GatewayConfig
from services.audit.config import AuditConfig
from services.auth.config import AuthConfig
from services.bulk.config import BulkConfig
from services.otp.config import OtpConfig
from services.settings.config import SettingsConfig
from services.tempcred.config import TempcredConfig

HOME = Path(__file__).resolve().parent.parent
GATEWAY = "gateway"


@dataclass(frozen=True)
class Part:
    """A service, or the gateway: its module and its settings."""

    name: str
    module: str
    config: type[Config]


SERVICES = (
    Part("auth", "services.auth", AuthConfig),
    Part("tempcred", "services.tempcred", TempcredConfig),
    Part("otp", "services.otp", OtpConfig),
    Part("settings", "services.settings", SettingsConfig),
    Part("bulk", "services.bulk", BulkConfig),
    Part("audit", "services.audit", AuditConfig),
)
"""A further service is one more line here, and one in `deploy/migrate.py`."""
PARTS = (*SERVICES, Part(GATEWAY, "gateway", GatewayConfig))
NAMES = tuple(part.name for part in PARTS)
AGI = Part("agi", "gateway.agi", AgiConfig)
"""The door to Asterisk: runs only where `HIKARI_AGI_PORT` says where, once, and has no database."""


def asterisks_port(given: Mapping[str, str]) -> dict[str, str]:
    """`HIKARI_AGI_PORT` where the door to Asterisk listens, also when any free port was asked for; nothing without one.

    Raises `Misconfigured`, `CannotListen`.
    """
    config = load(AgiConfig, given)
    if config.agi_port is None:
        return {}
    return {"HIKARI_AGI_PORT": str(free_port(config.agi_host, config.agi_port, "HIKARI_AGI_PORT=4574"))}


def parse_scale(text: str) -> dict[str, int]:
    """`auth=2,gateway=2` → how many of each; 1 where nothing is said. Raises ValueError with what is wrong."""
    wanted = dict.fromkeys(NAMES, 1)
    for one in filter(None, map(str.strip, text.split(","))):
        name, _, count = one.partition("=")
        if name not in wanted:
            raise ValueError(f"there is no {name!r} to have several of; there are {', '.join(NAMES)}")
        if not count.isdecimal() or not 1 <= int(count) <= MOST:
            raise ValueError(f"{name} needs a number from 1 to {MOST}, as {name}=2")
        wanted[name] = int(count)
    return wanted


MOST = 64


def own_key(master: str, name: str) -> str:
    """`HIKARI_KEY` of one service, from that of the site: whoever learns one cannot tell the others."""
    return base64.b64encode(derive(parse_key(master), f"hikari/service/{name}")).decode()


def own_pepper(master: str, name: str) -> str:
    """`HIKARI_PEPPER` of one service, likewise; former peppers stay behind their commas."""
    purpose = f"hikari/pepper/{name}".encode()
    return ",".join(hmac.digest(one.strip().encode(), purpose, hashlib.sha256).hex() for one in master.split(","))


def settings_of(part: Part, given: Mapping[str, str], *, server: str, passwords: Mapping[str, str]) -> dict[str, str]:
    """The `HIKARI_*` of one part. `server` is any address at the database server, `passwords` those of the roles."""
    known = {
        **given,
        "HIKARI_KEY": own_key(given["HIKARI_KEY"], part.name),
        "HIKARI_PEPPER": own_pepper(given["HIKARI_PEPPER"], part.name),
    }
    if part in PARTS:
        place = Place(part.name)
        password = passwords[f"HIKARI_{part.name.upper()}_DATABASE_PASSWORD"]
        variable = "HIKARI_COUNTERS_URL" if part.name == GATEWAY else "HIKARI_DATABASE_URL"
        known[variable] = url_of(server, place.database, place.role, password)
    asked = {PREFIX + field.upper() for model in (ProcessConfig, part.config) for field in model.model_fields}
    return {name: value for name, value in known.items() if name in asked}


def command(module: str) -> list[str]:
    """Runs one of our modules; `-P` keeps what lies where it runs out of its path."""
    return [sys.executable, "-P", "-m", module]


def surroundings() -> dict[str, str]:
    """What every process needs of our own environment; of our settings nothing."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**outside, "PYTHONPATH": str(HOME), "PYTHONUNBUFFERED": "1"}
