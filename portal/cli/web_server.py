"""What gunicorn asks this portal (`--config python:portal.cli.web_server`)."""

import os
from typing import Any

from gunicorn.http import wsgi as answers

# What each answer names as its server: not the program, and so not the holes of its version.
answers.SERVER = "portal"


def on_starting(arbiter: Any) -> None:
    """Wait, with everything imported and nothing listened to, until run.py says that the database is up to date.

    It says as well whether the demo is there, which the web server could not know at its start.

    :raises SystemExit: if run.py ends without a word.
    """
    descriptor = os.environ.pop("PORTAL_GO", "")
    if not descriptor:
        return
    word = os.read(int(descriptor), 16)
    if not word:
        raise SystemExit(1)
    app = arbiter.app.wsgi()
    app.config["PORTAL_IS_DEMO"] = word == b"demo" and app.config["PORTAL_SETTINGS"].is_local
