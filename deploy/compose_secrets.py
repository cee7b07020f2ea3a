"""The secret files that `docker-compose.yml` names, made once: `./hikari secrets` writes them into `deploy/secrets/`.

What a container gets is what its service asks for, as in `./hikari up`. The folder is closed to others; two files in it
are readable to all, because the servers' images read them as users of their own.
"""

from __future__ import annotations

import json
from pathlib import Path

from deploy.data_folder import DataFolder
from deploy.databases import passwords_needed
from deploy.plan import AGI, HOME, NAMES, PARTS, settings_of
from deploy.postgres import SUPERUSER
from deploy.rabbitmq_users import ADMINISTRATOR, NETWORK, SUBSCRIBER, definitions

FOLDER = HOME / "deploy" / "secrets"
USERS = (ADMINISTRATOR, SUBSCRIBER, NETWORK, AGI.name, *NAMES)
POSTGRES = "POSTGRES_PASSWORD"


def make(path: Path = FOLDER) -> list[Path]:
    """Write what is missing and render the rest anew; returns the files that containers read. Raises `Unusable`."""
    broker = {user: f"HIKARI_{user.upper()}_BROKER_PASSWORD" for user in USERS}
    with DataFolder(path) as folder:
        given = folder.secrets()
        passwords = folder.server_passwords([POSTGRES, *broker.values(), *passwords_needed(NAMES)])
        folder.no_longer_new()
    server = f"postgresql://{SUPERUSER}:{passwords[POSTGRES]}@postgres:5432/postgres"
    owners = {name: passwords[name] for name in passwords_needed(NAMES)}
    files = {"migrate.env": {"HIKARI_DATABASE_URL": server, **owners}}
    for part in (*PARTS, AGI):
        amqp = f"amqp://{part.name}:{passwords[broker[part.name]]}@rabbitmq:5672//"
        told = settings_of(part, {**given, "HIKARI_AMQP_URL": amqp}, server=server, passwords=passwords)
        files[f"{part.name}.env"] = told
    users = {user: passwords[variable] for user, variable in broker.items()}
    return [
        *(
            _write(path / name, "".join(f"{key}={value}\n" for key, value in env.items()))
            for name, env in files.items()
        ),
        _write(path / "postgres-password", passwords[POSTGRES], 0o644),
        _write(path / "rabbitmq-definitions.json", json.dumps(definitions(users)), 0o644),
    ]


def _write(file: Path, text: str, mode: int = 0o600) -> Path:
    file.touch(mode=0o600)
    file.write_text(text, encoding="ascii")
    file.chmod(mode)
    return file
