"""Events that a service could not work with, for operators: what is parked, and the order to take it up again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from flask import Blueprint, Response
from pydantic import BaseModel

from chassis.wire import RemoteFailure
from contracts.base import FollowingApi, Nothing, ParkedEvent, Unavailable
from gateway.machines import as_json
from gateway.services import Services

log = logging.getLogger(__name__)

Reply = TypeVar("Reply")


class Parked(BaseModel):
    """Events that were put aside, of each service and source in order of position; `count` is how many there are."""

    events: tuple[ParkedEvent, ...]
    count: int
    away: tuple[str, ...]
    """Services that did not answer: what they have parked is not among the events."""


class Retried(BaseModel):
    """How many were taken up, and how many are left. Ask again as long as some were done and some are left."""

    done: int
    left: int
    away: tuple[str, ...]


def add_to(ops: Blueprint, as_operator: Callable[[], AbstractContextManager[Services]]) -> None:
    """`GET /events/parked` and `POST /events/retry`."""

    @ops.get("/events/parked")
    def parked() -> Response:
        with as_operator() as services:
            pages, away = _ask_all(services, lambda service: service.parked_events(Nothing()))
        told = Parked(
            events=tuple(event for page in pages for event in page.events),
            count=sum(page.count for page in pages),
            away=away,
        )
        return as_json(told.model_dump(mode="json"))

    @ops.post("/events/retry")
    def retry() -> Response:
        with as_operator() as services:
            taken, away = _ask_all(services, lambda service: service.retry_parked(Nothing()))
        told = Retried(done=sum(one.done for one in taken), left=sum(one.left for one in taken), away=away)
        return as_json(told.model_dump(mode="json"))


def _ask_all(services: Services, ask: Callable[[FollowingApi], Reply]) -> tuple[list[Reply], tuple[str, ...]]:
    """The answers, and the services that gave none: one that is away must not hide what the others have."""
    answers, away = [], []
    for name, service in services.following.items():
        try:
            answers.append(ask(service))
        except (Unavailable, RemoteFailure) as error:
            log.warning("%s did not tell of its parked events: %s", name, error)
            away.append(name)
    return answers, tuple(away)
