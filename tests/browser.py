"""A browser for tests: fetches as a person does, checks each page that it gets, and returns it as a page object.

    page = browser.sign_in(aida).get("/trainings")
    assert page.row("OSH-2026-01")["State"] == "Approved"
    page = page.form("Create").fill(capacity="0").submit()
    assert "at least 1" in page.refusal()

`get` and `submit` follow redirects, commit what the test has arranged, and fail the test when the page breaks a rule of
`tests/pagecheck.py`, comes with another status than expected, or leaves the session dirty after a GET.
Pages speak English unless `browser.speak("ru")`. Other requests: `part` (an htmx fragment), `download` (a file),
`send` (any method, the bare answer).
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask, has_app_context
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.test import TestResponse

from portal.access.guard import HELPER_COOKIE
from portal.accounts import operations as account_operations
from portal.accounts.models import Account
from portal.accounts.sign_in_views import COOKIE as ACCOUNT_COOKIE
from portal.attendance.models import VenueHelper, VenueHelperSession
from portal.participants.models import ParticipantSession
from portal.participants.rules import COOKIE as PARTICIPANT_COOKIE
from portal.platform import clock, tokens
from portal.platform.db import db, transaction
from portal.registration.models import Registration
from tests import pagecheck
from tests.applications import DIRTY
from tests.pages import Page

_statements: ContextVar[list[str] | None] = ContextVar("statements", default=None)

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass
class Answer:
    """The bare answer with the queries that it took."""

    response: TestResponse
    queries: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self.response.headers

    @property
    def body(self) -> bytes:
        return self.response.data

    @property
    def text(self) -> str:
        return self.response.get_data(as_text=True)


class Browser:
    """One browser with its own cookies. `browser.as_stranger()` opens another one."""

    def __init__(self, app: Flask, language: str = "en") -> None:
        self.app = app
        self.language = language
        self.client = app.test_client()
        self._token = ""
        self.given: list[tuple[str, str]] = []

    def sign_in(self, account: Account) -> "Browser":
        """Sign in without the form: open a sign-in on the server and keep its cookie."""
        account_id = account.id
        if has_app_context():
            db.session.commit()
        with self.app.app_context():
            token = account_operations.open_session(account_id, now=clock.now())
            db.session.commit()
        self._set_cookie(ACCOUNT_COOKIE, token)
        return self

    def open_own_page(self, registration: Registration) -> "Browser":
        """Come as the participant of this registration, as by a personal link."""
        registration_id, now = registration.id, clock.now()
        if has_app_context():
            db.session.commit()
        token = tokens.random_token()
        with self.app.app_context(), transaction():
            db.session.add(
                ParticipantSession(
                    registration_id=registration_id,
                    token_hash=tokens.hash_token(token),
                    created_at=now,
                    expires_at=now + timedelta(hours=1),
                )
            )
        self._set_cookie(PARTICIPANT_COOKIE, token)
        return self

    def open_helper_page(self, helper: VenueHelper) -> "Browser":
        """Come as this venue helper, as by the link."""
        helper_id, now = helper.id, clock.now()
        if has_app_context():
            db.session.commit()
        token = tokens.random_token()
        with self.app.app_context(), transaction():
            db.session.add(
                VenueHelperSession(
                    venue_helper_id=helper_id,
                    token_hash=tokens.hash_token(token),
                    device="",
                    created_at=now,
                    seen_at=now,
                    expires_at=now + timedelta(hours=1),
                )
            )
        self._set_cookie(HELPER_COOKIE, token)
        return self

    def as_stranger(self) -> "Browser":
        """Return a browser without cookies on the same application."""
        return Browser(self.app, self.language)

    def again(self) -> "Browser":
        """Return another browser with the same sign-in, as it was at its beginning."""
        twin = Browser(self.app, self.language)
        for name, value in self.given:
            twin._set_cookie(name, value)
        return twin

    def speak(self, language: str) -> "Browser":
        """Ask for pages in ky, ru or en."""
        self.language = language
        return self

    def get(self, url: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Page:
        """Fetch a page, following redirects, and check it."""
        return self._page(self._follow("GET", url, headers=headers), status)

    def post(
        self,
        url: str,
        data: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Send a form with a fresh token, follow the redirect, and check the page; `page.form(…).submit()` is closer
        to what a person does."""
        given = {"csrf_token": self.csrf_token(), **(data or {})}
        return self._page(self._follow("POST", url, data=given, headers=headers), status)

    def part(self, url: str, data: Mapping[str, Any] | None = None, *, method: str = "GET", status: int = 200) -> Page:
        """Ask for a fragment as htmx does, and check it."""
        headers = dict(HTMX)
        if method != "GET":
            headers["X-CSRFToken"] = self.csrf_token()
        answer = self.send(method, url, data=data, headers=headers)
        self._expect(answer, status)
        pagecheck.check_fragment(answer.text, f"{method} {url} (fragment)", repeatable=self._repeatable())
        return Page(self, urljoin("/", url), answer.status, answer.headers, answer.text, answer.queries)

    def download(self, url: str, *, status: int = 200) -> Answer:
        """Fetch a file."""
        answer = self.send("GET", url)
        self._expect(answer, status)
        return answer

    def take(self, url: str, *, status: int = 200) -> Answer:
        """Press the button that sends a file, with a fresh token."""
        answer = self.send("POST", url, data={"csrf_token": self.csrf_token()})
        self._expect(answer, status)
        return answer

    def send(
        self, method: str, url: str, *, data: Any = None, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Answer:
        """Send one request and return the bare answer; nothing is checked but the session after a GET."""
        if has_app_context():
            db.session.commit()
        address = urlsplit(url)
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        all_headers = {"Accept-Language": self.language, **(headers or {})}
        with self.app.app_context(), _counted_queries() as queries:
            response = self.client.open(target, method=method, data=data, headers=all_headers, **options)
            response.get_data()
            response.close()
        dirt = self.app.extensions[DIRTY]
        if dirt:
            changed, dirt[:] = list(dirt), []
            raise AssertionError(f"A GET only reads; move the change into a POST or an operation: {changed}")
        return Answer(response, queries)

    def check(self, url: str, answer: Answer) -> Page:
        """Check an answer that was sent for as a page, without fetching it again."""
        return self._page((url, answer), 200)

    def csrf_token(self) -> str:
        """Return the token of the last page, or of a page that anybody may read."""
        if not self._token:
            self._follow("GET", "/verify")
        return self._token

    def _follow(self, method: str, url: str, **options: Any) -> tuple[str, Answer]:
        answer = self.send(method, url, **options)
        for _hop in range(5):
            if answer.status not in _REDIRECTS:
                break
            target = urlsplit(urljoin(f"http://localhost{url}", answer.headers["Location"]))
            assert target.netloc == "localhost", f"{method} {url} leads away from the portal, to {target.netloc}."
            url = target.path + (f"?{target.query}" if target.query else "")
            answer = self.send("GET", url)
        self._keep_token(answer)
        return url, answer

    def _page(self, fetched: tuple[str, Answer], status: int) -> Page:
        url, answer = fetched
        self._expect(answer, status)
        assert answer.headers["Content-Type"].startswith("text/html"), f"{url} is no page; fetch it with `download`."
        pagecheck.check_page(answer.text, url, language=self._speaks(), repeatable=self._repeatable())
        return Page(self, url, answer.status, answer.headers, answer.text, answer.queries)

    def _speaks(self) -> str:
        """Return the language chosen in this browser's session, else the one that it asks for."""
        with self.client.session_transaction() as cookie_session:
            chosen: str = cookie_session.get("locale", self.language)
        return chosen

    def _repeatable(self) -> set[str]:
        """Return the addresses whose forms may be sent twice without a key."""
        views = self.app.view_functions
        return {r.rule for r in self.app.url_map.iter_rules() if hasattr(views[r.endpoint], "is_repeatable")}

    def _keep_token(self, answer: Answer) -> None:
        if answer.response.mimetype == "text/html":
            found = re.search(r'X-CSRFToken": "([^"]+)"', answer.text)
            self._token = found[1] if found else self._token

    def _expect(self, answer: Answer, status: int) -> None:
        if answer.status == status:
            return
        request = answer.response.request
        shown = pagecheck.text_of_html(answer.text)[:1500] if "text" in answer.headers.get("Content-Type", "") else ""
        raise AssertionError(f"{request.method} {request.path} answered {answer.status}, not {status}:\n{shown}")

    def _set_cookie(self, name: str, value: str) -> None:
        self.given.append((name, value))
        prefix = "__Host-" if self.app.config["SESSION_COOKIE_SECURE"] else ""
        self.client.set_cookie(prefix + name, value, domain="localhost", path="/")


def toast(headers: Mapping[str, str]) -> str:
    """Return the words of the toast that a fragment's answer carries."""
    trigger = json.loads(headers.get("HX-Trigger", "{}"))
    text: str = trigger.get("toast", {}).get("text", "")
    return text


@event.listens_for(Engine, "before_cursor_execute")
def _note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    statements = _statements.get()
    if statements is not None:
        statements.append(statement)


@contextmanager
def _counted_queries() -> Iterator[list[str]]:
    """Collect the statements of this thread; one listener for all: threads may not change the list of listeners."""
    statements: list[str] = []
    token = _statements.set(statements)
    try:
        yield statements
    finally:
        _statements.reset(token)
