"""What gunicorn asks this portal (`--config python:portal.cli.web_server`)."""

import os
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http import wsgi as answers

# What each answer names as its server: not the program, and so not the holes of its version.
answers.SERVER = "portal"
# Longer than proxies keep a connection to a server (nginx: 60 seconds), so that none meets one that has just closed.
keepalive = 75


class SilentLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """The server's own log without addresses: that of a link or a calendar is a secret."""

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log a fault by its trace."""
        super().exception(*_without_address(msg, args), **kwargs)

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log what is not right."""
        super().warning(*_without_address(msg, args), **kwargs)


logger_class = SilentLogger


def _without_address(msg: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    for telling in ("Error handling request", "Invalid request"):
        if msg.startswith(telling):
            return (telling,)
    return (msg, *args)


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
