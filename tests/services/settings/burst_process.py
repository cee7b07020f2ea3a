"""A process that takes calls as the network tells of them, several at a time, and sends the mails meanwhile. Told the
store, the mail server, how many calls, and by how many minutes its clock is ahead. The test beside it kills it."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from chassis.clock import utc_now
from contracts.settings.network import NETWORK_EVENT
from services.settings.application import Settings
from services.settings.config import SettingsConfig

NUMBERS = ("0300001111", "0300002222")
"""Called in turn."""
AT_ONCE = 3


def caller(place: int) -> str:
    """Another for each call, so that its mail is known by it."""
    return f"0312{place:06}"


def event(place: int) -> dict[str, object]:
    data = {"number": NUMBERS[place % 2], "caller": caller(place), "outcome": "unanswered"}
    return {"id": f"call-{place}", "type": "IncomingCall", "time": "2026-04-01T18:05:00+09:00", "data": data}


def main(database_url: str, smtp_url: str, calls: int, minutes: int) -> None:
    config = SettingsConfig.model_validate(
        {
            "database_url": database_url,
            "key": b"k" * 32,
            "base_url": "https://settings.example",
            "smtp_url": smtp_url,
        }
    )
    settings = Settings(config, lambda: utc_now() + timedelta(minutes=minutes))
    done = threading.Event()

    def send() -> None:
        while not done.is_set():
            settings.send_mail()
            done.wait(0.01)

    def take(place: int) -> None:
        # Once more later, too.
        settings.intake.take(NETWORK_EVENT.validate_python(event(place)))
        if place >= AT_ONCE:
            settings.intake.take(NETWORK_EVENT.validate_python(event(place - AT_ONCE)))
        sys.stdout.write(f"{place}\n")
        sys.stdout.flush()

    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    try:
        with ThreadPoolExecutor(AT_ONCE) as network:
            # Each is delivered twice at once.
            list(network.map(take, (place for place in range(calls) for _ in range(2))))
    finally:
        done.set()
    for sender in senders:
        sender.join()
    while settings.send_mail():  # true while more is due; nobody knows how busy the machine is
        continue
    settings.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
