"""The portal as a developer runs it: on data of its own, started again by a change, with its SQL and mails in sight."""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path

import dev
import pytest
from flask import Flask

from portal.app import create_app
from portal.platform.carriers import carrier
from tests import applications, databases
from tests.contract.test_file_length import ROOT

LONGEST = 150  # Seconds for all that a test waits for; a portal that hangs is killed, and its output ends.


@dataclass(frozen=True)
class Developing:
    """A running `run.py dev`."""

    process: subprocess.Popen[str]
    address: str

    def until(self, word: str) -> str:
        """Return what it prints until a line that holds the word."""
        assert self.process.stdout is not None
        read = []
        for line in self.process.stdout:
            read.append(line)
            if word in line:
                return "".join(read)
        raise AssertionError(f"It ended without {word!r}:\n{''.join(read)}")


@contextmanager
def developing(data: Path) -> Iterator[Developing]:
    """Start it as in a shell with the settings of a public portal, and stop it as Ctrl-C does."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    production = {"PORTAL_BASE_URL": "https://portal.example.org", "DATABASE_URL": "postgresql://nowhere/portal"}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), "dev", "--no-demo", "--port", str(port)],
        env={**os.environ, **production, "PORTAL_DATA": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    watchdog = threading.Timer(LONGEST, process.kill)
    watchdog.start()
    try:
        yield Developing(process, f"127.0.0.1:{port}")
    finally:
        watchdog.cancel()
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.slow
def test_a_change_starts_it_again_and_pages_say_what_they_asked(tmp_path: Path) -> None:
    with developing(tmp_path / "data") as portal:
        portal.until("Ready for development")
        os.utime(ROOT / "portal" / "__init__.py")
        assert "portal/__init__.py" in portal.until("Changed: ")
        portal.until("Ready for development")
        connection = HTTPConnection(portal.address, timeout=30)
        connection.request("GET", "/join/ABCDEFGHJKMN")
        timing = connection.getresponse().headers["Server-Timing"]
        assert (found := re.match(r'sql;desc="(\d+) statements"', timing))
        report = portal.until(f": {found[1]} statements")
        assert "GET " in report
    assert portal.process.returncode == 0


def test_data_of_another_portal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "portal.db").touch()
    with pytest.raises(SystemExit) as ended:
        dev.own_folder(tmp_path)
    assert ended.value.code == 2
    assert dev.own_folder(tmp_path / "new") == dev.own_folder(tmp_path / "new")


def test_settings_of_the_shell_reach_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_KEYS", "/srv/portal/keys")
    monkeypatch.setenv("DATABASE_URL_FILE", "/run/secrets/database")
    found = dev.settings(tmp_path, "http://127.0.0.1:8000", "123456789")
    assert {name for name in found if name.startswith(("PORTAL_", "DATABASE_"))} == {
        "PORTAL_DATA",
        "PORTAL_BASE_URL",
        "PORTAL_MAIL_URL",
    }


def test_a_change_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    (tmp_path / "portal" / "people").mkdir(parents=True)
    (tmp_path / "portal" / "people" / "rules.py").touch()
    before = dev.stamps()
    (tmp_path / "portal" / "people" / "queries.py").touch()
    (tmp_path / "portal" / "people" / "rules.py").unlink()
    assert dev.wait_for_change(before) == "portal/people/queries.py, portal/people/rules.py"


@pytest.mark.databases("sqlite")
def test_statements_are_counted_in_debug_only(tmp_path: Path) -> None:
    settings = applications.settings(tmp_path / "data", f"sqlite:///{tmp_path / 'data' / 'portal.db'}")
    databases.prepare(settings)
    timings = [_timing(create_app(applications.changed(settings, is_debug=is_debug))) for is_debug in (False, True)]
    assert timings[0] is None
    assert timings[1].startswith('sql;desc="')


def _timing(app: Flask) -> str | None:
    return app.test_client().get("/join/ABCDEFGHJKMN").headers.get("Server-Timing")


def test_mail_is_shown_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    letter = EmailMessage()
    letter["To"], letter["Subject"] = "aida@example.org", "Ваше место"
    letter.set_content("Место есть.\n")
    with carrier("terminal:", tmp_path) as found:
        found.hand_over(letter, "1.eml")
    shown = capsys.readouterr().err
    assert "aida@example.org: Ваше место" in shown
    assert "Место есть." in shown
    assert (tmp_path / "mail" / "1.eml").exists()
