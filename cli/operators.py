"""The operators' API of a running site, `/ops/api/…`, as the commands use it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
from dotenv import dotenv_values

from chassis.config import environment
from cli.complaint import NOT_ALLOWED, REFUSED, UNREACHABLE, USAGE, Complaint
from deploy.data_folder import LOCK, is_in_use, runs_at

DEFAULT_PORT = "8080"
TIMEOUT_SECONDS = 130.0
"""Longer than the site takes at most over one request: 120 s for a line of 10,000 numbers. Who gives up before it does
sends the same once more while the site still works on it."""
CONNECT_SECONDS = 10.0
TRIES = 5


@dataclass(frozen=True)
class Token:
    """Whose token a command needs, and in which variable it is looked for."""

    whose: str
    variable: str


OPERATOR = Token("operator", "HIKARI_OPS_TOKEN")
NETWORK = Token("network", "HIKARI_NETWORK_TOKEN")


class Conflict(Complaint):
    """The site refused what was asked (400, 409 or 422) and changed nothing. `details` is its JSON answer."""

    def __init__(self, details: dict[str, Any]) -> None:
        self.details = details
        super().__init__(str(details.get("error", "refused")))


class Operators:
    """Requests to one site. Every failure that is not an answer to the request itself is a `Complaint`."""

    def __init__(self, http: httpx.Client, token: Token = OPERATOR) -> None:
        self._http = http
        self._token = token

    def get(self, path: str, parameters: dict[str, Any]) -> dict[str, Any]:
        return self._ask("GET", path, params=parameters)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """For commands that may be repeated: a request without an answer is sent again. Raises `Conflict`."""
        return self._ask("POST", path, json=body)

    def send(self, path: str, content: bytes, kind: str, key: str) -> dict[str, Any]:
        """A file as it is, of this media type; sent again under the same `key` it is the same. Raises `Conflict`."""
        return self._ask("POST", path, content=content, headers={"Content-Type": kind, "Idempotency-Key": key})

    def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        for attempt in range(1, TRIES + 1):
            try:
                answer = self._http.request(method, path, **content)
            except httpx.ConnectError:
                raise Complaint(self._nobody_there(), UNREACHABLE) from None
            except httpx.TransportError as error:
                if attempt == TRIES:
                    raise Complaint(f"{self._http.base_url} does not answer ({error})", UNREACHABLE) from None
                continue
            if answer.status_code not in {429, 503} or attempt == TRIES:
                return self._read(answer)
            time.sleep(_waiting_time(answer))
        raise AssertionError("unreachable")

    def _nobody_there(self) -> str:
        return (
            f"no site answers at {self._http.base_url}. Start one with ./hikari run, "
            "or name it with --server or HIKARI_BASE_URL."
        )

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code in {401, 403}:
            raise Complaint(
                f"{self._http.base_url} refused the {self._token.whose}'s token. {self._token.variable}, or secrets.env in the data "
                "folder (--data), must be that site's own.",
                NOT_ALLOWED,
            )
        if answer.status_code in {400, 409, 422}:
            raise Conflict(_object(answer))
        if answer.is_success:
            return _object(answer)
        reason = _object(answer).get("error", "") if _is_json(answer) else ""
        raise Complaint(
            f"{self._http.base_url} answered {answer.status_code} {answer.reason_phrase} to "
            f"{answer.request.method} {answer.request.url.path}. {reason}".rstrip(),
            UNREACHABLE if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR else REFUSED,
        )


def _waiting_time(answer: httpx.Response) -> float:
    told = answer.headers.get("Retry-After", "")
    return min(float(told), 60.0) if told.isdecimal() else 1.0


def _is_json(answer: httpx.Response) -> bool:
    return str(answer.headers.get("Content-Type", "")).startswith("application/json")


def _object(answer: httpx.Response) -> dict[str, Any]:
    read = answer.json() if _is_json(answer) else None
    if not isinstance(read, dict):
        raise Complaint(f"{answer.request.url} is not the operators' API of this site.", UNREACHABLE)
    return read


@contextmanager
def connect(server: str | None, data: Path | None, token: Token = OPERATOR) -> Iterator[Operators]:
    """The site that the options, the environment or `.env` name, with the token that belongs to it."""
    env = environment()
    folder = (data or Path(env.get("HIKARI_DATA") or ".hikari")).expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise Complaint(f"{folder} is no folder. Name the data folder of a site with --data or HIKARI_DATA.", USAGE)
    url = _checked(server or _address(env, folder, data, has_token=bool(env.get(token.variable))))
    secret = env.get(token.variable) or _kept_token(folder, token)
    local = _is_local(url.host)
    with httpx.Client(
        base_url=url,
        headers={"Authorization": f"Bearer {secret}", "Accept": "application/json"},
        timeout=httpx.Timeout(TIMEOUT_SECONDS, connect=CONNECT_SECONDS),
        trust_env=not local,  # a proxy has no business between us and our own machine
    ) as http:
        yield Operators(http, token)


def _address(env: Mapping[str, str], folder: Path, data: Path | None, *, has_token: bool) -> str:
    """A folder that was named on the command line says itself where its site is, whatever the environment says.

    Whoever has the usual port while that site is stopped is another one: it is not asked instead, nor sent its token.
    """
    found, asked = runs_at(folder), env.get("HIKARI_BASE_URL")
    if found and (data is not None or not asked):
        return found
    if asked and (data is None or not (folder / LOCK).exists()):
        return asked
    if data is not None or env.get("HIKARI_DATA") or not has_token:
        raise Complaint(_not_running(folder, data), UNREACHABLE)
    return f"http://127.0.0.1:{env.get('HIKARI_PORT') or DEFAULT_PORT}"


def _not_running(folder: Path, data: Path | None) -> str:
    if is_in_use(folder):
        return f"the site on {folder} is not ready; it may be starting. Ask again in a moment."
    where = f" --data {data}" if data is not None else ""
    return (
        f"no site runs on {folder}. Start it with ./hikari run{where}, or name another one: with --data or HIKARI_DATA "
        "by its data folder, with --server or HIKARI_BASE_URL by its address."
    )


def _checked(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host:
        raise Complaint(f"{text!r} is no address of a site; one looks like https://settings.example.jp", USAGE)
    if url.scheme == "http" and not _is_local(url.host):
        raise Complaint(f"a token is not sent over plain http to {url.host}; use https", USAGE)
    return url


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _kept_token(data: Path, token: Token) -> str:
    """The token that the embedded mode generated into its data folder."""
    kept = data / "secrets.env"
    if kept.is_file() and not os.access(kept, os.R_OK):
        raise Complaint(f"{kept} may only be read by its owner; run as the user that runs the site.", NOT_ALLOWED)
    secret = dotenv_values(kept).get(token.variable) if kept.is_file() else None
    if not secret:
        raise Complaint(
            f"no {token.whose}'s token: {token.variable} is not set, and {kept} has none. ./hikari run makes one in its data "
            "folder; name that folder with --data or HIKARI_DATA.",
            NOT_ALLOWED,
        )
    return secret
