from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from chassis import telemetry
from chassis.origin import acting
from chassis.redaction import redacted, redacted_text
from contracts.base import Origin, Secret


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """Everything logged goes there, and after the test to where it went before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    telemetry.configure(file=tmp_path / "log")
    yield tmp_path / "log"
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level
    logging.captureWarnings(capture=False)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_both_ways_of_logging_end_in_one_stream_with_time_service_and_correlation_id(log_file: Path) -> None:
    with acting(Origin(correlation_id="a" * 32)), telemetry.in_service("auth"):
        telemetry.log.info("one", number=3)
        logging.getLogger("services.auth").warning("two", extra={"number": 4})
    one, two = lines(log_file)
    assert (one["event"], one["number"], one["level"]) == ("one", 3, "info")
    assert (two["event"], two["number"], two["level"]) == ("two", 4, "warning")
    for line in (one, two):
        assert line["service"] == "auth"
        assert line["correlation_id"] == "a" * 32
        assert line["time"].endswith("Z")


def test_the_log_file_is_closed_to_others(log_file: Path) -> None:
    assert stat.S_IMODE(log_file.stat().st_mode) == 0o600


@pytest.mark.rule("AUDIT-2")
def test_an_exceptions_text_is_cleaned_like_any_other(log_file: Path) -> None:
    class Form(BaseModel):
        password: int

    try:
        Form.model_validate({"password": "hunter2abc"})
    except ValidationError:
        telemetry.log.exception("unreadable")
        logging.getLogger("anything").exception("unreadable")
    text = log_file.read_text(encoding="utf-8")
    assert text.count("ValidationError") >= 2
    assert "hunter2abc" not in text


@pytest.mark.rule("AUDIT-2")
@pytest.mark.parametrize(
    "said",
    [
        {"password": "hunter2abc"},
        {"request": {"present": "hunter2abc"}},
        {"steps": [{"digits": "hunter2abc"}]},
        {"Authorization": "hunter2abc"},
        {"cookie": ["hunter2abc"]},
        {"session_key": "hunter2abc"},
        {"HIKARI_IVR_TOKEN": "hunter2abc"},
        {"anything": Secret("hunter2abc")},
        {"anything": [Secret("hunter2abc")]},
        {"body": b"hunter2abc"},
    ],
)
def test_what_is_named_like_a_secret_is_starred_at_any_depth(said: dict[str, Any]) -> None:
    assert "hunter2abc" not in json.dumps(redacted(said))


@pytest.mark.rule("AUDIT-2")
@pytest.mark.parametrize(
    "text",
    [
        "password=S3cretWord, number=1",
        "{'digits': 'S3cretWord'}",
        "Authorization: Bearer S3cretWord",
        "amqp://user:S3cretWord@broker/",
        '127.0.0.1 "GET /register?link=S3cretWord HTTP/1.1" 200',
        "token: S3cretWord",
    ],
)
def test_a_secret_inside_a_sentence_is_starred(text: str) -> None:
    assert "S3cretWord" not in redacted_text(text)


@pytest.mark.rule("AUDIT-2")
def test_eight_digits_in_a_sentence_are_taken_for_a_temporary_password() -> None:
    assert "13572468" not in redacted_text("entered 13572468 for 0300001111")


@pytest.mark.parametrize(
    "text", ["0300001111", "2026-07-31T10:00:00", "0123abcd" * 4, "took 12 ms", "address_token", "/services/auth"]
)
def test_what_an_operator_needs_stays_readable(text: str) -> None:
    assert redacted_text(text) == text


def test_calls_and_requests_are_counted_by_outcome() -> None:
    with telemetry.rpc_seconds("auth", "count_me") as measured:
        measured.outcome = "refused"
    telemetry.http_seconds("GET", "/count-me", 200, 0.01)
    told = telemetry.metrics().decode()
    assert 'hikari_rpc_seconds_count{method="count_me",outcome="refused",service="auth"} 1.0' in told
    assert 'hikari_http_seconds_count{method="GET",route="/count-me",status="200"} 1.0' in told
