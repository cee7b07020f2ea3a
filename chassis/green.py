"""Green threads for the whole process. Import this before anything else in a `__main__`, and nowhere else.

Importing it patches the standard library; modules that were imported earlier may keep the blocking originals.
"""

from __future__ import annotations

import os
import warnings

# psycopg's own C wait would stop every green thread of the process, not only the one that asked the database.
os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # eventlet announces its maintenance mode at every start
    import eventlet

eventlet.monkey_patch()
