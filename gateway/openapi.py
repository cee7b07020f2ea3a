"""The operators' API described in OpenAPI 3.1, from the very models that read requests and write answers."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from contracts.audit import AuditKinds, AuditPage
from contracts.auth.provisioning import LineIsProvisioned, LinesAreProvisioned
from gateway.ops_events import Parked, Retried
from gateway.ops_otp import OtpIsReset
from gateway.ops_requests import AuditConditions, LinesToProvision, LineToProvision, NumbersToRemove, OtpToReset


class NumbersRemoved(BaseModel):
    """Their sessions and credentials have ended; their history stays."""

    contract_number: str
    removed: tuple[str, ...]


class Fault(BaseModel):
    """What is wrong, in English, and what to do."""

    error: str
    faults: tuple[tuple[str, str], ...] = Field(
        default=(), description="(number or place in the request, what is wrong with it)"
    )


Schema = dict[str, Any]

READ = (LineToProvision, LinesToProvision, NumbersToRemove, OtpToReset)
WRITTEN = (
    LineIsProvisioned,
    LinesAreProvisioned,
    NumbersRemoved,
    AuditPage,
    AuditKinds,
    Parked,
    Retried,
    OtpIsReset,
    Fault,
)

_FAULTS = {
    "401": "The operators' token is missing or wrong.",
    "429": "Too many wrong tokens from this address; Retry-After tells the seconds.",
    "503": "A service did not answer; ask again after Retry-After seconds.",
}


def _reference(model: type[BaseModel]) -> Schema:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


def _responses(done: str, model: type[BaseModel] | None, **faults: str) -> Schema:
    content = _reference(model) if model else {"application/json": {"schema": {"type": "object"}}}
    others = {
        status.removeprefix("_"): {"description": what, "content": _reference(Fault)}
        for status, what in {**_FAULTS, **faults}.items()
    }
    return {"200": {"description": done, "content": content}, **others}


def _body(model: type[BaseModel]) -> Schema:
    return {"required": True, "content": _reference(model)}


def _parameters(model: type[BaseModel]) -> list[Schema]:
    """A model's fields as query parameters; null is left out, which no query can say."""
    parameters = []
    for name, schema in model.model_json_schema()["properties"].items():
        told = {key: value for key, value in schema.items() if key not in {"anyOf", "description", "title", "default"}}
        (kind,) = [one for one in schema.get("anyOf", [told]) if one.get("type") != "null"]
        default = {"default": schema["default"]} if schema.get("default") is not None else {}
        parameters.append(
            {"name": name, "in": "query", "description": schema["description"], "schema": {**kind, **default}}
        )
    return parameters


def _paths() -> Schema:
    malformed = "The request is malformed; each fault names its place. Nothing was done."
    refused = "The line does not allow it; each fault names a number. Nothing was done."
    return {
        "/ops/api/lines": {
            "post": {
                "operationId": "provisionLine",
                "summary": "Bring a line to a state, atomically. Giving the same again changes nothing.",
                "requestBody": _body(LineToProvision),
                "responses": _responses("What was changed.", LineIsProvisioned, _409=refused, _422=malformed),
            }
        },
        "/ops/api/lines/several": {
            "post": {
                "operationId": "provisionLines",
                "summary": "Bring several lines to their states, each atomically; a line with faults was not changed.",
                "requestBody": _body(LinesToProvision),
                "responses": _responses("What became of each, in order.", LinesAreProvisioned, _422=malformed),
            }
        },
        "/ops/api/lines/{contract_number}/numbers": {
            "delete": {
                "operationId": "removeNumbers",
                "summary": "Remove numbers of a line with their sessions and credentials.",
                "parameters": [
                    {"name": "contract_number", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "requestBody": _body(NumbersToRemove),
                "responses": _responses("They are removed.", NumbersRemoved, _409=refused, _422=malformed),
            }
        },
        "/ops/api/otp/reset": {
            "post": {
                "operationId": "resetOtp",
                "summary": "Take back a number's choice and registration of one-time passwords. Repeating it does no harm.",
                "requestBody": _body(OtpToReset),
                "responses": _responses(
                    "It is taken back, or there was nothing to take back.",
                    OtpIsReset,
                    _409="No line has the number. Nothing was done.",
                    _422=malformed,
                ),
            }
        },
        "/ops/api/audit": {
            "get": {
                "operationId": "auditEntries",
                "summary": "What happened, in order of position; one page.",
                "parameters": _parameters(AuditConditions),
                "responses": _responses("The entries, and whether there are more.", AuditPage, _422=malformed),
            }
        },
        "/ops/api/audit/kinds": {
            "get": {
                "operationId": "auditKinds",
                "summary": "The kinds of all entries that there are.",
                "responses": _responses("Their names, in order of the alphabet.", AuditKinds),
            }
        },
        "/ops/api/events/parked": {
            "get": {
                "operationId": "parkedEvents",
                "summary": "Events that a service could not work with, and those of the same line that wait behind.",
                "responses": _responses("What is parked.", Parked),
            }
        },
        "/ops/api/events/retry": {
            "post": {
                "operationId": "retryParkedEvents",
                "summary": "Take up parked events in order; what fails again stays parked.",
                "responses": _responses("What came of it.", Retried),
            }
        },
        "/ops/api/openapi.json": {
            "get": {
                "operationId": "description",
                "summary": "This description.",
                "responses": _responses("OpenAPI 3.1.", None),
            }
        },
    }


@cache
def document() -> Schema:
    """The whole description, JSON-ready."""
    models = [*((model, "validation") for model in READ), *((model, "serialization") for model in WRITTEN)]
    _, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Operators' API",
            "version": "1",
            "description": "Provisioning, the audit trail, parked events, one-time passwords.",
        },
        "paths": _paths(),
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }
