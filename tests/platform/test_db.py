"""One request is one transaction: writes wait for each other, reads cannot write, refusals leave nothing."""

import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
from flask import Blueprint, Flask, abort, request
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError
from sqlalchemy.orm.exc import StaleDataError

from portal.access.guard import public
from portal.app import create_app
from portal.certificates.models import CertificateCounter
from portal.config import Settings
from portal.people.models import Person, Region
from portal.platform import db as database
from portal.platform.db import db, reads_first, short_transaction, start_writing, transaction
from portal.platform.errors import CodeTaken, RecordChanged
from tests import applications
from tests.browser import Browser
from tests.factories import NOW, make_person
from tests.parallel import DEADLINE, in_processes, in_threads

pytestmark = pytest.mark.own_app


def counter() -> CertificateCounter:
    """Return the counter that these tests write, made if it is not there."""
    found = db.session.get(CertificateCounter, ("T", 2026), populate_existing=True, with_for_update=True)
    if found is None:
        found = CertificateCounter(series="T", year=2026, last=0)
        db.session.add(found)
    return found


def last() -> int:
    """Return what was committed."""
    db.session.rollback()
    return db.session.scalar(select(CertificateCounter.last).where(CertificateCounter.series == "T")) or 0


@pytest.fixture
def counting(settings: Settings) -> Flask:
    """Return an application with a route that counts, then answers as it is asked to."""
    app = applications.make(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    bp = Blueprint("counting", __name__)

    @bp.route("/count/<int:status>", methods=["GET", "POST", "PUT"])
    @public
    def count(status: int) -> tuple[str, int]:
        counter().last += 1
        db.session.flush()
        if request.args.get("abort"):
            abort(status)
        return "counted", status

    app.register_blueprint(bp)
    with app.app_context(), transaction():
        counter()
    return app


@pytest.mark.parametrize(("status", "counted"), [(200, 1), (201, 1), (303, 1), (400, 0), (409, 0), (422, 0), (500, 0)])
def test_post_is_kept_when_it_succeeds_only(counting: Flask, status: int, counted: int) -> None:
    assert Browser(counting).send("POST", f"/count/{status}").status == status
    with counting.app_context():
        assert last() == counted


def test_aborted_post_leaves_nothing(counting: Flask) -> None:
    assert Browser(counting).send("POST", "/count/409?abort=1").status == 409
    with counting.app_context():
        assert last() == 0


def test_read_cannot_write(counting: Flask) -> None:
    counting.testing = False
    assert Browser(counting).send("GET", "/count/200").status in (500, 503)
    with counting.app_context():
        assert last() == 0


def test_write_after_a_read_on_the_same_connection(counting: Flask) -> None:
    browser = Browser(counting)
    for _ in range(3):
        browser.send("GET", "/healthz")
        assert browser.send("POST", "/count/200").status == 200
    with counting.app_context():
        assert last() == 3


def count_often(app: Flask, times: int) -> int:
    """Read, add one and write, in a transaction each."""
    for _ in range(times):
        with app.app_context(), transaction():
            counter().last += 1
    return times


def with_slow_routes(app: Flask, others_turn: Callable[[], object]) -> Flask:
    """Add a route that lets others write before it writes, declared so and, as a control, not declared."""
    bp = Blueprint("slow", __name__)

    def work(start: Callable[[], None]) -> str:
        last()
        others_turn()
        start()
        counter().last += 1
        return "counted"

    @bp.post("/slow/declared")
    @reads_first
    @public
    def declared() -> str:
        return work(start_writing)

    @bp.post("/slow/undeclared")
    @public
    def undeclared() -> str:
        counter()
        return work(lambda: None)

    app.register_blueprint(bp)
    return app


def test_request_that_reads_first_lets_others_write_meanwhile(counting: Flask) -> None:
    def count_short() -> None:
        with short_transaction() as connection:
            connection.execute(text("UPDATE certificate_counter SET last = last + 1"))

    with_slow_routes(counting, count_short)
    assert Browser(counting).send("POST", "/slow/declared").status == 200
    with counting.app_context():
        assert last() == 2


@pytest.mark.databases("sqlite")
def test_control_request_that_writes_at_once_makes_others_wait(counting: Flask) -> None:
    waited = []

    def count_short() -> None:
        address = db.engine.url.database
        with sqlite3.connect(address or "", timeout=0) as other:
            try:
                other.execute("UPDATE certificate_counter SET last = last + 1")
            except sqlite3.OperationalError as refusal:
                waited.append(str(refusal))

    with_slow_routes(counting, count_short)
    Browser(counting).send("POST", "/slow/undeclared")
    Browser(counting).send("POST", "/slow/declared")
    assert waited == ["database is locked"]


def test_request_that_reads_first_cannot_write_before_it_says_so(counting: Flask) -> None:
    def count_early() -> None:
        counter().last += 1
        db.session.flush()

    counting.testing = False
    with_slow_routes(counting, count_early)
    assert Browser(counting).send("POST", "/slow/declared").status in (500, 503)
    with counting.app_context():
        assert last() == 0


def test_parallel_counts_are_not_lost(app: Flask, settings: Settings) -> None:
    with transaction():
        counter()
    done = in_processes(settings, count_often, [(8,)] * 3)
    assert last() == sum(done) == 24


def test_short_transaction_stays_when_the_request_is_rolled_back(app: Flask) -> None:
    with transaction():
        counter()
    with short_transaction() as connection:
        connection.execute(CertificateCounter.__table__.update().values(last=7))
    db.session.rollback()
    assert last() == 7


def deferred(engine: Any) -> None:
    """Switch the protection off: begin as SQLite does by itself."""
    event.remove(engine, "begin", database._begin_sqlite)
    event.listen(engine, "begin", lambda connection: connection.connection.dbapi_connection.execute("BEGIN DEFERRED"))


def read_meet_write(app: Flask, meet: Callable[[], object]) -> str:
    """Read, wait for the other reader if there is one, write; return the refusal."""
    with app.app_context():
        try:
            found = db.session.get_one(CertificateCounter, ("T", 2026))
            meet()
            found.last += 1
            db.session.commit()
        except OperationalError as refusal:
            return str(refusal.orig)
    return ""


@pytest.mark.databases("sqlite")
def test_control_deferred_writers_are_refused_at_once(app: Flask) -> None:
    with transaction():
        counter()
    db.session.remove()
    deferred(db.engine)
    barrier = threading.Barrier(2)
    refusals = in_threads(app, read_meet_write, [(lambda: barrier.wait(DEADLINE),)] * 2)
    assert sorted(refusals) == ["", "database is locked"]


@pytest.mark.databases("sqlite")
def test_second_writer_waits_for_the_first(app: Flask) -> None:
    with transaction():
        counter()
    db.session.remove()
    refusals = in_threads(app, read_meet_write, [(lambda: None,)] * 6)
    assert refusals == [""] * 6
    assert last() == 6


@pytest.mark.databases("sqlite")
def test_full_disk_is_said_plainly_and_reads_go_on(counting: Flask) -> None:
    with counting.app_context():
        pages = db.session.execute(text("PRAGMA page_count")).scalar_one()
        db.session.rollback()
        db.engine.dispose()
        limit = f"PRAGMA max_page_count={pages}"
        event.listen(db.engine, "connect", lambda connection, _record: connection.execute(limit))
    bp = Blueprint("filling", __name__)

    @bp.post("/fill")
    @public
    def fill() -> str:
        counter().last += 1
        db.session.execute(text("CREATE TABLE filling AS SELECT zeroblob(4000000) AS zero"))
        return "filled"

    counting.register_blueprint(bp)
    browser = Browser(counting)
    answer = browser.send("POST", "/fill")
    assert answer.status == 503
    assert "The disk of the portal is full" in answer.text
    assert browser.send("GET", "/healthz").status == 200
    with counting.app_context():
        assert last() == 0


@pytest.mark.databases("sqlite")
def test_database_that_stays_locked_is_said_plainly(counting: Flask) -> None:
    with counting.app_context():
        db.engine.dispose()
        event.listen(db.engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=20"))
        browser = Browser(counting)
        with db.engine.begin():
            locked = threading.Thread(target=lambda: answers.append(browser.send("POST", "/count/200")))
            answers: list[Any] = []
            locked.start()
            locked.join(DEADLINE)
        assert answers[0].status == 503
        assert browser.send("POST", "/count/200").status == 200
        assert last() == 1


@pytest.mark.databases("postgresql")
def test_postgresql_compiles_no_statement_unless_told_to(app: Flask, settings: Settings) -> None:
    assert db.session.execute(text("SHOW jit")).scalar_one() == "off"
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as plain:
        assert plain.execute("SHOW jit").fetchone() == ("on",), "The cluster itself does."
    own = applications.changed(
        settings, database_url=f"{settings.database_url}&options=-c%20jit%3Don%20-c%20work_mem%3D5MB"
    )
    with applications.make(own).app_context():
        shown = [db.session.execute(text(f"SHOW {name}")).scalar_one() for name in ("jit", "work_mem")]
        db.session.remove()
        db.engine.dispose()
    assert shown == ["on", "5MB"], "What a deployment says stays."


@pytest.mark.databases("postgresql")
def test_lost_connection_at_the_commit_is_said_plainly(counting: Flask) -> None:
    bp = Blueprint("losing", __name__)

    @bp.post("/lose")
    @public
    def lose() -> str:
        counter().last += 1
        db.session.flush()
        backend = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with short_transaction() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})
        return "lost"

    counting.register_blueprint(bp)
    browser = Browser(counting)
    answer = browser.send("POST", "/lose")
    assert answer.status == 503
    assert "Nothing was saved" not in answer.text, "Nobody knows."
    assert "See whether what you sent is there" in answer.text
    assert browser.send("POST", "/count/200").status == 200
    with counting.app_context():
        assert last() == 1


