"""How gunicorn serves the portal."""

import io
import logging
import os
import socket
import subprocess
import sys
from contextlib import suppress
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http.errors import InvalidRequestLine
from gunicorn.workers.base import Worker

from portal.cli.web_server import SilentLogger
from tests.contract.test_file_length import ROOT

SECRET = "/join/zAkXw0o3Yk1m8FvJm2VnQg"


def logged(kind: type[Logger], error: Exception) -> str:
    """Return what gunicorn logs of a request that ends in this error."""
    log, output = kind(Config()), io.StringIO()
    log.error_log.handlers = [logging.StreamHandler(output)]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        worker = Worker(1, 1, [], None, 30, Config(), log)
        try:
            raise error
        except Exception:
            with suppress(AttributeError):  # What it does after the line in the log needs a whole request.
                worker.handle_error(SimpleNamespace(uri=SECRET, method="POST"), ours, ("10.0.0.1", 80), error)
    return output.getvalue()


@pytest.mark.parametrize("error", [RuntimeError("a fault"), InvalidRequestLine(f"POST {SECRET} HTTP/9")], ids=repr)
def test_log_of_the_server_holds_no_address(error: Exception) -> None:
    assert SECRET in logged(Logger, error), "Control: as it comes, it does."
    found = logged(SilentLogger, error)
    assert found
    assert SECRET not in found


def test_connections_outlive_those_of_a_proxy() -> None:
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "python:portal.cli.web_server",
        "--print-config",
        "wsgi:app",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    options = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    found = {name.strip(): value.strip() for name, value in options.items()}
    assert int(found["keepalive"]) > 60
    assert "SilentLogger" in found["logger_class"]
