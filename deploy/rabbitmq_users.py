"""Who may do what at the broker: a user for each service, one for outside subscribers, one for the network, one that administers.

Each service reads its own requests and replies only, so a service that was taken over cannot take another's requests
away. Writing is narrower where AMQP allows it: everybody may ask everybody (`nameko-rpc`), nobody may publish another
service's events, and the procedures that work for a whole file at once, which count no guess and ask for no session,
are the bulk service's to call.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.auth.bulk import AuthBulkApi
from contracts.otp.bulk import OtpBulkApi
from contracts.settings.bulk_targets import SettingsBulkApi

ADMINISTRATOR = "hikari"
SUBSCRIBER = "subscriber"
NETWORK = "network"
INTAKE = r"network\.events(\.rejected)?"
"""What the telephone network tells, and what of it could not be read: the settings service takes it in."""
STREAM = r"hikari\..*"
"""The stream of all public events, and what else belongs to the site as a whole."""
BULK = "bulk"
REQUESTS = "nameko-rpc"
FOR_BULK = tuple(
    f"{service}.{procedure}"
    for service, api in (("auth", AuthBulkApi), ("otp", OtpBulkApi), ("settings", SettingsBulkApi))
    for procedure in vars(api)
    if not procedure.startswith("_")
)
"""Requests that only the bulk service may make: it has checked who asks (BULK-1..3, FEAT-4)."""
EVENTS = r"[a-z]+\.events"
VHOST = "/"


@dataclass(frozen=True)
class Permissions:
    """Patterns of the names of queues and exchanges that a user may declare, write to and read from."""

    configure: str
    write: str
    read: str


def of_service(service: str) -> Permissions:
    """What nameko's RPC, our relay and our followers need under the name of the service."""
    own = rf"rpc-{service}|rpc\.reply-{service}-.*|{service}\..*|evt-.*--{service}\..*"
    if service == "settings":
        own += rf"|{INTAKE}|amq\.default"
    return Permissions(
        configure=f"^(nameko-rpc|{own}|{STREAM})$",
        write=f"^(nameko-rpc|{own}|{STREAM})$",
        read=f"^(nameko-rpc|{own}|{EVENTS}|{STREAM})$",
    )


def of_subscriber() -> Permissions:
    """Queues of its own (nameko names those of event handlers `evt-…`), bound to anybody's events; and the stream."""
    own = r"subscriber\..*|evt-.*"
    return Permissions(configure=f"^({own})$", write=f"^({own})$", read=rf"^({own}|{EVENTS}|hikari\.events)$")


def of_network() -> Permissions:
    """To tell what happens, and nothing else."""
    return Permissions(configure="^$", write=r"^network\.events$", read="^$")


EVERYTHING = Permissions(".*", ".*", ".*")


def definitions(passwords: Mapping[str, str]) -> dict[str, Any]:
    """RabbitMQ's definitions, to be loaded at every start. There is no `guest`."""
    return {
        "vhosts": [{"name": VHOST}],
        "users": [_user(name, password) for name, password in passwords.items()],
        "permissions": [_permissions(name) for name in passwords],
        "topic_permissions": [_topic_permissions(name) for name in passwords if name not in (ADMINISTRATOR, BULK)],
    }


def _user(name: str, password: str) -> dict[str, str]:
    salt = secrets.token_bytes(4)
    digest = hashlib.sha256(salt + password.encode()).digest()
    return {
        "name": name,
        "password_hash": base64.b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": "administrator" if name == ADMINISTRATOR else "",
    }


def _permissions(name: str) -> dict[str, str]:
    special = {ADMINISTRATOR: EVERYTHING, SUBSCRIBER: of_subscriber(), NETWORK: of_network()}
    given = special.get(name) or of_service(name)
    return {"user": name, "vhost": VHOST, "configure": given.configure, "write": given.write, "read": given.read}


def _topic_permissions(name: str) -> dict[str, str]:
    asked = f"^(?!({'|'.join(map(re.escape, FOR_BULK))})$).*$"
    return {"user": name, "vhost": VHOST, "exchange": REQUESTS, "write": asked, "read": ".*"}
