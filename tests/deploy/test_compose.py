from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values

from chassis.alone_config import ProcessConfig
from chassis.config import Faults
from deploy.compose_secrets import make
from deploy.migrate import main
from deploy.plan import AGI, HOME, NAMES, PARTS

COMPOSE = yaml.safe_load((HOME / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deploy") / "secrets"
    make(folder)
    return folder


@pytest.mark.parametrize("part", [*PARTS, AGI], ids=lambda part: part.name)
def test_each_container_is_given_what_its_service_asks_for(part, secrets):
    container = SERVICES[part.name]
    assert container["command"] == ["python", "-m", part.module]
    files = [secrets / Path(name).name for name in container["env_file"]]
    plain = {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value) for name, value in container["environment"].items()}
    given = {**plain, **{name: value for file in files for name, value in dotenv_values(file).items() if value}}
    faults = Faults(given)
    faults.read(ProcessConfig)
    faults.read(part.config)
    faults.raise_if_any()


def test_the_migration_is_given_all_passwords_and_is_awaited_by_every_service(secrets, monkeypatch):
    seen: dict[str, str] = {}
    for name, value in dotenv_values(secrets / "migrate.env").items():
        monkeypatch.setenv(name, value or "")
    monkeypatch.setattr("deploy.migrate.migrate", lambda url, passwords: seen.update(passwords, url=url))
    main()
    assert seen["url"].startswith("postgresql://app:")
    for name in NAMES:
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_what_is_made_once_stays_and_only_what_the_servers_read_is_open(secrets):
    before = (secrets / "auth.env").read_text(encoding="ascii")
    make(secrets)
    assert (secrets / "auth.env").read_text(encoding="ascii") == before
    assert secrets.stat().st_mode & 0o777 == 0o700
    opened = {file.name for file in secrets.iterdir() if file.stat().st_mode & 0o077 and file.name != "lock"}
    assert opened == {"postgres-password", "rabbitmq-definitions.json"}
    broker = json.loads((secrets / "rabbitmq-definitions.json").read_text(encoding="ascii"))
    assert {user["name"] for user in broker["users"]} == {"hikari", "subscriber", "network", "agi", *NAMES}


def test_our_containers_have_no_more_power_than_they_need():
    for name, container in SERVICES.items():
        assert container["security_opt"] == ["no-new-privileges:true"], name
        assert container["init"] is True, name
        if container["image"] == "hikari":
            assert (container["read_only"], container["cap_drop"]) == (True, ["ALL"]), name
    dockerfile = (HOME / "Dockerfile").read_text(encoding="utf-8")
    assert "USER 10001" in dockerfile
    assert "--require-hashes" in dockerfile


def test_every_volume_and_secret_that_is_named_is_there():
    for container in SERVICES.values():
        for secret in container.get("secrets", ()):
            assert secret in COMPOSE["secrets"]
        for volume in container.get("volumes", ()):
            source = volume.split(":", maxsplit=1)[0]
            assert source in COMPOSE["volumes"] or (HOME / source).is_file(), volume
