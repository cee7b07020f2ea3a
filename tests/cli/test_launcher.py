"""The launcher for real, in a folder with a space in its name, with an empty lock file: no network is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
PRINT_ARGUMENTS = "import sys\nprint(sys.argv[1:], sys.prefix)\n"


def checkout(folder):
    (folder / "cli").mkdir(parents=True)
    shutil.copy(HOME / "hikari", folder)
    shutil.copy(HOME / "cli" / "bootstrap.py", folder / "cli")
    (folder / "cli" / "__main__.py").write_text(PRINT_ARGUMENTS, encoding="ascii")
    for name in ("requirements.lock", "requirements-dev.lock"):
        (folder / name).write_text("# nothing\n", encoding="ascii")
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A checkout after its first start."""
    folder = checkout(tmp_path_factory.mktemp("a place") / "with a space")
    first = start(folder)
    assert first.returncode == 0, first.stderr
    assert first.stderr.splitlines()[0].startswith("hikari: installing what the site needs into")
    return folder


def start(folder, *arguments, cwd="/", by=None, **environment):
    """As somebody starts it who has set nothing, whatever whoever runs the tests has set."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HIKARI_")}
    return subprocess.run(
        [str(by or folder / "hikari"), *arguments],
        cwd=cwd,
        env={**plain, "PIP_NO_INDEX": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_second_start_installs_nothing_and_hands_the_arguments_on_untouched(installed):
    done = start(installed, "provision", "my file.csv", "--x=*")
    assert done.stderr == ""
    assert done.stdout.strip() == f"['provision', 'my file.csv', '--x=*'] {installed / '.venv'}"


def test_it_works_through_a_symbolic_link_and_from_a_folder_with_a_cli_of_its_own(installed, tmp_path):
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "__main__.py").write_text("raise SystemExit('the wrong one')", encoding="ascii")
    link = tmp_path / "link"
    link.symlink_to(installed / "hikari")
    done = start(installed, "x", cwd=tmp_path, by=link)
    assert (done.returncode, done.stdout.split(" ")[0]) == (0, "['x']")


def test_a_changed_lock_file_is_installed_once(installed):
    (installed / "requirements.lock").write_text("# nothing more\n", encoding="ascii")
    assert "installing what the site needs" in start(installed).stderr
    assert start(installed).stderr == ""


def test_the_tools_are_installed_for_tests_only(installed):
    assert start(installed, "audit").stderr == ""
    assert "installing the development tools" in start(installed, "test").stderr
    assert start(installed, "test").stderr == ""


def test_a_failed_installation_says_so_and_the_next_start_tries_again(installed):
    lock = installed / "requirements.lock"
    before = lock.read_text(encoding="ascii")
    lock.write_text(f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n", encoding="ascii")
    for _ in range(2):
        failed = start(installed)
        assert failed.returncode == 1
        assert failed.stdout == ""
        assert "could not be installed; the next start tries again" in failed.stderr
        assert "no-such-package" in failed.stderr
    lock.write_text(before, encoding="ascii")
    assert start(installed).returncode == 0


def test_two_first_starts_at_once_wait_for_each_other(tmp_path):
    folder = checkout(tmp_path / "both")
    both = [
        subprocess.Popen([str(folder / "hikari"), "x"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("installing what" in stderr for _, stderr in told) == 1
    assert all(stdout.startswith("['x']") for stdout, _ in told)


def test_without_a_python_it_says_what_to_install(tmp_path):
    folder = checkout(tmp_path / "bare")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "dirname", "cksum", "readlink"):
        (tools / name).symlink_to(str(shutil.which(name)))
    done = start(folder, PATH=str(tools))
    assert done.returncode == 1
    assert "needs Python 3.11 or newer and found none" in done.stderr
    assert "apt-get install python3" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named_with_a_way_out(tmp_path):
    folder = checkout(tmp_path / "closed")
    folder.chmod(0o555)
    done = start(folder)
    folder.chmod(0o755)
    assert done.returncode == 1
    assert "cannot be written by this user" in done.stderr
    assert "HIKARI_VENV=" in done.stderr


def test_a_python_that_is_too_old_is_passed_over_and_the_environment_may_be_elsewhere(tmp_path):
    folder = checkout(tmp_path / "here")
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    old.chmod(0o755)
    done = start(folder, "x", HIKARI_PYTHON=str(old), HIKARI_VENV=str(tmp_path / "there"))
    assert done.stdout.strip() == f"['x'] {tmp_path / 'there'}"
    assert not (folder / ".venv").exists()
