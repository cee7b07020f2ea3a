"""`./hikari lock`: the lock files, compiled anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent


def lock_requirements(*, upgrade: bool) -> int:
    """Versions already locked stay unless `upgrade`, or unless an .in file no longer allows them."""
    for name in ("requirements", "requirements-dev"):
        command = [
            sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header",
            "--no-emit-index-url", "--no-emit-find-links", "--python-version", "3.11",
            f"{name}.in", "-o", f"{name}.lock",
        ]  # fmt: skip
        done = subprocess.run([*command, *(["--upgrade"] if upgrade else [])], cwd=HOME, check=False)
        if done.returncode:
            return done.returncode
    return 0
