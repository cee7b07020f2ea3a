"""Reads documents as the service does, among green threads. Run by the tests beside it: prints what became of each."""

from __future__ import annotations

import chassis.green  # noqa: F401  # first

# isort: split
import sys

from services.settings.tiff import TiffReader, Unreadable
from tests.services.settings.faxes import fax


def main() -> None:
    small = TiffReader(most_pages=100, most_bytes=100)
    for _ in range(3):  # one more than may be at work
        try:
            small.pages_in([b"\0" * 2**20] * 10)
        except Unreadable as unreadable:
            sys.stdout.write(f"{unreadable.fault.value}\n")
    pages = TiffReader(most_pages=100, most_bytes=10**7).pages_in([fax(1)])
    sys.stdout.write(f"{pages}\n")


if __name__ == "__main__":
    main()
