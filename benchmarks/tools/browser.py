"""What a browser does at ログイン, over plain HTTP to the real site."""

from __future__ import annotations

import re
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpx

_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')


class Browser:
    """One person's; keeps its cookies and its connection."""

    def __init__(self, url: str) -> None:
        jar = CookieJar(DefaultCookiePolicy(rfc2965=False))
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False, cookies=jar)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()

    def log_in(self, number: str, password: str) -> tuple[float, httpx.Response]:
        """Open the form, fill it in and send it: seconds from sending to the answer, and the answer."""
        page = self.http.get("/login")
        form = {**dict(_HIDDEN.findall(page.text)), "number": number, "password": password}
        began = time.perf_counter()
        answer = self.http.post("/login", data=form)
        return time.perf_counter() - began, answer
