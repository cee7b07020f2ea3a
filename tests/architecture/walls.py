"""Who may import whom (docs: the table of the architecture), as a function from a module and its source to its breaches.

Each part names what of ours it may import; of the rest of the world everything goes but what is kept to the edges:
nameko and eventlet so that rules and use cases run and are tested without them, Flask so that it stays the gateway's.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
OURS = ("benchmarks", "chassis", "cli", "contracts", "deploy", "gateway", "services", "tests")
GUARDED = ("chassis", "cli", "contracts", "deploy", "gateway", "services")
EDGE = frozenset({"nameko", "kombu", "eventlet", "greenlet"})
WEB = frozenset({"flask", "flask_wtf", "wtforms", "werkzeug", "jinja2"})
PURE = ("_rules", "dialogue", "prompts")
"""Modules with such an ending decide without asking anyone."""
OUTER = ("application", "config", "policies", "projections", "publishing", "service", "store")
"""What lies around aggregates and rules in a service and is unknown to them."""
COMPOSITION_ROOTS = ("deploy.embedded", "deploy.migrate", "deploy.plan")
SHARED_CONTRACTS = ("contracts.base", "contracts.phone")


@dataclass(frozen=True)
class Part:
    """What modules of one kind may import. Prefixes of dotted names; `only` closes the outside world but for these."""

    name: str
    ours: tuple[str, ...]
    not_ours: tuple[str, ...] = ()
    """Exceptions from `ours`."""
    banned: frozenset[str] = frozenset()
    only: tuple[str, ...] | None = None


def breaches(module: str, source: str) -> list[str]:
    """What the module's imports break, one sentence each; function-local imports count like all others."""
    tree = ast.parse(source)
    part = _part(module, tree)
    return [
        f"{module} ({part.name}) may not import {imported}"
        for imported in _imports(tree)
        if not _allowed(part, imported)
    ]


def guarded_modules() -> Iterator[tuple[str, str]]:
    """Every module behind the walls, with its source."""
    for folder in GUARDED:
        for path in sorted((HOME / folder).rglob("*.py")):
            dotted = ".".join(path.relative_to(HOME).with_suffix("").parts).removesuffix(".__init__")
            yield dotted, path.read_text(encoding="utf-8")


def _part(module: str, tree: ast.Module) -> Part:  # noqa: PLR0911 - one return for each row of the table
    top, *rest = module.split(".")
    last = rest[-1] if rest else ""
    if module in SHARED_CONTRACTS:
        return Part("shared contract", (), only=("pydantic", "pydantic_core"))
    if top == "contracts":
        # One that has grown beyond a file is a package, whose modules are of one piece.
        own = tuple(f"contracts.{name}" for name in rest[:1])
        return Part("contract", (*SHARED_CONTRACTS, *own), only=("pydantic", "pydantic_core"))
    if top == "chassis":
        return Part("chassis", ("chassis", "contracts.base"))
    if top == "gateway":
        edge = last in {"service", "__main__"}
        return Part("gateway", ("gateway", "chassis", "contracts"), banned=frozenset() if edge else EDGE)
    if top == "cli":
        return Part("command line", ("cli", "chassis", "contracts", "deploy"), banned=EDGE | WEB)
    if top == "services" and rest:
        return _service_part(rest[0], rest[1:], tree)
    if module in COMPOSITION_ROOTS:
        return Part("composition root", OURS)
    return Part(top, ("deploy", "chassis", "contracts"))


def _service_part(service: str, names: list[str], tree: ast.Module) -> Part:
    own = f"services.{service}"
    last = names[-1] if names else ""
    if last in {"service", "__main__"}:
        return Part("service's edge", (own, "chassis", "contracts"), banned=WEB)
    if {"policies", "publishing", "owners"} & set(names):  # one that has grown beyond a file is a package
        return Part("service's door", (own, "chassis", "contracts"), banned=EDGE | WEB)
    if last.endswith(PURE) or _defines_aggregate(tree):
        # Of the chassis the sealed value alone, which events carry; of contracts the names of faults and causes.
        ours = (own, *SHARED_CONTRACTS, f"contracts.{service}", "chassis.personal_data")
        outer = tuple(f"{own}.{name}" for name in OUTER)
        return Part("aggregate or rule", ours, not_ours=outer, only=("eventsourcing.domain",))
    return Part("use case", (own, "chassis", *SHARED_CONTRACTS, f"contracts.{service}"), banned=EDGE | WEB)


def _defines_aggregate(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Aggregate") for base in node.bases)
        for node in tree.body
    )


def _imports(tree: ast.Module) -> Iterator[str]:
    """Dotted names with what is taken from them: `from contracts import auth` is `contracts.auth`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            yield from (f"{source}.{alias.name}" for alias in node.names)


def _allowed(part: Part, imported: str) -> bool:
    top = imported.split(".", maxsplit=1)[0]
    if top in OURS:
        return _within(imported, part.ours) and not _within(imported, part.not_ours)
    if top in sys.stdlib_module_names:
        return True
    if part.only is not None:
        return _within(imported, part.only)
    return top != "" and top not in part.banned


def _within(imported: str, allowed: tuple[str, ...]) -> bool:
    return any(imported == prefix or imported.startswith(f"{prefix}.") for prefix in allowed)
