from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.keys import parse_key
from deploy.data_folder import MADE, DataFolder, Unusable, runs_at


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_secrets_that_only_the_owner_can_read(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "data") as folder:
        made = folder.secrets()
    assert set(made) == set(MADE)
    assert len(parse_key(made["HIKARI_KEY"])) == 32
    assert mode(folder.path) == 0o700
    assert mode(folder.path / "secrets.env") == 0o600


def test_the_next_start_finds_the_same_secrets(tmp_path: Path) -> None:
    with DataFolder(tmp_path) as first:
        made = first.secrets()
    with DataFolder(tmp_path) as second:
        assert second.secrets() == made


def test_a_secret_that_a_newer_version_needs_is_added_and_the_others_stay(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("HIKARI_KEY=mine\nHIKARI_PEPPER=too\n", encoding="ascii")
    with DataFolder(tmp_path) as folder:
        made = folder.secrets()
    assert (made["HIKARI_KEY"], made["HIKARI_PEPPER"]) == ("mine", "too")
    assert set(made) == set(MADE)


def test_data_without_its_secrets_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "auth.sqlite").touch()
    with DataFolder(tmp_path) as folder, pytest.raises(Unusable, match=r"secrets\.env is missing"):
        folder.secrets()
    assert not (tmp_path / "secrets.env").exists()


def test_a_second_run_on_the_same_folder_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    with DataFolder(tmp_path), pytest.raises(Unusable, match=f"process {os.getpid()}"):
        DataFolder(tmp_path)
    with DataFolder(tmp_path):
        pass


def test_a_run_that_was_killed_does_not_keep_the_folder(tmp_path: Path) -> None:
    code = "import os, sys; from pathlib import Path; from deploy.data_folder import DataFolder\n"
    code += "DataFolder(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    home = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, env={"PYTHONPATH": str(home)})
    with DataFolder(tmp_path):
        pass


def test_a_folder_is_new_until_its_first_start_is_done(tmp_path: Path) -> None:
    with DataFolder(tmp_path) as folder:
        folder.secrets()
        assert folder.is_new
        folder.no_longer_new()
        folder.secrets()
        assert not folder.is_new


def test_a_folder_that_cannot_be_written_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unusable, match="--data or HIKARI_DATA"):
        DataFolder(tmp_path / "file" / "data")


def test_the_address_of_a_site_is_told_as_long_as_it_runs_and_not_after_it_was_killed(tmp_path: Path) -> None:
    assert runs_at(tmp_path) is None
    with DataFolder(tmp_path) as folder:
        assert runs_at(tmp_path) is None, "it is not ready yet"
        folder.answers_at("http://127.0.0.1:8080")
        assert runs_at(tmp_path) == "http://127.0.0.1:8080"
    assert runs_at(tmp_path) is None
    (tmp_path / "address").write_text("http://127.0.0.1:8080\n", encoding="ascii")  # kill -9 leaves it
    assert runs_at(tmp_path) is None
    with DataFolder(tmp_path):
        assert runs_at(tmp_path) is None
