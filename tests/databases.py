"""Databases for tests: each store's is made once in a run, by its own migrations, and copied for whoever needs one."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import ClassVar

import psycopg
from psycopg import sql

from chassis.migrations import Migration
from chassis.store import Application
from deploy.postgres import PrivatePostgres

SQLITE = "sqlite:///"
FILE_COPY_IS_ASKED_FOR = 150000
"""The version of PostgreSQL since which it is."""


Shape = tuple[str, tuple[Migration, ...]]
"""What a migrated database depends on; a test may change a store's migrations for itself."""

_files: dict[Shape, bytes] = {}


def migrate(store: type[Application], url: str) -> None:
    """As `store.migrate(url)`. A database that is not there yet becomes a copy of one that was migrated before."""
    if url.startswith(SQLITE):
        file = Path(url.removeprefix(SQLITE))
        if not file.exists():
            file.write_bytes(_sqlite_file(store))
            return
    elif (there := Postgres.at(url)) is not None and there.has_copied(store, url):
        return
    store.migrate(url)


def _shape(store: type[Application]) -> Shape:
    return store.name, tuple(store.migrations)


def _sqlite_file(store: type[Application]) -> bytes:
    shape = _shape(store)
    if shape not in _files:
        with tempfile.TemporaryDirectory() as folder:
            store.migrate(f"{SQLITE}{folder}/empty.sqlite")
            (file,) = Path(folder).iterdir()  # nothing of it is left in a log beside it
            _files[shape] = file.read_bytes()
    return _files[shape]


class Postgres:
    """The server of a run, and what has been copied on it."""

    _servers: ClassVar[dict[str, Postgres]] = {}

    def __init__(self, server: PrivatePostgres) -> None:
        self._server = server
        self._administrator = psycopg.connect(server.url("postgres"), autocommit=True)
        # Less work than logging every page; before version 15 there was no other way.
        self._by_file = (
            " STRATEGY FILE_COPY" if self._administrator.info.server_version >= FILE_COPY_IS_ASKED_FOR else ""
        )
        self._templates: dict[Shape, str] = {}
        self._promised: set[str] = set()
        self._servers[server.url("")] = self

    @classmethod
    def at(cls, url: str) -> Postgres | None:
        """The one that has this database, if it is a test's."""
        return cls._servers.get(url.rpartition("/")[0] + "/")

    def promise(self) -> str:
        """The address of a database that is not there until somebody migrates it: what SQLite's file is, too."""
        name = f"test_{secrets.token_hex(6)}"
        self._promised.add(name)
        return self._server.url(name)

    def create(self) -> str:
        """The address of an empty database."""
        name = f"test_{secrets.token_hex(6)}"
        self._execute("CREATE DATABASE {}", name)
        return self._server.url(name)

    def drop(self, url: str) -> None:
        """Whether it was ever made or not."""
        name = url.rpartition("/")[2]
        self._promised.discard(name)
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def has_copied(self, store: type[Application], url: str) -> bool:
        """Make good a promise. False where the database is there already."""
        name = url.rpartition("/")[2]
        if name not in self._promised:
            return False
        shape = _shape(store)
        if shape not in self._templates:
            made = self.create()
            store.migrate(made)
            self._templates[shape] = made.rpartition("/")[2]
        self._promised.remove(name)
        self._execute("CREATE DATABASE {} TEMPLATE {}" + self._by_file, name, self._templates[shape])
        return True

    def close(self) -> None:
        del self._servers[self._server.url("")]
        self._administrator.close()

    def _execute(self, statement: str, *names: str) -> None:
        self._administrator.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
