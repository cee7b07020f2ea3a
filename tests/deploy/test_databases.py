from __future__ import annotations

import secrets

import psycopg
import pytest

from chassis.config import load
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine
from contracts.phone import Feature
from deploy.databases import NotAllowed, Place, passwords_needed, url_of
from deploy.migrate import TABLES, migrate
from deploy.postgres import private_postgres
from services.auth.application import Auth
from services.auth.config import AuthConfig
from tests.services.auth.people import NotInUse

pytestmark = pytest.mark.postgres

PASSWORDS = {name: secrets.token_urlsafe(16) for name in passwords_needed(TABLES)}
AUTH = Place("auth")


def address(server, place: Place, role: str, password: str) -> str:
    return url_of(server.url("postgres"), place.database, role, PASSWORDS[password])


@pytest.fixture(scope="module")
def server():
    with private_postgres() as running:
        migrate(running.url("postgres"), PASSWORDS)
        yield running


@pytest.fixture(scope="module")
def auth_url(server):
    """As the running service has it, with a line in the history."""
    url = address(server, AUTH, AUTH.role, "HIKARI_AUTH_DATABASE_PASSWORD")
    env = {"HIKARI_DATABASE_URL": url, "HIKARI_KEY": "00" * 32, "HIKARI_PEPPER": "p" * 32}
    auth = Auth(load(AuthConfig, {**env, "HIKARI_HASH_MEMORY_KIB": "8", "HIKARI_HASH_PASSES": "1"}), NotInUse())
    number = ProvisionedNumber(number="0300001111", features=frozenset({Feature.CALL_NOTIFICATION}))
    auth.provisioning.provision(ProvisionLine(contract_number="0300001111", numbers=(number,)))
    auth.close()
    return url


def test_the_services_role_does_the_services_work(auth_url):
    with psycopg.connect(auth_url) as connection:
        assert connection.execute("SELECT count(*) FROM auth_events").fetchone() != (0,)
        assert connection.execute("SELECT number FROM numbers").fetchall() == [("0300001111",)]


@pytest.mark.parametrize("service", sorted(TABLES))
def test_every_service_may_append_to_its_history_only_and_change_its_rows(server, service):
    place = Place(service)
    url = address(server, place, place.role, f"HIKARI_{service.upper()}_DATABASE_PASSWORD")
    with psycopg.connect(url) as connection:
        tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        may = {
            table: connection.execute("SELECT has_table_privilege(%s, 'DELETE')", (table,)).fetchone() == (True,)
            for table in tables
        }
    kept = {f"{service}_events", f"{service}_snapshots", "migrations"}  # the gateway, which counts only, has none
    assert {table for table, allowed in may.items() if not allowed} == kept & set(tables)


@pytest.mark.rule("AUDIT-3")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE auth_events SET state = ''",
        "DELETE FROM auth_events",
        "TRUNCATE auth_events",
        "ALTER TABLE auth_events DISABLE TRIGGER ALL",
        "ALTER TABLE auth_events ADD COLUMN more int",
        "DROP TRIGGER keeps_changes_out ON auth_events",
        "DROP TABLE auth_events",
        "UPDATE auth_snapshots SET state = ''",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "CREATE TABLE mine (n int)",
        "CREATE TEMPORARY TABLE mine (n int)",
        "SET session_replication_role = replica",
        "SET ROLE hikari_auth_owner",
        "INSERT INTO migrations VALUES ('never')",
        "SELECT setval('auth_events_notification_id_seq', 1)",
    ],
)
def test_the_services_role_can_neither_change_the_history_nor_remove_what_guards_it(auth_url, statement):
    with psycopg.connect(auth_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())


@pytest.mark.rule("AUDIT-3")
@pytest.mark.parametrize(
    "statement", ["UPDATE auth_events SET state = ''", "DELETE FROM auth_events", "TRUNCATE auth_events"]
)
def test_not_even_the_owner_changes_the_history_by_mistake(server, auth_url, statement):
    owner = address(server, AUTH, AUTH.owner, "HIKARI_AUTH_OWNER_PASSWORD")
    with psycopg.connect(owner) as connection, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        connection.execute(statement.encode())


def test_a_services_role_reaches_its_own_database_only(server):
    for place in map(Place, TABLES):
        if place != AUTH:
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                psycopg.connect(address(server, place, AUTH.role, "HIKARI_AUTH_DATABASE_PASSWORD"))


def test_the_step_may_be_repeated_and_takes_new_passwords(server):
    changed = {**PASSWORDS, "HIKARI_AUDIT_DATABASE_PASSWORD": "another"}
    migrate(server.url("postgres"), changed)
    place = Place("audit")
    with psycopg.connect(url_of(server.url("postgres"), place.database, place.role, "another")) as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (0,)
    migrate(server.url("postgres"), PASSWORDS)


def test_an_administrator_without_superuser_will_do_and_one_without_rights_is_told():
    with private_postgres() as other:
        with psycopg.connect(other.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE ROLE builder LOGIN CREATEDB CREATEROLE PASSWORD 'builder'")
            connection.execute("CREATE ROLE nobody_much LOGIN PASSWORD 'nobody'")
        with pytest.raises(NotAllowed, match="CREATEDB and CREATEROLE"):
            migrate(url_of(other.url("postgres"), "postgres", "nobody_much", "nobody"), PASSWORDS)
        migrate(url_of(other.url("postgres"), "postgres", "builder", "builder"), PASSWORDS)
        with psycopg.connect(address(other, AUTH, AUTH.role, "HIKARI_AUTH_DATABASE_PASSWORD")) as connection:
            assert connection.execute("SELECT count(*) FROM auth_events").fetchone() == (0,)


def test_passwords_with_every_letter_survive_the_address():
    url = url_of("postgresql://app:old@127.0.0.1:5/postgres?sslmode=disable", "db", "role", "p/w@d:%?#")
    assert psycopg.conninfo.conninfo_to_dict(url)["password"] == "p/w@d:%?#"
