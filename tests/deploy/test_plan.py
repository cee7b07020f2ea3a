from __future__ import annotations

import socket

import pytest

from deploy.addresses import CannotListen
from deploy.databases import passwords_needed
from deploy.migrate import TABLES
from deploy.plan import AGI, NAMES, PARTS, asterisks_port, own_key, parse_scale, settings_of

MASTER = "11" * 32
PEPPER = "p" * 40
GIVEN = {
    "HIKARI_KEY": MASTER,
    "HIKARI_PEPPER": PEPPER,
    "HIKARI_OPS_TOKEN": "o" * 40,
    "HIKARI_AMQP_URL": "amqp://here",
    "HIKARI_CONNECTIONS": "50",
    "HIKARI_DATABASE_URL": "postgresql://app:secret@127.0.0.1:5432/postgres",
}
PASSWORDS = {name: f"password of {name}" for name in passwords_needed(NAMES)}


def told(name: str) -> dict[str, str]:
    (part,) = (part for part in PARTS if part.name == name)
    return settings_of(part, GIVEN, server="postgresql://app:secret@db.example:5433/postgres", passwords=PASSWORDS)


def test_one_of_each_runs_unless_something_else_is_said():
    assert parse_scale("") == dict.fromkeys(NAMES, 1)
    assert parse_scale(" auth=2, gateway=3 ") == {**dict.fromkeys(NAMES, 1), "auth": 2, "gateway": 3}


@pytest.mark.parametrize("text", ["auht=2", "auth", "auth=0", "auth=two", "auth=65"])
def test_a_scale_that_cannot_be_is_told(text):
    with pytest.raises(ValueError, match="auth"):
        parse_scale(text)


def test_whoever_is_started_has_tables_made_for_it():
    assert set(TABLES) == set(NAMES)


def test_a_service_is_told_its_own_settings_only():
    assert [name for name in NAMES if "HIKARI_PEPPER" in told(name)] == ["auth", "otp"]
    assert [name for name in NAMES if "HIKARI_CONNECTIONS" in told(name)] == ["gateway"]
    assert "HIKARI_DATABASE_URL" not in told("gateway")
    for name in NAMES:
        assert "secret" not in " ".join(told(name).values()), "the administrator's password is nobody's"
        assert not {MASTER, PEPPER} & set(told(name).values())


def test_the_door_to_asterisk_is_told_where_to_listen_and_has_no_database():
    given = {**GIVEN, "HIKARI_AGI_PORT": "0", "HIKARI_IVR_TOKEN": "t" * 32}
    assert asterisks_port(given)["HIKARI_AGI_PORT"] != "0"
    assert asterisks_port({"HIKARI_IVR_TOKEN": "t" * 32}) == {}
    told = settings_of(AGI, given, server="postgresql://app:secret@db.example:5433/postgres", passwords={})
    assert set(told) == {"HIKARI_AGI_PORT", "HIKARI_AMQP_URL", "HIKARI_IVR_TOKEN"}


def test_a_door_to_asterisk_that_is_taken_is_told_before_anything_runs():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"port {port} .* HIKARI_AGI_PORT"):
            asterisks_port({"HIKARI_AGI_PORT": str(port), "HIKARI_IVR_TOKEN": "t" * 32})


def test_each_service_has_a_key_and_a_role_of_its_own():
    assert len({own_key(MASTER, name) for name in NAMES}) == len(NAMES)
    assert told("auth")["HIKARI_PEPPER"] != told("otp")["HIKARI_PEPPER"]
    address = told("tempcred")["HIKARI_DATABASE_URL"]
    assert address.startswith("postgresql://hikari_tempcred:password%20of")
    assert address.endswith("@db.example:5433/hikari_tempcred")
