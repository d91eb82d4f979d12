"""Static files: served by WhiteNoise, kept by browsers for a year, asked for anew when their content changes."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask
from whitenoise import WhiteNoise

_YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Put the files before the application and their version into every address."""
    root = Path(str(app.static_folder))

    @lru_cache(maxsize=256)
    def version(filename: str) -> str:
        path = root / filename
        return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else ""

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values and (found := version(values["filename"])):
            values["v"] = found

    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app, root=str(root), prefix="static/", max_age=_YEAR, autorefresh=app.debug
    )
