"""Style sheets and scripts, under a path that names their content, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, url_for

from gateway.guard import open_to_all

FOLDER = Path(__file__).parent / "static"
A_YEAR = 31_536_000
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
"""Ours, not the machine's: what a browser is told must not depend on where the gateway runs."""


def _load(folder: Path) -> dict[str, tuple[bytes, str]]:
    """Every file by its name, with its type: they are few and small, and no request can reach beyond them."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in TYPES)
    return {file.relative_to(folder).as_posix(): (file.read_bytes(), TYPES[file.suffix]) for file in files}


def _version(files: dict[str, tuple[bytes, str]]) -> str:
    """One digest over all files: scripts import each other by relative path and stay together."""
    digest = hashlib.sha256()
    for name, (content, _) in files.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def install(app: Flask) -> None:
    """Serve the folder, and give templates `asset('css/base.css')`."""
    files = _load(FOLDER)
    version = _version(files)
    blueprint = Blueprint("assets", __name__)

    @blueprint.get("/static/<wanted>/<path:name>")
    @open_to_all
    def file(wanted: str, name: str) -> Response:
        content, kind = files.get(name) or abort(404)
        response = Response(content, mimetype=kind)
        # While gateways are being replaced, a page of one version may ask a gateway of another: served, but not kept.
        response.headers["Cache-Control"] = (
            f"public, max-age={A_YEAR}, immutable" if wanted == version else "public, no-cache"
        )
        return response

    def asset(name: str) -> str:
        if name not in files:
            raise LookupError(f"no such file in {FOLDER.name}/: {name}")
        return url_for("assets.file", wanted=version, name=name)

    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset"] = asset
