"""A process that catches mail. Run by the tests beside it."""

from __future__ import annotations

import chassis.green  # noqa: F401  # first

# isort: split
import sys
import time
from pathlib import Path

import eventlet

from deploy import mail_catcher

if __name__ == "__main__":
    folder, kept, until = sys.argv[1:]
    mail_catcher.KEPT = int(kept)
    catcher = mail_catcher.MailCatcher(Path(folder))
    sys.stdout.write(catcher.start() + "\n")
    sys.stdout.flush()
    while not Path(until).exists():
        eventlet.sleep(0.05)
    before = time.process_time()
    eventlet.sleep(1)
    sys.stdout.write(f"{time.process_time() - before}\n")
    catcher.stop()
