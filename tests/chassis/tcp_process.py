"""A process with a server of ours that says back what it is told. Run by the tests beside it."""

from __future__ import annotations

import chassis.green  # noqa: F401  # first

# isort: split
import sys
from dataclasses import dataclass

from chassis.embedded import install
from chassis.runner import Runner
from chassis.tcp import every_connection
from chassis.uses import Uses
from deploy.addresses import free_port


@dataclass
class Echoing:
    address: tuple[str, int]
    most: int = 2


class Echo:
    name = "echo"
    echoing = Uses(lambda env: Echoing(("127.0.0.1", int(env["port"]))))

    @every_connection(uses=echoing)
    def answer(self, connection, address, known):
        for line in connection.makefile("rb"):
            if line == b"crash\n":
                raise RuntimeError("broken on purpose")
            known()
            connection.sendall(address.encode() + b" " + line)


def main() -> None:
    port = free_port()
    runner = Runner(install())
    runner.add(Echo, {"port": str(port)})
    runner.stop_on_signals()
    runner.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    runner.wait()
    runner.stop()


if __name__ == "__main__":
    main()
