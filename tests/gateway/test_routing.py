"""Addresses are built as the library builds them, however late it is asked to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from werkzeug.routing import BuildError, Map, MapAdapter, Rule

from gateway.routing import BuiltWhenAsked

RULES: dict[str, dict[str, Any]] = {
    "/login": {},
    "/lines/<uuid:line>/<any(start, stop):order>": {"line": UUID(int=7), "order": "stop"},
    "/lists/<int:rule>/<path:self>": {"rule": 3, "self": "a/b c"},
    "/files/<name>.csv": {"name": "番号&=?"},
}
"""And what is put into them: names that a function's own parameters might have are among them."""


def site(kind: type[Rule]) -> MapAdapter:
    return Map([kind(rule, endpoint=rule) for rule in RULES]).bind("site.example")


@pytest.mark.parametrize("rule", RULES)
def test_every_address_is_built_as_by_the_library(rule):
    ours, librarys = site(BuiltWhenAsked), site(Rule)
    for values in (RULES[rule], RULES[rule] | {"page": "2 & 3", "text": "ü"}):
        assert ours.build(rule, values) == librarys.build(rule, values)
        assert ours.build(rule, values, append_unknown=False) == librarys.build(rule, values, append_unknown=False)


@pytest.mark.parametrize("kind", [BuiltWhenAsked, Rule])
def test_what_lacks_a_value_has_no_address(kind):
    with pytest.raises(BuildError):
        site(kind).build("/files/<name>.csv", {})
