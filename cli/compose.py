"""`./hikari secrets`: what docker-compose.yml needs before its first `up`."""

from __future__ import annotations

from pathlib import Path

from cli.complaint import USAGE, Complaint
from deploy.compose_secrets import FOLDER, make
from deploy.data_folder import Unusable


def make_secrets(folder: Path | None) -> int:
    """Write the files and name them."""
    try:
        written = make((folder or FOLDER).absolute())
    except Unusable as problem:
        raise Complaint(str(problem), USAGE) from None
    for file in written:
        print(file)
    return 0
