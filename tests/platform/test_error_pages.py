"""Whatever fails, the answer is a page of ours at once: it asks neither the database nor anybody's sign-in."""

import gzip
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from portal.access.guard import public
from portal.accounts.models import Account, AccountSession
from portal.config import Settings
from portal.people.models import Region
from portal.platform import clock, logs, turns
from portal.platform.db import db, note_in_passing, reading, short_transaction, transaction
from tests import applications, databases, factories, postgres
from tests.browser import Answer, Browser
from tests.parallel import DEADLINE

pytestmark = pytest.mark.own_app
FOR_EVER = 3_600.0


@pytest.fixture
def failing(app: Flask) -> Flask:
    """Return an application with routes that write, break a constraint, or fail."""
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = False  # Answer a crash as users see it.
    bp = Blueprint("failing", __name__)

    @bp.post("/write")
    @public
    def write() -> str:
        db.session.execute(update(Region).values(order=Region.order))
        return "written"

    @bp.post("/twice")
    @public
    def twice() -> str:
        db.session.add(Region(code="KG-GO", name_ky="x", name_ru="x", name_en="x", order=1))
        db.session.flush()
        return "never"

    @bp.post("/fill")
    @public
    def fill() -> str:
        for _turn in range(2_000):
            factories.make_course(title_en="x" * 300)
        return "filled"

    @bp.get("/crash")
    @public
    def crash() -> str:
        raise RuntimeError("secret words of the code")

    app.register_blueprint(bp)
    return app


@pytest.fixture
def reader(failing: Flask, admin: Account) -> Browser:
    """Return the browser of somebody who was last seen long ago, so that the next page notes that they are back."""
    browser = Browser(failing).sign_in(admin)
    db.session.execute(update(AccountSession).values(seen_at=clock.now() - timedelta(minutes=5)))
    db.session.commit()
    return browser


