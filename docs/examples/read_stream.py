"""Reads all public events of the settings site, from the beginning or from where it stopped, each once.

    python read_stream.py amqp://subscriber:…@broker// read.sqlite

Prints one event (CloudEvents, JSON) a line. Needs kombu and nothing of the site's. The stream keeps 14 days; a reader
that was away for longer asks the operators for the history before.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import time
from typing import Any

from kombu import Connection, Consumer, Queue

STREAM = "hikari.events"
PREFETCH = 100
"""Unacknowledged messages at a time; a stream insists on a limit."""


class Progress:
    """What was done with the events and how far we are, in one database: both are committed together.

    Delivery is at least once. A repeat has the same id, so it is recognised, also after a crash between two lines.
    """

    def __init__(self, file: str) -> None:
        self._database = sqlite3.connect(file)
        self._database.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
        self._database.execute("CREATE TABLE IF NOT EXISTS position (stream TEXT PRIMARY KEY, next INTEGER NOT NULL)")

    def next_offset(self) -> int | str:
        """Where to go on in the stream."""
        row = self._database.execute("SELECT next FROM position WHERE stream = ?", (STREAM,)).fetchone()
        return int(row[0]) if row else "first"

    def record(self, offset: int, event: dict[str, Any]) -> bool:
        """Do what follows from the event; False when it was done before. Here it is kept, to have an example."""
        with self._database as transaction:
            new = transaction.execute(
                "INSERT OR IGNORE INTO events (id, body) VALUES (?, ?)", (event["id"], json.dumps(event))
            ).rowcount
            transaction.execute("INSERT OR REPLACE INTO position (stream, next) VALUES (?, ?)", (STREAM, offset + 1))
        return bool(new)


def read(url: str, progress: Progress, idle: float | None) -> None:
    """Until interrupted, or until nothing has come for `idle` seconds."""

    def take(event: dict[str, Any], message: Any) -> None:
        if progress.record(message.headers["x-stream-offset"], event):
            print(json.dumps(event, ensure_ascii=False), flush=True)
        message.ack()  # gives the stream leave to send more; where we are, we know ourselves

    while True:
        with Connection(url, heartbeat=30, connect_timeout=5) as connection:
            try:
                channel = connection.channel()
                channel.basic_qos(0, PREFETCH, a_global=False)
                offset = {"x-stream-offset": progress.next_offset()}
                stream = Queue(STREAM, no_declare=True, consumer_arguments=offset)
                with Consumer(channel, [stream], callbacks=[take], accept=["json"]):
                    while True:
                        _wait(connection, idle)
            except Idle:
                return
            except (*connection.connection_errors, *connection.channel_errors) as error:
                # The broker is away, or the site has not been started yet and there is no stream.
                print(f"once more in a second: {error}", file=sys.stderr, flush=True)
                time.sleep(1)


class Idle(Exception):
    """Nothing came for as long as was asked for."""


def _wait(connection: Connection, idle: float | None) -> None:
    """For one message, keeping the connection alive meanwhile."""
    deadline = None if idle is None else time.monotonic() + idle
    while True:
        try:
            connection.drain_events(timeout=1)
            return
        except TimeoutError:
            connection.heartbeat_check()
            if deadline is not None and time.monotonic() > deadline:
                raise Idle from None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Read the public events of the settings site.")
    parser.add_argument("url", help="amqp://user:password@host//")
    parser.add_argument("progress", help="SQLite file; a new one begins at the beginning")
    parser.add_argument("--idle", type=float, metavar="SECONDS", help="end when nothing has come for so long")
    given = parser.parse_args()
    read(given.url, Progress(given.progress), given.idle)
