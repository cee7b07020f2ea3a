"""How the command line as a whole behaves, in processes of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]


def python(*arguments, cwd=HOME, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(HOME), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_names_every_command():
    told = python("-m", "cli", "--help").stdout
    assert [command for command in ("run", "test", "lock", "provision", "audit") if f"\n  {command} " not in told] == []


def test_without_a_command_the_help_is_shown():
    assert "Usage: ./hikari" in python("-m", "cli").stderr + python("-m", "cli").stdout


@pytest.mark.parametrize("arguments", [["run", "--help"], ["test", "--help"], ["audit", "list", "-h"]])
def test_every_command_explains_itself(arguments):
    done = python("-m", "cli", *arguments)
    assert done.returncode == 0
    assert "usage" in done.stdout.lower()


@pytest.mark.parametrize("port", ["http", "-1", "65536"])
def test_run_refuses_what_is_no_port(port):
    done = python("-m", "cli", "run", f"--port={port}")
    assert done.returncode == 2
    assert "a port is a number up to 65535" in done.stderr


def test_run_imports_nothing_that_green_threads_would_come_too_late_for():
    program = (
        "import sys\nsys.argv = ['hikari', 'run', '--help']\nfrom cli.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('socket', 'threading', 'typer', 'httpx', 'rich') if name in sys.modules])"
    )
    assert python("-S", "-c", program).stdout.splitlines()[-1] == "[]"


def test_run_hands_its_options_to_the_composition_root_as_settings(tmp_path):
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "__init__.py").touch()
    (tmp_path / "deploy" / "embedded.py").write_text(
        "import os\ndef main():\n    print(os.environ['HIKARI_PORT'], os.environ['HIKARI_DATA'])\n", encoding="ascii"
    )
    program = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nfrom cli.run import start\nstart(sys.argv[1:])"
    done = python("-c", program, "--port", "8123", "--data", "kept", cwd=tmp_path)
    assert done.stdout.split() == ["8123", str(tmp_path / "kept")]


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are handed over on Linux only")
def test_what_tests_left_running_is_ended_and_named():
    program = (
        "import subprocess\nfrom cli.leftovers import adopt_orphans, end_leftovers\n"
        "import cli.leftovers\ncli.leftovers.GRACE_SECONDS = 0.2\nadopt_orphans()\n"
        "subprocess.run(['sh', '-c', 'sleep 61 & sleep 0.05 &'])\nprint(end_leftovers())\nprint(end_leftovers())\n"
    )
    first, second = python("-c", program).stdout.splitlines()
    assert "sleep 61" in first
    assert "sleep 0.05" not in first
    assert second == "[]"


@pytest.mark.parametrize(
    ("test", "code", "told"),
    [
        ("def test_x(): assert True", 0, ""),
        ("def test_x(): assert False", 1, "FAILED: pytest"),
        ("", 1, "FAILED: pytest found no tests"),
    ],
)
def test_the_exit_code_and_the_last_line_say_how_the_tests_went(tmp_path, test, code, told):
    (tmp_path / "test_x.py").write_text(test, encoding="ascii")
    program = (
        "import sys, cli.checks\ncli.checks.STATIC = {}\n"
        "sys.exit(cli.checks.run_checks(sys.argv[1:], soak=False, fast=True))"
    )
    done = python("-c", program, str(tmp_path / "test_x.py"), "-p", "no:cacheprovider")
    assert done.returncode == code
    assert done.stderr.strip() == told
    assert " in " in done.stdout.splitlines()[-1]
