"""What the tests need of the system's packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.system_packages import CHROMIUM


@pytest.fixture
def knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An apt that knows one package only."""

    def only(name: str) -> None:
        apt = tmp_path / "apt-cache"
        apt.write_text(f'#!/bin/sh\n[ "$2" = {name} ]\n', encoding="ascii")
        apt.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return only


def test_the_browser_without_windows_is_installed_where_the_system_has_it(knows):
    knows("chromium-headless-shell")
    assert CHROMIUM.known_name == "chromium-headless-shell"


def test_else_the_browser_with_windows_is(knows):
    knows("chromium")
    assert CHROMIUM.known_name == "chromium"


def test_without_apt_debian_s_name_is_told(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert CHROMIUM.known_name == "chromium-headless-shell"
