"""Which part of a list the address asks for, kept in the addresses of the pages that one goes to from it."""

from __future__ import annotations

from typing import Any

from flask import request

from contracts.phone import NotASearch, normalise_search

LAST_PAGE = 10_000
LAST_PLACE = 2**62
"""Both databases know numbers as large as this."""


def page_number() -> int:
    """`?page=`, from 1; whatever is no page of a list is the first."""
    page = request.args.get("page", 1, type=int)
    return page if 1 <= page <= LAST_PAGE else 1


def before() -> int | None:
    """`?before=`, from which entry on a list is shown; whatever is no place in it is its beginning."""
    asked = request.args.get("before", type=int)
    return asked if asked is not None and 0 <= asked <= LAST_PLACE else None


def place(search: str, page: int) -> dict[str, Any]:
    """The arguments of an address that leads to this page of what was searched for; what goes without saying is left out."""
    return {**({"search": search} if search else {}), **({"page": page} if page > 1 else {})}


def kept_search() -> str:
    """The search that this address carries on to the next."""
    try:
        return normalise_search(request.args.get("search", ""))
    except NotASearch:
        return ""


def kept_place() -> dict[str, Any]:
    """The place in the list that this address carries on to the next."""
    return place(kept_search(), page_number())
