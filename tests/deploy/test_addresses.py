"""Where programs listen."""

from __future__ import annotations

import socket

import pytest

from deploy.addresses import ANY_PORT, CannotListen, free_port


def test_who_finds_the_port_taken_is_told_of_the_one_beside_it():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"name another port: --port ({port + 1}|{port - 1})$"):
            free_port("127.0.0.1", port)


def test_any_port_is_none_that_a_connection_may_be_given_meanwhile():
    assert {free_port() in ANY_PORT for _ in range(20)} == {True}
