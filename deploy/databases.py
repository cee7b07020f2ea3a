"""A database for each service, with a role that owns its tables and one that the running service has (AUDIT-3).

The owner migrates, and nobody logs in as it otherwise. The service's role may connect, read and append to the history,
and read and write its rows: no UPDATE, DELETE or TRUNCATE on the history, nothing created, altered or dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

READ_ONLY = ("migrations",)


class NotAllowed(Exception):
    """The administrator that was named may not do what is needed; the message says what that is."""


@dataclass(frozen=True)
class Place:
    """A service's database on one server, and the names of its two roles."""

    service: str

    @property
    def database(self) -> str:
        return f"hikari_{self.service}"

    @property
    def owner(self) -> str:
        return f"hikari_{self.service}_owner"

    @property
    def history(self) -> frozenset[str]:
        """The library's tables, which nobody may change. By their whole names: a service may call a table of rows events."""
        return frozenset({f"{self.service}_events", f"{self.service}_snapshots"})

    @property
    def role(self) -> str:
        return f"hikari_{self.service}"


def passwords_needed(services: Iterable[str]) -> list[str]:
    """The variables that hold the passwords of the services' roles and of their owners."""
    return [f"HIKARI_{name.upper()}_{kind}_PASSWORD" for name in services for kind in ("DATABASE", "OWNER")]


def url_of(server: str, database: str, role: str, password: str) -> str:
    """The address of a database on the server that `server` (a `postgresql://` URL) is at, for another role."""
    parts = urlsplit(server)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        (parts.scheme, f"{quote(role, safe='')}:{quote(password, safe='')}@{host}", f"/{database}", parts.query, "")
    )


def provide(administrator: str, place: Place, owner_password: str, role_password: str) -> str:
    """Make database and roles where they are missing, set the passwords; returns the owner's address.

    `administrator` is the URL of a role that may create databases and roles. Raises `NotAllowed`.
    """
    owner, role, database = map(sql.Identifier, (place.owner, place.role, place.database))
    try:
        with psycopg.connect(administrator, autocommit=True) as server, _alone(server):
            for login, password in ((place.owner, owner_password), (place.role, role_password)):
                _make_role(server, login, password)
            server.execute(
                sql.SQL("GRANT {} TO CURRENT_USER").format(owner)
            )  # to give it a database, without superuser
            if not _is_there(server, "SELECT 1 FROM pg_database WHERE datname = %s", place.database):
                server.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(database, owner)
                )
            server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
            server.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, role))
    except psycopg.errors.InsufficientPrivilege as refused:
        raise NotAllowed(
            f"the role of HIKARI_DATABASE_URL may not create databases and roles ({refused.diag.message_primary}). "
            "Name one with CREATEDB and CREATEROLE"
        ) from refused
    address = url_of(administrator, place.database, place.owner, owner_password)
    with psycopg.connect(address, autocommit=True) as own:
        own.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        own.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
    return address


def grant(owner_address: str, place: Place) -> None:
    """Give the service's role its rights on the tables there are now. Repeated after every migration."""
    grantee = sql.Identifier(place.role)
    with psycopg.connect(owner_address) as own:
        for (table,) in own.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            name = sql.Identifier(table)
            own.execute(sql.SQL("REVOKE ALL ON {} FROM PUBLIC, {}").format(name, grantee))
            own.execute(sql.SQL("GRANT {} ON {} TO {}").format(_rights(place, table), name, grantee))
        own.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(grantee))


def _rights(place: Place, table: str) -> sql.SQL:
    if table in place.history:
        return sql.SQL("SELECT, INSERT")
    if table in READ_ONLY:
        return sql.SQL("SELECT")
    return sql.SQL("SELECT, INSERT, UPDATE, DELETE")


def _make_role(server: psycopg.Connection, name: str, password: str) -> None:
    role = sql.Identifier(name)
    if not _is_there(server, "SELECT 1 FROM pg_roles WHERE rolname = %s", name):
        server.execute(sql.SQL("CREATE ROLE {} NOSUPERUSER NOCREATEDB NOCREATEROLE").format(role))
    server.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(password)))


def _is_there(server: psycopg.Connection, query: str, name: str) -> bool:
    return server.execute(query.encode(), (name,)).fetchone() is not None


@contextmanager
def _alone(server: psycopg.Connection) -> Iterator[None]:
    """Whoever provides databases at the same time waits."""
    server.execute("SELECT pg_advisory_lock(hashtext('hikari databases'))")
    yield
