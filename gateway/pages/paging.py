"""Which page of a list the address asks for."""

from __future__ import annotations

from flask import request

LAST_PAGE = 10_000


def page_number() -> int:
    """`?page=`, from 1; whatever is no page of a list is the first."""
    page = request.args.get("page", 1, type=int)
    return page if 1 <= page <= LAST_PAGE else 1
