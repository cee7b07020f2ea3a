"""A process that runs the echo service until it is told to stop. Run by the tests beside it."""

from __future__ import annotations

import chassis.green  # noqa: F401  # first

# isort: split
import sys

from chassis.embedded import install
from chassis.rpc import Service, Uses
from chassis.runner import Runner
from chassis.standalone import asking
from tests.chassis.echo import Ask, EchoApi, EchoService, Memory, RelayService


def main(manner: str) -> None:
    url = install()
    runner = Runner(url)
    env = {"HIKARI_KEY": "ab" * 32}
    Memory.passes = 1  # its first pass fails, which is another test's matter
    runner.add(EchoService, env)
    runner.add(Misbuilt if manner == "cannot_start" else RelayService, env)
    runner.stop_on_signals()
    runner.start()
    try:
        with asking(url, "echo", EchoApi) as echo:
            sys.stdout.write(f"ready {runner.ready} {echo.echo(Ask(text='here')).text}\n")
            sys.stdout.flush()
            if manner == "dies":
                (first, _) = runner._containers
                first.spawn_managed_thread(_broken)
            runner.wait()
    finally:
        runner.stop()
    sys.stdout.write(f"stopped {runner.ready}\n")


def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("broken on purpose")


class Misbuilt(Service):
    name = "misbuilt"
    application = Uses(_broken)


if __name__ == "__main__":
    main(sys.argv[1])
