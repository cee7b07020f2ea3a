"""Style sheets and scripts, under a path that names their content, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Flask, Response, send_from_directory, url_for

from gateway.guard import open_to_all

FOLDER = Path(__file__).parent / "static"
A_YEAR = 31_536_000


def _version(folder: Path) -> str:
    """One digest over all files: scripts import each other by relative path and stay together."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def install(app: Flask) -> None:
    """Serve the folder, and give templates `asset('css/site.css')`."""
    version = _version(FOLDER)
    blueprint = Blueprint("assets", __name__)

    @blueprint.get("/static/<wanted>/<path:name>")
    @open_to_all
    def file(wanted: str, name: str) -> Response:
        response = send_from_directory(FOLDER, name)
        # While gateways are being replaced, a page of one version may ask a gateway of another: served, but not kept.
        response.headers["Cache-Control"] = (
            f"public, max-age={A_YEAR}, immutable" if wanted == version else "public, no-cache"
        )
        return response

    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset"] = lambda name: url_for("assets.file", wanted=version, name=name)
