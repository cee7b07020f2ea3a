from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from contracts.audit import AuditEntry

pytestmark = pytest.mark.rule("AUDIT-4")

NOON = datetime(2026, 4, 1, 3, 0, 0, tzinfo=UTC)


def entry(position, kind="CredentialLocked", **given):
    known = {
        "service": "auth",
        "time": NOON + timedelta(seconds=position),
        "number": "0300002222",
        "line": "0300001111",
        "actor": "0300002222",
        "role": "user",
        "channel": "web",
        "address_token": "a1",
        "cause": "mismatches",
        "correlation_id": "c" * 32,
        "data": {"mismatches": 10},
    }
    return AuditEntry.model_validate({**known, **given, "position": position, "kind": kind})


@pytest.fixture
def tokyo(monkeypatch):
    import time

    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


def test_the_table_is_aligned_and_in_local_time(hikari, site, tokyo):
    site.entries = [entry(1), entry(2, "LineProvisioned", number=None, actor=None, role="operator", cause=None)]
    listed = hikari("audit", "list")
    assert listed.exit_code == 0
    head, first, second = listed.stdout.splitlines()
    assert head.split() == ["TIME", "KIND", "NUMBER", "LINE", "ACTOR", "CHANNEL", "CAUSE"]
    assert first.split("  ")[0] == "2026-04-01 12:00:01"
    assert first[head.index("KIND") :].startswith("CredentialLocked ")
    assert first[head.index("ACTOR") :].startswith("user 0300002222 ")
    assert second[head.index("NUMBER") :].startswith("- ")
    assert second[head.index("ACTOR") :].startswith("operator ")
    assert second[head.index("CAUSE") :] == "-"


def test_the_longest_kind_of_the_catalogue_moves_no_column(hikari, site):
    catalogue = (Path(__file__).resolve().parents[2] / "docs" / "interfaces.md").read_text(encoding="utf-8")
    longest = max(re.findall(r"`([A-Z]\w+)`", catalogue), key=len)
    site.entries = [entry(1), entry(2, longest)]
    head, *rows = hikari("audit", "list").stdout.splitlines()
    assert [row[head.index("NUMBER") :].startswith("0300002222 ") for row in rows] == [True, True]


def test_json_is_one_object_a_line_with_everything(hikari, site):
    site.entries = [entry(1), entry(2)]
    lines = hikari("audit", "list", "--json").stdout.splitlines()
    assert [json.loads(line)["position"] for line in lines] == [1, 2]
    assert json.loads(lines[0]) == site.entries[0].model_dump(mode="json")


def test_all_pages_are_fetched_each_after_the_last_position(hikari, site):
    site.entries = [entry(position) for position in range(10, 460)]
    lines = hikari("audit", "list", "--json").stdout.splitlines()
    assert [json.loads(line)["position"] for line in lines] == list(range(10, 460))
    assert [query["after"] for query in site.queries] == ["0", "209", "409"]


def test_a_limit_ends_the_list_and_asks_for_no_more_than_needed(hikari, site):
    site.entries = [entry(position) for position in range(1, 400)]
    assert len(hikari("audit", "list", "--json", "--limit", "250").stdout.splitlines()) == 250
    assert [query["limit"] for query in site.queries] == ["200", "50"]


def test_the_newest_come_first_page_by_page(hikari, site):
    site.entries = [entry(position) for position in range(1, 400)]
    lines = hikari("audit", "list", "--json", "--newest", "--limit", "250").stdout.splitlines()
    assert [json.loads(line)["position"] for line in lines] == list(range(399, 149, -1))
    assert [query.get("before") for query in site.queries] == [None, "200"]


def test_of_a_kind_of_which_nothing_was_recorded_those_that_are_near_are_named(hikari, site):
    site.entries = [entry(1), entry(2, "SessionOpened")]
    assert hikari("audit", "kinds").stdout.splitlines() == ["CredentialLocked", "SessionOpened"]
    for misspelt in ("credentiallocked", "CredentialLokced"):
        listed = hikari("audit", "list", "--kind", misspelt, "--json")
        assert (listed.exit_code, listed.stdout) == (
            0,
            "",
        )  # for a monitor it is no fault that nothing has happened yet
        assert "Did you mean CredentialLocked?" in listed.stderr
    assert "Did you mean" not in hikari("audit", "list", "--kind", "Zzz").stderr


def test_a_kind_that_was_recorded_outside_the_conditions_is_just_not_found(hikari, site):
    site.entries = [entry(1)]
    listed = hikari("audit", "list", "--kind", "CredentialLocked", "--number", "0300001111")
    assert (listed.exit_code, listed.stdout) == (0, "no entries\n")


def test_the_conditions_reach_the_site_normalised(hikari, site):
    site.entries = [entry(1)]
    arguments = ["--number", "03-0000-2222", "--line", "０３００００１１１１", "--kind", "CredentialLocked"]
    arguments += [
        "--since",
        "2026-04-01T09:00+09:00",
        "--until",
        "2026-04-02T00:00Z",
        "--correlation-id",
        str(UUID("c" * 32)).upper(),
    ]
    assert hikari("audit", "list", *arguments).exit_code == 0
    assert site.queries == [
        {
            "number": "0300002222",
            "line": "0300001111",
            "kind": "CredentialLocked",
            "since": "2026-04-01T00:00:00+00:00",
            "until": "2026-04-02T00:00:00+00:00",
            "correlation_id": "c" * 32,
            "after": "0",
            "limit": "200",
        }
    ]


def test_an_empty_list_says_so_to_people_and_nothing_to_programs(hikari):
    assert hikari("audit", "list").stdout == "no entries\n"
    assert hikari("audit", "list", "--json").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--number", "12"), "'12'"),
        (("--since", "yesterday"), "'yesterday'"),
        (("--since", "2026-04-02", "--until", "2026-04-01"), "--until"),
        (("--limit", "0"), "'--limit'"),
        (("--since", ""), "'--since': it is empty."),
        (("--until", " "), "'--until': it is empty."),
        (("--number", ""), "'--number': it is empty."),
        (("--line", ""), "'--line': it is empty."),
        (("--kind", ""), "'--kind': it is empty."),
        (("--correlation-id", ""), "'--correlation-id': it is empty."),
        (("--correlation-id", "zzz"), "'zzz' is no correlation id: one has 32 hexadecimal digits"),
    ],
)
def test_a_wrong_condition_is_wrong_usage_and_is_not_sent(hikari, site, arguments, told):
    refused = hikari("audit", "list", *arguments)
    assert refused.exit_code == 2
    assert told in refused.stderr
    assert site.queries == []


def test_what_others_typed_cannot_steer_the_terminal(hikari, site):
    site.entries = [entry(1, cause="\x1b[2Jgone")]
    listed = hikari("audit", "list").stdout
    assert "\x1b" not in listed
    assert "?[2Jgone" in listed
