from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.postgres import PostgresFailed, private_postgres
from deploy.postgres_programs import PostgresMissing, find_binaries
from deploy.system_user import Account, reachable_folder

pytestmark = pytest.mark.postgres


def rows(url, statement):
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_what_was_committed_is_there_after_a_stop_and_after_a_kill():
    with private_postgres() as server:
        url = server.create_database("shop")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE t (n int)")
            connection.execute("INSERT INTO t VALUES (1)")
        server.stop()
        server.start()
        with psycopg.connect(url) as connection:
            connection.execute("INSERT INTO t VALUES (2)")
        server.kill()
        server.start()
        assert rows(url, "SELECT n FROM t ORDER BY n") == [(1,), (2,)]


def test_a_role_of_its_own_reaches_its_own_database_only():
    with private_postgres() as server:
        first = server.create_database("first", role="one")
        server.create_database("second", role="two")
        with psycopg.connect(first) as connection:
            connection.execute("CREATE TABLE mine (n int)")
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(server.url("second", role="one"))


def test_nobody_gets_in_without_the_password():
    with private_postgres() as server, pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"postgresql://app:wrong@127.0.0.1:{server.port}/postgres")


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A new folder that the server's own user may enter. Those above `tmp_path` are closed to it: what is kept there would
    lie in the system's own folder, and be found by the next run that is given the same path."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


def test_a_kept_folder_keeps_its_data_and_a_passing_one_leaves_nothing(reachable):
    kept = reachable / "kept"
    with private_postgres(kept) as server:
        server.create_database("stays")
        passing_folder = server.folder
    with private_postgres(kept) as server:
        assert rows(server.url("stays"), "SELECT 1") == [(1,)]
    with private_postgres() as server:
        passing_folder, pid = server.folder, server.pid
    assert not passing_folder.exists()
    assert not alive(pid)


def test_a_dropped_database_is_gone_although_someone_is_connected():
    with private_postgres() as server:
        url = server.create_database("short")
        with psycopg.connect(url):
            server.drop_database("short")
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(url)


def test_a_server_that_cannot_start_says_what_it_logged(tmp_path, monkeypatch):
    monkeypatch.setattr("deploy.postgres.START_SECONDS", 1)
    with private_postgres() as server:
        server.stop()
        (server.folder / "data" / "PG_VERSION").write_text("1\n", encoding="ascii")
        with pytest.raises(PostgresFailed, match=r"did not start:\n(.|\n)*version"):
            server.start()


def test_missing_binaries_are_answered_with_what_to_install(monkeypatch):
    monkeypatch.setattr("deploy.postgres_programs.PACKAGED", Path("/nowhere"))
    monkeypatch.setattr("deploy.postgres_programs.cache_folder", lambda: Path("/nowhere"))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PostgresMissing, match="apt-get install postgresql"):
        find_binaries()


def test_a_folder_below_a_closed_home_is_replaced_by_one_the_server_can_enter(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    stranger = Account(12345, 12345)
    assert reachable_folder(home / "data", stranger).is_relative_to("/var/lib/hikari")
    assert reachable_folder(home / "data", Account()) == home / "data"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_the_server_ends_when_its_owner_is_killed():
    program = (
        "import time\nfrom deploy.postgres import private_postgres\n"
        "with private_postgres() as server:\n    print(server.pid, flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert alive(pid)
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        deadline = time.monotonic() + 20
        while alive(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not alive(pid)
