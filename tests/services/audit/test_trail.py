"""What happened is found with who, when, from where, why and under which request (AUDIT-1); no secret is (AUDIT-2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.origin import acting
from contracts.auth.api import AuthApi
from contracts.auth.logins import InvalidCredentials, SessionKey
from contracts.auth.provisioning import ProvisionedNumber, ProvisionLine, RemoveNumbers
from contracts.base import Channel, Origin, Secret
from contracts.phone import AuthUnit
from services.audit.application import Audit
from tests.services.auth.people import ADDITIONAL, CONTRACT, PASSWORD, TEMPORARY, OfficeLine

ADDRESS = "198.51.100.7"
WRONG = "wrong97guess"
BROWSER = Origin(
    channel=Channel.WEB,
    correlation_id="ab" * 16,
    request_id="req-1",
    address=Secret(ADDRESS),
    address_token="feed0123",
)


def lock(office: OfficeLine, number: str = CONTRACT) -> None:
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            office.log_in(number, WRONG)


@pytest.mark.rule("AUDIT-1")
def test_a_lockout_is_found_with_when_from_where_and_under_which_request(office: OfficeLine, operator):
    office.settle()
    before = datetime.now(UTC)
    with acting(BROWSER):
        lock(office)
    (entry,) = operator.finds(kind="CredentialLocked")
    assert (entry.service, entry.number, entry.line) == ("auth", CONTRACT, CONTRACT)
    assert before - timedelta(seconds=1) <= entry.time <= datetime.now(UTC)
    assert (entry.channel, entry.address_token, entry.correlation_id) == ("web", "feed0123", "ab" * 16)
    assert entry.data["request_id"] == "req-1"
    assert entry.data["mismatches"] == 10


@pytest.mark.rule("AUDIT-1")
def test_a_password_change_is_found_with_who_did_it_and_why(office: OfficeLine, operator):
    key = office.settle()
    with acting(BROWSER):
        office.change(key, PASSWORD, "yama97kawa")
    entry = operator.finds(kind="PasswordSet")[-1]
    assert (entry.number, entry.actor, entry.role, entry.cause) == (CONTRACT, CONTRACT, "subscriber", "own")
    assert entry.correlation_id == BROWSER.correlation_id


@pytest.mark.rule("AUDIT-1")
def test_sessions_are_found_opened_and_ended_with_the_cause(office: OfficeLine, auth_api: AuthApi, operator):
    key = office.settle()
    auth_api.log_out(SessionKey(session_key=key))
    opened, ended = operator.finds(kind="SessionOpened")[-1], operator.finds(kind="SessionEnded")[-1]
    assert opened.data["session"] == ended.data["session"]
    assert (opened.cause, ended.cause) == (None, "logout")


@pytest.mark.rule("AUDIT-1")
def test_what_an_operator_did_is_found_with_the_operators_name(auth_api: AuthApi, operator):
    with acting(Origin(channel=Channel.OPS, operator="hanako", correlation_id="cd" * 16)):
        numbers = tuple(ProvisionedNumber(number=number) for number in (CONTRACT, ADDITIONAL))
        auth_api.provision_line(ProvisionLine(contract_number=CONTRACT, numbers=numbers))
        auth_api.remove_numbers(RemoveNumbers(contract_number=CONTRACT, numbers=(ADDITIONAL,)))
    entries = operator.finds(correlation_id="cd" * 16)
    assert [entry.kind for entry in entries] == ["LineProvisioned", "NumberAdded", "NumberAdded", "NumberRemoved"]
    assert {(entry.actor, entry.role, entry.channel) for entry in entries} == {("hanako", "operator", "ops")}


@pytest.mark.rule("AUDIT-1")
def test_a_unit_change_is_found_by_every_number_it_affected(office: OfficeLine, operator):
    office.settle(AuthUnit.NUMBER)
    for number in (CONTRACT, ADDITIONAL):
        (entry,) = operator.finds(kind="AuthUnitChanged", number=number)
        assert (entry.data["from"], entry.data["to"], entry.line) == (None, "NUMBER", CONTRACT)
    assert operator.finds(kind="AuthUnitChanged", number="0399999999") == []


def everything_kept(audit: Audit, tmp_path: Path) -> str:
    """All rows, and where the database is a file its raw bytes with those of the write-ahead log."""
    files = [path.read_bytes().decode("latin-1") for path in tmp_path.glob("store*.sqlite*")]
    catalogue = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if files
        else "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    tables = [row["name"] for row in audit.rows(catalogue)]
    rows = "".join(str(audit.rows(f"SELECT * FROM {table}")) for table in tables)
    assert CONTRACT in rows
    assert not files or CONTRACT in "".join(files)
    return "".join([rows, *files])


@pytest.mark.rule("AUDIT-2")
def test_no_password_no_address_and_no_session_key_is_kept(office: OfficeLine, audit: Audit, operator, tmp_path: Path):
    with acting(BROWSER):
        key = office.settle()
        lock(office, CONTRACT)
        office.dial(AuthUnit.LINE, password="97531864")
        _, other = office.log_in(CONTRACT, "97531864")
    assert len(operator.finds()) > 15
    kept = everything_kept(audit, tmp_path)
    for secret in (PASSWORD, TEMPORARY, WRONG, "97531864", ADDRESS, key, other, "$argon2"):
        assert secret not in kept, f"{secret[:4]}… is in the index"


def test_the_search_for_secrets_would_find_one(office: OfficeLine, audit: Audit, operator, tmp_path: Path):
    with acting(BROWSER.model_copy(update={"request_id": PASSWORD})):
        office.settle()
    assert operator.finds()
    assert PASSWORD in everything_kept(audit, tmp_path)
