"""Everything that passes through the broker, as RabbitMQ's own tracer shows it."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from kombu.connection import Connection

from deploy.rabbitmq import NODE, PrivateRabbitmq

TRACER = "amq.rabbitmq.trace"


@dataclass
class Firehose:
    """What was caught: each message's body and all that is said about it, as bytes."""

    caught: list[bytes] = field(default_factory=list)

    def holds(self, text: str) -> list[str]:
        """In which forms the text is readable in what was caught."""
        return [form for form, piece in _forms(text) if any(piece in message for message in self.caught)]


def _forms(text: str) -> Iterator[tuple[str, bytes]]:
    clear = text.encode()
    yield "clear", clear
    yield "hex", clear.hex().encode()
    yield "HEX", clear.hex().upper().encode()
    yield "UTF-16", text.encode("utf-16-le")
    for before in range(3):  # whatever stands before it in the same base64 text
        whole = base64.b64encode(b"\0" * before + clear)
        piece = whole[-(-before * 8 // 6) : len(whole) - 4 if whole.endswith(b"=") else None]
        yield f"base64 after {before}", piece
        yield f"base64url after {before}", piece.translate(bytes.maketrans(b"+/", b"-_"))


@contextmanager
def firehose(node: PrivateRabbitmq) -> Iterator[Firehose]:
    """Catches for the length of the block; what was caught is there after it."""
    _ctl(node, "trace_on")
    found = Firehose()
    with Connection(node.url()) as connection:
        channel = connection.channel()
        queue = channel.queue_declare(exclusive=True).queue
        channel.queue_bind(queue, TRACER, routing_key="#")
        yield found
        _ctl(node, "trace_off")
        while message := channel.basic_get(queue, no_ack=True):
            body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
            found.caught.append(body + repr((message.headers, message.delivery_info)).encode())


def _ctl(node: PrivateRabbitmq, command: str) -> None:
    account = node._account
    subprocess.run(
        [str(node._programs.server.parent / "rabbitmqctl"), "-n", NODE, command],
        env={"PATH": node._programs.search_path, "LANG": "C.UTF-8", **node._environment(node.port)},
        cwd=node.folder,
        user=account.uid,
        group=account.group,
        extra_groups=account.extra_groups,
        capture_output=True,
        timeout=60,
        check=True,
    )
