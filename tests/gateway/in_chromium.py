"""An application of a test's own before a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from gateway.services import Services


@contextmanager
def served(app: Flask, services: Services) -> Iterator[str]:
    """The address of the application, on a port of its own, with the services that the container would give it."""

    def answer(environ, start_response):
        return app({**environ, "hikari.services": services}, start_response)

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def tab(chromium: Browser, address: str, width: int, height: int = 640) -> Iterator[Page]:
    """A tab in which nothing may go wrong with a script or a policy."""
    context = chromium.new_context(base_url=address, locale="ja-JP", viewport={"width": width, "height": height})
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert broken == []
