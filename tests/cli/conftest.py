"""A small site that speaks the operators' API over real HTTP, and the command line against it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner, Result
from werkzeug import Request, Response
from werkzeug.serving import make_server

from cli.app import app
from contracts.audit import AuditEntry
from contracts.base import ParkedEvent
from contracts.settings.network import NETWORK_EVENT, NetworkEvent

TOKEN = "operators-token"


class Site:
    """Lines as provisioned, audit entries as put in, and failures as asked for."""

    def __init__(self) -> None:
        self.lines: dict[str, dict[str, list[str]]] = {}
        self.entries: list[AuditEntry] = []
        self.parked: list[ParkedEvent] = []
        self.poisoned = 0
        self.away: list[str] = []
        self.queries: list[dict[str, str]] = []
        self.refuse: dict[str, dict[str, Any]] = {}
        self.picky = False
        self.batches: list[int] = []
        self.busy = 0
        self.resets: list[dict[str, str]] = []
        self.breaks_after: int | None = None
        self.url = ""
        self.heard: dict[str, NetworkEvent] = {}
        self.remarks: list[str] = []
        self.fault: str | None = None
        self.ready = True

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path == "/health/ready":
            return _json({"status": "ready"}, 200 if self.ready else 503)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _json({"error": "token"}, 401)
        if self.busy:
            self.busy -= 1
            return Response(status=503, headers={"Retry-After": "0"})
        routes = {
            ("POST", "/ops/api/lines"): lambda: self._provision(request.get_json()),
            ("POST", "/ops/api/lines/several"): lambda: self._provision_several(request.get_json()),
            ("GET", "/ops/api/audit"): lambda: self._audit(request.args.to_dict()),
            ("GET", "/ops/api/audit/kinds"): lambda: _json({"kinds": sorted({one.kind for one in self.entries})}),
            ("GET", "/ops/api/events/parked"): self._parked,
            ("POST", "/ops/api/events/retry"): self._retry,
            ("POST", "/network/events"): lambda: self._hear(request.get_data()),
            ("POST", "/network/documents"): lambda: _json(
                {"document": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "pages": 1, "quarantined": self.fault}, 201
            ),
            ("POST", "/ops/api/otp/reset"): lambda: self._reset_otp(request.get_json()),
        }
        answer = routes.get((request.method, request.path))
        return answer() if answer else _json({"error": "no such page"}, 404)

    def _hear(self, body: bytes) -> Response:
        try:
            event = NETWORK_EVENT.validate_json(body)
        except ValidationError as error:
            faults = [[".".join(map(str, fault["loc"])), fault["msg"]] for fault in error.errors()]
            return _json({"error": "nothing was done", "faults": faults}, 422)
        repeated = event.id in self.heard
        self.heard[event.id] = event
        return _json({"id": event.id, "repeated": repeated, "remarks": self.remarks})

    def _parked(self) -> Response:
        listed = [event.model_dump(mode="json") for event in self.parked]
        return _json({"events": listed, "count": len(listed), "away": self.away})

    def _retry(self) -> Response:
        """Two at a time, up to those that fail again."""
        done = min(2, len(self.parked) - self.poisoned)
        self.parked = self.parked[done:]
        return _json({"done": done, "left": len(self.parked), "away": self.away})

    def _reset_otp(self, body: dict[str, str]) -> Response:
        number = body["number"]
        if number in self.refuse:
            return _json(self.refuse[number], 409)
        first = all(reset["number"] != number for reset in self.resets)
        self.resets.append(body)
        return _json({"number": number, "reset": first})

    def _provision(self, body: dict[str, Any]) -> Response:
        contract = body["contract_number"]
        if contract in self.refuse:
            return _json(self.refuse[contract], 409)
        if self.breaks_after is not None and len(self.lines) >= self.breaks_after:
            return _json({"error": "broken"}, 500)
        line = self.lines.setdefault(contract, {})
        told = {"added": 0, "changed": 0, "unchanged": 0}
        for given in body["numbers"]:
            features, before = sorted(given["features"]), line.get(given["number"])
            told["added" if before is None else "unchanged" if before == features else "changed"] += 1
            line[given["number"]] = features
        return _json({"contract_number": contract, **told})

    def _provision_several(self, body: dict[str, Any]) -> Response:
        self.batches.append(len(body["lines"]))
        if any("error" in self.refuse.get(line["contract_number"], {}) for line in body["lines"] if self.picky):
            return _json({"error": "malformed"}, 422)
        outcomes = []
        for line in body["lines"]:
            answer = self._provision(line)
            told = answer.get_json()
            if answer.status_code == 500:
                return answer
            if answer.status_code == 409:
                nothing = {"contract_number": line["contract_number"], "added": 0, "changed": 0, "unchanged": 0}
                outcomes.append({"done": nothing, "faults": told["faults"]})
            else:
                outcomes.append({"done": told})
        return _json({"outcomes": outcomes})

    def _audit(self, query: dict[str, str]) -> Response:
        self.queries.append(query)
        limit = int(query["limit"])
        left = [entry for entry in self.entries if query.get("kind") in {None, entry.kind}]
        left = [entry for entry in left if query.get("number") in {None, entry.number}]
        if query.get("newest") == "true":
            before = int(query.get("before", 2**53))
            left = [entry for entry in reversed(left) if entry.position < before]
        else:
            left = [entry for entry in left if entry.position > int(query["after"])]
        page = [entry.model_dump(mode="json") for entry in left[:limit]]
        return _json({"entries": page, "more": len(left) > limit})


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json")


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    server = make_server("127.0.0.1", 0, made, threaded=True)
    made.url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def hikari(site, tmp_path, monkeypatch):
    """The command line, in an empty folder, pointed at the site with the right token."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIKARI_PORT", "HIKARI_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HIKARI_BASE_URL", site.url)
    monkeypatch.setenv("HIKARI_OPS_TOKEN", TOKEN)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return call
