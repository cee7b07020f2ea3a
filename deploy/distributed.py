"""`./hikari up`: the process that starts a distributed site and keeps it running until it is told to stop.

The data folder's lock says which process that is, `state.json` how things stand. Servers named by HIKARI_AMQP_URL and
HIKARI_DATABASE_URL are used as they are; those of the system itself are never touched.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from types import FrameType

from chassis import telemetry
from chassis.config import Misconfigured, environment, load
from deploy import demo
from deploy.addresses import CannotListen
from deploy.data_folder import DataFolder, Unusable
from deploy.postgres import PostgresFailed
from deploy.postgres_programs import PostgresMissing
from deploy.rabbitmq import RabbitmqFailed
from deploy.rabbitmq_programs import RabbitmqMissing
from deploy.site import CannotStart, Site, SiteConfig
from deploy.state import State

CANNOT_START = 2
"""Exit code: what was asked is impossible; the message says why."""

REASONS = (
    CannotListen, CannotStart, Misconfigured, PostgresFailed, PostgresMissing, RabbitmqFailed, RabbitmqMissing, Unusable,
)  # fmt: skip


def main() -> None:
    """Runs until SIGINT or SIGTERM; ends the process with 0 or `CANNOT_START`."""
    os.umask(0o077)
    try:
        run(environment())
    except REASONS as reason:
        print(f"hikari: {reason}", file=sys.stderr, flush=True)
        sys.exit(CANNOT_START)


def run(given: Mapping[str, str]) -> None:
    """Start everything, say so once, and stop everything when asked to."""
    config = load(SiteConfig, given)
    with DataFolder(config.data) as folder:
        (folder.path / "logs").mkdir(mode=0o700, exist_ok=True)
        telemetry.configure(config.log_level, folder.path / "logs" / "supervisor.log")
        site = Site(config, folder, given)
        _stop_on_signals(site)
        try:
            site.start()
            site.run(_Announcement(folder, with_demo=config.demo))
        finally:
            site.stop()


def _stop_on_signals(site: Site) -> None:
    def ask(number: int, _frame: FrameType | None) -> None:
        if site.stopping.is_set():
            os._exit(128 + number)  # our children are told of our death, and end by themselves
        site.stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)


class _Announcement:
    """Printed when the site is ready for the first time."""

    def __init__(self, folder: DataFolder, *, with_demo: bool) -> None:
        self._folder = folder
        self._with_demo = with_demo
        self._made = False

    def __call__(self, state: State) -> None:
        if state.ready and not self._made:
            self._made = True
            self._folder.answers_at(state.local)
            print(text(state, self._folder, with_demo=self._with_demo), flush=True)


def text(state: State, folder: DataFolder, *, with_demo: bool) -> str:
    """The line that programs wait for, and some for people."""
    lines = [f"ready: {state.local}", f"  the site       {state.address}/"]
    if with_demo:
        numbers = f"{demo.EXAMPLE}, {demo.EXAMPLE_ADDITIONAL}, {demo.OFFICE}"
        lines.append(f"  a telephone    {state.address}/telephone   to dial from {numbers}")
        lines.append(f"  the mailbox    {state.address}/mailbox")
    lines += [
        f"  {one.name:<14} pid {one.pid}" + (f", by itself at port {one.port}" if one.port else "")
        for one in state.programs
    ]
    return "\n".join([*lines, f"  data and logs  {folder.path}"])


if __name__ == "__main__":
    main()
