"""Faults, recoveries and planned work in words (FEAT-5)."""

from __future__ import annotations

from contracts.settings.line_news import LineNewsItem
from contracts.settings.network import LineFault, LineRecovered
from gateway.words import clock


def facts(item: LineNewsItem) -> list[tuple[str, str]]:
    """What the network told, by its label; what it did not tell is left out."""
    told = item.told
    if isinstance(told, LineFault):
        expected = clock(told.expected_recovery) if told.expected_recovery else ""
        times = [("発生日時", clock(told.occurred_at)), ("復旧の状況", told.state), ("復旧の見込み", expected)]
    elif isinstance(told, LineRecovered):
        occurred = clock(told.occurred_at) if told.occurred_at else ""
        times = [("発生日時", occurred), ("回復日時", clock(told.recovered_at))]
    else:
        times = [("工事の期間", f"{clock(told.begins_at)}から{clock(told.ends_at)}まで")]
    said = [*times, ("影響", told.extent), ("原因", told.cause), ("受付番号", told.fault)]
    return [(label, words) for label, words in said if words]
