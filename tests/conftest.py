"""What many tests need: a database of either kind, and the switch for the long ones."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from cli.system_packages import find_browser
from deploy.postgres import PrivatePostgres, private_postgres
from deploy.rabbitmq import PrivateRabbitmq, private_rabbitmq
from tests.databases import SQLITE, Postgres
from tests.scheduling import Together, turn_of

MEMORY = Path("/dev/shm")
ENOUGH = 4 * 1024**3
"""Bytes; a whole run keeps less than a tenth of it at a time."""


def pytest_configure() -> None:
    """Keep what tests write in memory where Linux has room for it: waiting for a disk is most of what they would do."""
    if "TMPDIR" not in os.environ and _has_room_for_files():
        os.environ["TMPDIR"] = str(MEMORY)  # of the processes that tests start, too
        tempfile.tempdir = None


def _has_room_for_files() -> bool:
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return False
    there = os.statvfs(MEMORY)
    return there.f_bavail * there.f_frsize >= ENOUGH and not there.f_flag & getattr(os, "ST_NOEXEC", 0)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the tests that take minutes, too")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: turn_of(item.nodeid))
    if config.getoption("--soak"):
        return
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: --soak"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PrivatePostgres]:
    """One private server for all tests of a run, started by the first that asks."""
    with private_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: PrivatePostgres) -> Iterator[Postgres]:
    """What makes the databases of tests on it."""
    made = Postgres(postgres_server)
    yield made
    made.close()


@pytest.fixture
def postgres_url(postgres_databases: Postgres) -> Iterator[str]:
    """An empty PostgreSQL database of the test's own: `postgresql://…`"""
    url = postgres_databases.create()
    yield url
    postgres_databases.drop(url)


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[PrivateRabbitmq]:
    """One private node for all tests of a run. Whoever kills it starts it again."""
    with private_rabbitmq(users=["auth", "settings", "network", "tempcred", "otp", "notebook", "subscriber"]) as node:
        yield node


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An SQLite database of the test's own, not there yet: `sqlite:///…`"""
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """The same test on both stores, first SQLite, then PostgreSQL: addresses of databases that are not there yet.

    `tests.databases.migrate` makes them.
    """
    if request.param == "sqlite":
        count = itertools.count()
        yield lambda: f"{SQLITE}{tmp_path}/store{next(count)}.sqlite"
        return
    databases: Postgres = request.getfixturevalue("postgres_databases")
    promised: list[str] = []

    def promise() -> str:
        promised.append(databases.promise())
        return promised[-1]

    yield promise
    for url in promised:
        databases.drop(url)


@pytest.fixture
def store_url(new_store_url: Callable[[], str]) -> str:
    """One of them."""
    return new_store_url()


@pytest.fixture
def second_store_url(store_url: str, new_store_url: Callable[[], str]) -> str:
    """Another of the same kind, for tests in which two services take part."""
    return new_store_url()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a run; each has a context, and so cookies, of its own."""
    path = find_browser()
    assert path, "Chromium is missing: apt-get install chromium-headless-shell"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()
