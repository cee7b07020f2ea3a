"""Whether all that was asked for serves: every gateway says so of the site, and every instance takes requests."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from urllib.parse import unquote, urlsplit

import amqp

OK = 200


def gateway_is_ready(host: str, port: int) -> bool:
    """Whether the gateway at this port finds that the site is ready."""
    connection = HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def consumers(amqp_url: str, services: Mapping[str, int]) -> dict[str, int]:
    """How many processes take the requests of each service; nobody's where the broker does not tell."""
    parts = urlsplit(amqp_url)
    found = dict.fromkeys(services, 0)
    try:
        with amqp.Connection(
            f"{parts.hostname}:{parts.port or 5672}",
            unquote(parts.username or "guest"),
            unquote(parts.password or "guest"),
            virtual_host=unquote(parts.path[1:]) or "/",
            ssl=parts.scheme == "amqps",
            connect_timeout=3,
            read_timeout=3,
        ) as connection:
            for name in services:
                found[name] = _listening(connection, f"rpc-{name}")
    except (OSError, amqp.AMQPError):
        pass
    return found


def _listening(connection: amqp.Connection, queue: str) -> int:
    channel = connection.channel()
    try:
        return int(channel.queue_declare(queue, passive=True).consumer_count)
    except amqp.NotFound:
        return 0
    finally:
        channel.close()
