"""One errand for all who ask for it while it is under way: each is served by a run that began after it had asked."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Together:
    """However many ask at once, there is one run at a time, and at most one more for all of those who wait."""

    def __init__(self, errand: Callable[[], object]) -> None:
        self._errand = errand
        self._begun = 0
        self._served = 0
        """The latest run that was no failure."""
        self._lock = threading.Lock()

    def run(self, seconds: float) -> None:
        """Returns when such a run is over, or after so long a wait for the one before it. Raises what the errand raises.

        Who waited for a run that failed runs the errand itself: that one may have failed for want of time, of its own.
        """
        asked = self._begun
        if not self._lock.acquire(timeout=seconds):
            return
        try:
            if self._served > asked:
                return  # it began after this one had asked, and it is over: it held the lock
            self._begun += 1
            self._errand()
            self._served = self._begun
        finally:
            self._lock.release()
