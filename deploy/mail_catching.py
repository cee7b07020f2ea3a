"""The mail catcher as a process of its own, for the demo over many: `python -m deploy.mail_catching`."""

from __future__ import annotations

import chassis.green  # noqa: F401  # it patches the standard library, so it comes first

# isort: split
import signal
from pathlib import Path

import eventlet

from chassis.config import Config, load
from deploy.mail_catcher import MailCatcher


class CatcherConfig(Config):
    """Where it listens, and where it puts what it catches."""

    smtp_port: int
    mailbox: Path


def main() -> None:
    """Runs until SIGTERM."""
    config = load(CatcherConfig)
    catcher = MailCatcher(config.mailbox, config.smtp_port)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a mail that was answered 250 is on disk
    catcher.start()
    while True:
        eventlet.sleep(60)


if __name__ == "__main__":
    main()
