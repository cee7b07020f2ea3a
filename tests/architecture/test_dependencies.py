"""Every dependency is accounted for, pinned by hash, fetched from wherever the user's pip is told to, and not GPL."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
ACCOUNT = (HOME / "docs" / "dependencies.md").read_text(encoding="utf-8")
GPL = re.compile(r"(?<!L)(A?GPL)|(?<!Lesser )General Public License", re.IGNORECASE)


def asked_for(name):
    text = (HOME / name).read_text(encoding="ascii")
    return [re.split(r"[\[<>=~! ;]", line)[0] for line in text.splitlines() if line and line[0] not in "#-"]


def licence(distribution: Distribution) -> str:
    told = distribution.metadata
    fields = [*(told.get_all("License-Expression") or []), *(told.get_all("Classifier") or [])]
    return " ".join(text for text in fields if "::" not in text or text.startswith("License"))


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_dependency_is_accounted_for(name):
    account = ACCOUNT.split("## What tests")[name == "requirements-dev.in"]
    missing = [
        package
        for package in asked_for(name)
        if not re.search(rf"^\|.*\b{re.escape(package)}\b", account, re.MULTILINE)
    ]
    assert missing == []


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_the_lock_file_has_everything_asked_for_with_hashes_and_no_address(name):
    text = (HOME / f"{name}.lock").read_text(encoding="ascii")
    pinned = {line.split("==")[0] for line in text.splitlines() if re.match(r"[a-z0-9]", line)}
    assert {package.lower() for package in asked_for(f"{name}.in")} - pinned == set()
    assert text.count("==") <= text.count("--hash=sha256:")
    assert "://" not in text


def test_nothing_installed_is_under_the_gpl():
    found = {one.name: licence(one) for one in distributions() if GPL.search(licence(one))}
    assert found == {}


@pytest.mark.parametrize(
    ("text", "is_gpl"),
    [
        ("GPL-3.0-or-later", True),
        ("AGPL-3.0", True),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", True),
        ("LGPL-3.0-only", False),
        ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", False),
    ],
)
def test_the_gpl_would_be_recognised(text, is_gpl):
    assert bool(GPL.search(text)) is is_gpl
