"""The gateway's addresses, cheaply made: a process has some 150 of them and builds few at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class BuiltWhenAsked(Rule):
    """Compiles the function that builds its address when that is first wanted, not when the process starts.

    Compiling both functions of every rule was most of what making the application cost.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        compile_now = super()._compile_builder
        compiled: list[Builder] = []

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(compile_now(append_unknown))
            return compiled[0](rule, **values)

        return build


class Gateway(Flask):
    """Flask with the rules above."""

    url_rule_class = BuiltWhenAsked
