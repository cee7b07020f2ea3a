from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from cli.complaint import Complaint
from cli.periods import moment

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
        ("1w", timedelta(weeks=1)),
    ],
)
def test_a_length_of_time_means_so_long_ago(text, ago):
    assert moment(text, NOW) == NOW - ago


def test_what_has_no_zone_is_local(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        assert moment("2026-04-01T09:30") == datetime(2026, 4, 1, 0, 30, tzinfo=UTC)
        assert moment("2026-04-01") == datetime(2026, 3, 31, 15, 0, tzinfo=UTC)
    time.tzset()


def test_a_zone_that_is_given_counts():
    assert moment("2026-04-01 09:30+09:00") == datetime(2026, 4, 1, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "2h30", "2026-13-01", "999999w", "-2h"])
def test_anything_else_is_answered_with_examples(text):
    with pytest.raises(Complaint, match="is no point in time"):
        moment(text)
