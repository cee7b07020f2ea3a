"""Tests name the numbered rule that they prove; the number must be one there is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
KNOWN = frozenset((TESTS / "rules.txt").read_text(encoding="ascii").split())
SHAPE = re.compile(r"[A-Z]+-\d+")


def named_rules(source: str) -> Iterator[str]:
    """What stands in `pytest.mark.rule(…)`, argument by argument."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.rule"):
            for argument in node.args:
                yield str(argument.value) if isinstance(argument, ast.Constant) else ast.unparse(argument)


def test_every_rule_that_a_test_names_exists():
    unknown = {
        f"{path.relative_to(TESTS)}: {rule}"
        for path in TESTS.rglob("*.py")
        for rule in named_rules(path.read_text(encoding="utf-8"))
        if rule not in KNOWN
    }
    assert unknown == set()


def test_a_rule_that_does_not_exist_would_be_found():
    planted = '@pytest.mark.rule("LOGIN-2", "LOGIN-99")\ndef test_x(): ...\npytestmark = [pytest.mark.rule("NONE-1")]'
    assert [rule for rule in named_rules(planted) if rule not in KNOWN] == ["LOGIN-99", "NONE-1"]


def test_the_list_of_rules_is_well_formed():
    assert KNOWN
    assert all(SHAPE.fullmatch(rule) for rule in KNOWN)