@contextmanager
def locked() -> Iterator[None]:
    """Hold the database's one writing place, as a tool or a long import would."""
    other = sqlite3.connect(str(db.engine.url.database), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def is_designed(answer: Answer, status: int) -> bool:
    return answer.status == status and f"Error {status}" in answer.text and "Reference:" in answer.text


@pytest.mark.databases("sqlite")
def test_reading_never_waits_for_a_writer(reader: Browser, failing: Flask) -> None:
    failing.config["PORTAL_PATIENCE"] = FOR_EVER  # Whoever waits here is late for this test.
    with locked():
        assert reader.send("GET", "/").status == 200
        assert reader.send("GET", "/healthz").status == 200
        assert reader.send("GET", "/no-such-page").status == 404
        with reading() as connection:
            assert connection.scalar(select(func.count()).select_from(AccountSession)) == 1
    seen = select(AccountSession.seen_at)
    before = db.session.scalar(seen)
    db.session.rollback()
    reader.send("GET", "/")
    assert db.session.scalar(seen) > before, "Noted when nobody else writes."


@pytest.mark.databases("sqlite")
def test_control_other_notes_do_wait_for_a_writer(failing: Flask) -> None:
    change = update(Region).values(order=Region.order)
    failing.config["PORTAL_PATIENCE"] = 0.05
    with locked(), failing.test_request_context():
        note_in_passing(change)
        with pytest.raises(OperationalError), short_transaction() as connection:
            connection.execute(change)


@pytest.mark.databases("sqlite")
def test_writing_that_finds_no_place_is_told_when_to_come_again(reader: Browser, failing: Flask) -> None:
    failing.config["PORTAL_PATIENCE"] = 0.05
    with locked():
        answer = reader.send("POST", "/write")
    assert is_designed(answer, 503)
    assert answer.headers["Retry-After"] == "10"
    assert reader.send("POST", "/write").status == 200


@pytest.mark.databases("sqlite")
def test_some_threads_are_left_to_read_however_many_wait_to_write(failing: Flask) -> None:
    failing.config["PORTAL_PATIENCE"] = FOR_EVER
    answers: list[int] = []

    def write() -> None:
        answers.append(Browser(failing).send("POST", "/write").status)

    waiting = [threading.Thread(target=write) for _ in range(turns.MOST_WAITING)]
    with locked():
        for thread in waiting:
            thread.start()
        until(lambda: turns._few._value == 0)
        assert is_designed(Browser(failing).send("POST", "/write"), 503)
        assert Browser(failing).send("GET", "/verify").status == 200
        assert answers == [], "Those who came first wait still."
    for thread in waiting:
        thread.join(DEADLINE)
    assert answers == [200] * turns.MOST_WAITING


def until(is_so: Any) -> None:
    pause = threading.Event()
    for _turn in range(int(DEADLINE / 0.02)):
        if is_so():
            return
        pause.wait(0.02)
    raise AssertionError("It did not become so in time.")


def test_pages_of_failures_ask_nothing(reader: Browser) -> None:
    for method, path, status in (("GET", "/no-such-page", 404), ("GET", "/crash", 500), ("GET", "/write", 405)):
        answer = reader.send(method, path)
        assert is_designed(answer, status)
        assert answer.queries == []
        assert "Set-Cookie" not in answer.headers


def test_broken_constraint_is_answered_by_a_page(reader: Browser) -> None:
    assert is_designed(reader.send("POST", "/twice"), 500)
    assert reader.send("POST", "/write").status == 200


def test_page_of_a_failure_speaks_the_chosen_language(reader: Browser) -> None:
    assert "Страница не найдена" in reader.send("GET", "/no-such-page", headers={"Accept-Language": "ru"}).text
    reader.send("POST", "/language", data={"locale": "ky"})
    assert 'lang="ky"' in reader.send("GET", "/no-such-page", headers={"Accept-Language": "ru"}).text


def test_page_of_a_failure_is_compressed(reader: Browser) -> None:
    plain = reader.send("GET", "/no-such-page").body
    answer = reader.send("GET", "/no-such-page", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert len(answer.body) * 2 < len(plain)
    assert b"Page not found" in gzip.decompress(answer.body)


@pytest.mark.databases("sqlite")
def test_what_everybody_meets_is_logged_seldom(
    reader: Browser,
    failing: Flask,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(logs, "_since", {})
    failing.config["PORTAL_PATIENCE"] = 0.01
    caplog.set_level(logging.ERROR)
    with locked(), capture_logs() as lines:
        for _ in range(5):
            assert reader.send("POST", "/write").status == 503
    assert [one["event"] for one in lines if one["event"] != "request"] == ["unavailable"]
    for _ in range(3):
        reader.send("GET", "/crash")
    (trace,) = [one for one in caplog.records if one.exc_info]
    assert trace.getMessage() == "Exception in failing.crash", "No address: it may carry a secret."
    assert len([one for one in caplog.records if "reference" in one.getMessage()]) == 3


@pytest.mark.databases("postgresql")
def test_row_that_others_hold_is_waited_for_as_long_as_a_writer(reader: Browser, failing: Flask) -> None:
    failing.config["PORTAL_PATIENCE"] = 0.05
    with db.engine.connect() as other, other.begin():
        other.execute(text("LOCK TABLE region IN ACCESS EXCLUSIVE MODE"))
        answer = reader.send("POST", "/write")
    assert is_designed(answer, 503)
    assert answer.headers["Retry-After"] == "10"
    assert reader.send("POST", "/write").status == 200


@pytest.mark.slow
@pytest.mark.databases("sqlite")  # It starts and stops a cluster of its own.
def test_database_that_is_away_is_answered_by_a_page(tmp_path: Path, settings: Settings) -> None:
    with postgres.own_cluster() as cluster:
        there = applications.settings(tmp_path / "run" / "portal", cluster.url)
        databases.prepare(there)
        app = applications.make(there)
        app.testing = False
        with app.app_context(), transaction():
            factories.make_account("administrator", name="Администратор")
        with app.app_context():
            browser = Browser(app).sign_in(db.session.scalars(select(Account)).one())
        assert browser.send("GET", "/").status == 200
        cluster.stop()
        for path, status in (("/", 503), ("/trainings", 503), ("/no-such-page", 404)):
            assert is_designed(browser.send("GET", path), status), path
        assert browser.as_stranger().send("GET", "/verify").status == 200
        assert browser.send("GET", "/").headers["Retry-After"] == "10"
        assert browser.send("GET", "/healthz").status == 503
        cluster.start()
        assert browser.send("GET", "/").status == 200


@pytest.mark.databases("sqlite")
def test_full_disk_is_said_in_words_of_its_own(failing: Flask) -> None:
    pages = db.session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()
    db.session.remove()
    db.engine.dispose()

    def leave_little_room(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 2}")

    event.listen(db.engine, "connect", leave_little_room)
    try:
        answer = Browser(failing).send("POST", "/fill")
    finally:
        event.remove(db.engine, "connect", leave_little_room)
        db.engine.dispose()
    assert answer.status == 503
    assert "The disk of the portal is full" in answer.text