@pytest.mark.parametrize(
    "moment", [NOW, NOW.astimezone(timezone(timedelta(hours=6))), datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=UTC)]
)
def test_moment_reads_back_in_utc(app: Flask, moment: datetime) -> None:
    person = make_person(created_at=moment)
    db.session.commit()
    assert person.created_at == moment
    assert person.created_at.tzinfo is UTC


def test_naive_moment_is_refused(app: Flask) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        make_person(created_at=datetime(2026, 9, 14))  # noqa: DTZ001 - the naive moment is what is refused


@pytest.mark.databases("sqlite")
def test_connections_are_durable_and_strict(settings: Settings) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete", "recursive_triggers")
    with create_app(settings).app_context():  # Not the tests' own, whose commits do not wait for the disk.
        values = [db.session.execute(text(f"PRAGMA {name}")).scalar_one() for name in names]
    assert values == ["wal", 2, 1, 60_000, 1, 1]


def test_foreign_keys_hold(app: Flask) -> None:
    with pytest.raises(DBAPIError):
        db.session.execute(Region.__table__.delete().where(Region.code == "KG-GO"))
        make_person(region_code="KG-GO")


def test_versions_stop_the_second_of_two_editors(app: Flask) -> None:
    person = make_person()
    db.session.commit()
    assert person.version == 1
    db.session.execute(text("UPDATE person SET version = 2, post = 'first'"))
    person.post = "second"
    with pytest.raises(StaleDataError):
        db.session.flush()


def test_a_locked_row_is_read_anew(app: Flask) -> None:
    person = make_person()
    db.session.commit()
    assert person.version == 1
    db.session.execute(text("UPDATE person SET version = 2, post = 'first'"))
    assert database.lock(Person, person.id) is person
    assert person.post == "first"


def test_another_version_than_was_shown_is_refused(app: Flask) -> None:
    person = make_person()
    db.session.commit()
    assert database.lock(Person, person.id, version=1) is person
    with pytest.raises(RecordChanged):
        database.lock(Person, person.id, version=2)
    with pytest.raises(CodeTaken):
        database.lock(Person, person.id, version=2, stale=CodeTaken)
