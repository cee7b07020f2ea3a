"""Strangers' TIFFs, read by `tiff_child.py` in processes that live for one task (FEAT-2).

Bounded in time, memory and what they may answer, a few at a time: a hostile document costs its own fax, nothing else.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from prometheus_client import Counter

from chassis.gate import Gate
from contracts.settings.fax_inbox import DocumentFault

log = logging.getLogger(__name__)
readings = Counter("hikari_fax_readings", "Documents given to a reader, by task and outcome.", ["task", "outcome"])

CHILD = Path(__file__).with_name("tiff_child.py")
REFUSED = 3
MEMORY = 512 * 1024 * 1024
PROCESSOR_SECONDS = 20
PATIENCE = 2.0
"""Seconds by the clock for each of the processor's: others are at work on the machine too."""
LARGEST_ANSWER = 64 * 1024 * 1024
AT_WORK = 2
WAITING = 16
WAIT_SECONDS = 15.0


class Unreadable(Exception):
    """The document is to be quarantined."""

    def __init__(self, fault: DocumentFault) -> None:
        self.fault = fault
        super().__init__(fault.value)


class TiffReader:
    """One a process of the service."""

    def __init__(self, *, most_pages: int, most_bytes: int, seconds: int = PROCESSOR_SECONDS) -> None:
        self._limits = {"pages": most_pages, "bytes": most_bytes, "memory": MEMORY, "seconds": seconds}
        self._patience = PATIENCE * seconds
        self._gate = Gate(AT_WORK, WAITING)

    def pages_in(self, tiff: Iterable[bytes]) -> int:
        """How many there are, each decoded once. Raises `Unreadable`, `Busy`."""
        return int(json.loads(self._read(tiff, "inspect"))["pages"])

    def preview(self, tiff: Iterable[bytes], page: int) -> bytes:
        """One page, from 1, as PNG in true proportion. Raises `Unreadable`, `Busy`."""
        return self._read(tiff, "preview", str(page))

    def pdf(self, tiff: Iterable[bytes]) -> bytes:
        """All pages. Raises `Unreadable`, `Busy`."""
        return self._read(tiff, "pdf")

    def _read(self, tiff: Iterable[bytes], task: str, *more: str) -> bytes:
        with self._gate.entered(timeout=WAIT_SECONDS):
            status, answer = self._ask(tiff, task, *more)
        if status == 0:
            readings.labels(task, "read").inc()
            return answer
        fault = _fault(status, answer)
        readings.labels(task, fault.value).inc()
        log.info("a document was not read", extra={"task": task, "status": status, "fault": fault.value})
        raise Unreadable(fault)

    def _ask(self, tiff: Iterable[bytes], task: str, *more: str) -> tuple[int, bytes]:
        command = [sys.executable, "-IB", str(CHILD), task, json.dumps(self._limits), *more]
        with (
            tempfile.TemporaryFile() as document
        ):  # a pipe would need a feeder, which outlives a child that reads no more
            document.writelines(tiff)
            document.seek(0)
            child = subprocess.Popen(
                command,
                stdin=document,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # what decoders say of a stranger's document belongs into no log
                env={"PATH": os.defpath},
                cwd="/",
            )
        assert child.stdout is not None
        clock = threading.Timer(self._patience, child.kill)
        clock.daemon = True
        clock.start()
        try:
            answer = child.stdout.read(LARGEST_ANSWER + 1)
            if len(answer) > LARGEST_ANSWER:
                child.kill()
            status = child.wait()
        finally:
            child.kill()
            child.wait()
            clock.cancel()
            child.stdout.close()
        return status, answer


def _unnamed() -> IO[bytes]:
    """A file without a name, in memory where the system can: what is in it was sealed until now."""
    in_memory = getattr(os, "memfd_create", None)
    return cast("IO[bytes]", os.fdopen(in_memory("fax"), "w+b") if in_memory else tempfile.TemporaryFile())


def _fault(status: int, answer: bytes) -> DocumentFault:
    if status == REFUSED:
        with suppress(ValueError):
            return DocumentFault(answer.decode("ascii", "replace"))
        return DocumentFault.BROKEN
    # Killed by a limit, by the parent's clock, or by what the document did to the decoder.
    return DocumentFault.TOO_HARD
