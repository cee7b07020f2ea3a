"""A thread's memory goes back to the system when it is asked to."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chassis import memory

HASHING = """
import threading
from argon2 import PasswordHasher
from chassis.memory import give_back

def held():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

def work():
    for _ in range(3):
        hasher.hash("kawa97yama")
    found.append(held())
    give_back()
    found.append(held())

hasher, found = PasswordHasher(1, 19 * 1024, 1), []
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(found[0] - found[1])
"""


@pytest.mark.skipif(memory._LIBC is None, reason="another C library")
def test_a_thread_that_has_hashed_holds_the_memory_of_a_hash_until_it_gives_it_back():
    done = subprocess.run([sys.executable, "-c", HASHING], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 18 * 1024
