"""Starts the services of a process, and stops them in order when asked to."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Mapping
from types import FrameType
from typing import Any

import eventlet
from eventlet.event import Event
from nameko.containers import ServiceContainer

from chassis.connections import raise_descriptor_limit
from chassis.telemetry import log

WORKERS = 256
"""Green threads a service works in at a time. They cost little; what is scarce (hashing, connections) has its own
bounds, and a flood of guesses on one number must not keep others waiting at this door (LOGIN-6)."""

GRACE = 1.5
"""Seconds in which what is under way may come to its end before it is cut off. Whatever was answered is recorded."""

LOOK = 0.02
"""Seconds between two looks whether the start is done, or not wanted any more."""


class Runner:
    """The services of one process. Those added first start first and stop last."""

    def __init__(self, amqp_url: str, grace: float = GRACE) -> None:
        self._amqp_url = amqp_url
        self._grace = grace
        self._containers: list[Any] = []
        self._serving: list[Any] = []
        self._asked_to_stop = Event()
        self._signals: tuple[socket.socket, ...] = ()
        self._signalled = False
        self.ready = False
        """Whether all were started and none was asked to stop."""

    def add(self, service: type, env: Mapping[str, str], **settings: Any) -> None:
        """`env` is the service's own `HIKARI_*` mapping; `settings` are nameko's (`WEB_SERVER_ADDRESS`)."""
        config = {"AMQP_URI": self._amqp_url, "HIKARI": dict(env), "max_workers": WORKERS, **settings}
        self._containers.append(ServiceContainer(service, config))

    def start(self) -> None:
        """Returns when all serve, or when it is asked to stop before: a broker that is away is waited for without end.

        Raises what the first service that cannot start raises; those already started are stopped.
        """
        raise_descriptor_limit()
        outcome = Event()
        starting = eventlet.spawn(self._start_all, outcome)
        try:
            while not outcome.ready() and not self._asked_to_stop.ready():
                eventlet.sleep(LOOK)
            if outcome.ready():
                outcome.wait()
        except BaseException:
            self.stop()
            raise
        starting.kill()
        self.ready = not self._asked_to_stop.ready()

    def _start_all(self, outcome: Event) -> None:
        try:
            for container in self._containers:
                container.start()
                self._serving.append(container)
                eventlet.spawn(self._watch, container)
        except Exception as failure:  # noqa: BLE001  # whatever it was is handed to start()
            outcome.send_exception(failure)
        else:
            outcome.send()

    def _watch(self, container: Any) -> None:
        """A service that dies takes the process with it: whoever supervises the process starts it anew."""
        try:
            container.wait()
        except Exception as failure:  # noqa: BLE001  # whatever it died of is handed to wait()
            if not self._asked_to_stop.ready():
                self._asked_to_stop.send_exception(failure)

    def stop_on_signals(self) -> None:
        """SIGINT and SIGTERM end `wait`; a second one ends the process at once."""
        # A handler alone would not do: the loop goes on sleeping after it, a minute if nothing else is due. The byte
        # that Python writes for every signal wakes it.
        noticing, noticed = socket.socketpair()
        noticed.setblocking(False)
        signal.set_wakeup_fd(noticed.fileno(), warn_on_full_buffer=False)
        self._signals = (noticing, noticed)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        eventlet.spawn(self._notice, noticing)

    def _notice(self, noticing: socket.socket) -> None:
        noticing.recv(1)
        self.ask_to_stop()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._signalled:
            os._exit(128 + number)
        self._signalled = True

    def ask_to_stop(self) -> None:
        """Let `wait` return."""
        if not self._asked_to_stop.ready():
            self._asked_to_stop.send()

    def wait(self) -> None:
        """Returns when the process was asked to stop. Raises what a service died of."""
        self._asked_to_stop.wait()

    def stop(self) -> None:
        """Stop the services, the last added first, each with what it is working on; after the grace period, cut off."""
        self.ready = False
        if not self._asked_to_stop.ready():
            self._asked_to_stop.send()
        with eventlet.Timeout(self._grace, exception=False):
            for container in reversed(self._serving):
                if container.started:
                    container.stop()
        for container in self._containers:
            if container.started:
                log.warning("cut off", stopped_service=container.service_name)
                with eventlet.Timeout(self._grace, exception=False):
                    container.kill()
