"""Where programs listen, and how this machine reaches them."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

LAST_PORT = 65535
ANY_PORT = range(20_000, 32_768)
"""Below those that Linux lends to connections (ip(7)): one of these could be lent between our look and the program's start."""
EVERYWHERE = "0.0.0.0"  # noqa: S104  # compared, not bound


class CannotListen(Exception):
    """The port is taken or may not be used; the message says what to do."""


def free_port(host: str = "127.0.0.1", wanted: int = 0, another: str = "") -> int:
    """The port to listen on; 0 asks for any. Raises `CannotListen`; `another` is how to name another, if not by the option."""
    if not wanted:
        return _any_port(host)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except OSError as error:
            raise CannotListen(
                f"port {wanted} of {host} cannot be used: {error.strerror}. Stop what listens there, or name another port: "
                f"{another or f'--port {wanted - 1 if wanted == LAST_PORT else wanted + 1}'}"
            ) from error
        return int(probe.getsockname()[1])


def _any_port(host: str) -> int:
    for port in random.sample(ANY_PORT, len(ANY_PORT)):
        with suppress(CannotListen):
            return free_port(host, port)
    raise CannotListen(f"no port of {host} from {ANY_PORT.start} to {ANY_PORT.stop - 1} can be used")


def here(host: str) -> str:
    """The same host as this machine addresses it."""
    return "127.0.0.1" if host == EVERYWHERE else host


def local_address(host: str, port: int | str) -> str:
    """How this machine reaches the site."""
    return f"http://{here(host)}:{port}"
