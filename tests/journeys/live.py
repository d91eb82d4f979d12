"""A portal as people meet it: web server, worker and browser as processes of their own, on a real database."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from portal.access.permissions import Role
from portal.access.policy import Operator
from portal.accounts import operations as accounts
from portal.accounts.rules import Assignment
from portal.people import queries as people
from portal.platform import clock, passwords
from portal.platform.db import transaction
from tests import applications, databases
from tests.contract.test_file_length import ROOT
from tests.journeys.test_first_start import wait_for

EMAIL, PASSWORD = "coordinator@portal.example", "a long password for a journey"
CHROMIUM = "/usr/bin/chromium"
_OF_THE_NETWORK = ("Failed to load resource", "htmx: htmx:error")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@dataclass(frozen=True)
class Portal:
    """A running portal: its address and the environment that its commands need."""

    address: str
    environment: dict[str, str]

    def flask(self, *words: str) -> str:
        """Run one of the portal's commands and return what it prints."""
        command = [sys.executable, "-m", "flask", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def started(
    folder: Path,
    database_url: str,
    *,
    is_demo: bool = True,
    focal_points: Sequence[tuple[str, str]] = (),
    arrange: Callable[[], object] = lambda: None,
) -> Iterator[Portal]:
    """Start web server and worker with one coordinator of all regions; stop both at the end.

    `focal_points` are further accounts: their addresses and the codes of their institutions. `arrange` writes what
    else is to be there.

    A journey carries no phone: only outside the demo is a second factor asked for.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    settings = applications.settings(folder / "data", database_url, base_url=f"http://{address}")
    databases.prepare(settings)
    with applications.make(settings).app_context(), transaction():
        _make_accounts(focal_points)
        arrange()
    portal = Portal(settings.base_url, _environment(settings, is_demo=is_demo))
    server = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", address, "--worker-class", "gthread"]
    server += ["--config", "python:portal.cli.web_server"]
    commands = ([*server, "--threads", "4", "--no-control-socket"], [sys.executable, "-m", "flask", "work"])
    with (folder / "output.txt").open("w") as output:
        processes = [
            subprocess.Popen(command, cwd=ROOT, env=portal.environment, stdout=output, stderr=output)
            for command in commands
        ]
        try:
            wait_for(lambda: _answers(portal.address), seconds=60)
            yield portal
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(timeout=20)


@contextmanager
def browser_page(width: int = 1280, *, is_cut: bool = False) -> Iterator[Page]:
    """Open a window of Debian's Chromium; a fault of the page's script or policy fails the test.

    With `is_cut` the journey loses answers: what the browser itself writes about that is no fault.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        size = {"width": width, "height": 900}
        context = browser.new_context(viewport=size, locale="en", accept_downloads=True)  # type: ignore[arg-type]
        faults: list[str] = []
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        yield context.new_page()
        browser.close()
    left = [fault for fault in faults if not (is_cut and fault.startswith(_OF_THE_NETWORK))]
    assert not left, left


def sign_in(page: Page, portal: Portal, email: str = EMAIL) -> None:
    """Sign in, as the coordinator unless another address is given."""
    page.goto(f"{portal.address}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{portal.address}/")


def _make_accounts(focal_points: Sequence[tuple[str, str]]) -> None:
    given: dict[str, Any] = {
        "password_hash": passwords.hash_password(PASSWORD),
        "actor": Operator(),
        "now": clock.now(),
    }
    accounts.create(EMAIL, name="Aida", reach=Assignment(Role.COORDINATOR, None), **given)
    for email, code in focal_points:
        institution = people.get_institution_by_code(code)
        reach = Assignment(Role.FOCAL_POINT, institution_id=institution.id if institution else None)
        accounts.create(email, name="Gulzat", reach=reach, **given)


def _environment(settings: applications.Settings, *, is_demo: bool) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "FLASK_"))},
        "FLASK_APP": "wsgi.py",
        "PORTAL_DATA": str(settings.data),
        "DATABASE_URL": settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1),
        "PORTAL_BASE_URL": settings.base_url,
        "PORTAL_SECRET_KEY": settings.secret_key,
        "PORTAL_LOCALE": "en",
        "PORTAL_DEMO": "1" if is_demo else "",
    }


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
