"""The database: one declarative base, UTC, one transaction per request or step of a job."""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from typing import Any, ClassVar, TypeVar, cast

import structlog
from flask import Flask, Response, current_app, g, has_request_context, make_response, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Executable, Select, event, func, insert, make_url, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, CursorResult, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.schema import MetaData, Table
from werkzeug.exceptions import ServiceUnavailable

from portal.platform import held, turns
from portal.platform.errors import RecordChanged
from portal.platform.i18n import _l

log = structlog.get_logger(__name__)
_NAMED_AT_ONCE = 5_000  # values in one statement: SQLite takes 32,766, PostgreSQL 65,535
PATIENCE = 5.0  # Seconds for which a request waits for another writer.
_WORK_PATIENCE = 60.0  # A job and a command wait longer: nobody looks at a page meanwhile.
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
View = Callable[..., Any]
T = TypeVar("T")
Row = TypeVar("Row", bound="Base")
AnySelect = Select[*tuple[Any, ...]]
Query = TypeVar("Query", bound=AnySelect)  # A query that is narrowed: it asks for the same columns afterwards.

# For how long transactions that begin now wait for others, where it is not as usual.
_patience: ContextVar[float | None] = ContextVar("patience", default=None)
# Whether transactions that begin now will write. SQLite needs to know at BEGIN: a transaction that reads first
# and writes later is refused at once when another writer came in between, whatever the timeout.
_is_writing: ContextVar[bool] = ContextVar("is_writing", default=True)
_alone: ContextVar[frozenset[str]] = ContextVar("alone", default=frozenset())


class AnswerLost(ServiceUnavailable):
    """Say that nobody knows whether a commit was made: the database went away before it answered."""

    text = _l("The database went away before it answered. See whether what you sent is there before you send it again.")


class Base(DeclarativeBase):
    """The base of all tables; named constraints, so that migrations can change them on SQLite."""

    __table__: ClassVar[Table]
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


def engine_options(url: str) -> dict[str, Any]:
    """Return how a database is connected to, at this address; what a deployment sets for PostgreSQL itself stays."""
    # Without the values of a statement that failed: they are names, and answers that are promised to be anonymous.
    options: dict[str, Any] = {"hide_parameters": True}
    if url.startswith("sqlite"):
        return options
    own = make_url(url).query.get("options", os.environ.get("PGOPTIONS", ""))
    # Compiling a statement takes PostgreSQL far longer than running it: the counts of the work are long expressions.
    arguments = {"options": f"-c jit=off {own}".strip(), "connect_timeout": round(PATIENCE)}
    return options | {"pool_pre_ping": True, "pool_timeout": PATIENCE, "connect_args": arguments}


def init_app(app: Flask) -> None:
    """Connect the database to the application and its requests."""
    db.init_app(app)
    with app.app_context():
        _prepare(db.engine)
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_reset)


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what the block wrote, or nothing of it: one step of a job or of a command."""
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


@contextmanager
def short_transaction() -> Iterator[Connection]:
    """Write on a connection of its own, committed at once whatever becomes of the request.

    On SQLite it must come before the request's own writing transaction, or it waits for itself.
    """
    with _holding(_is_writing, True), db.engine.begin() as connection:
        yield connection


def patience(seconds: float) -> AbstractContextManager[None]:
    """Wait no longer than this for other writers in what begins in the block, which can be written another time."""
    return _holding(_patience, seconds)


def note_in_passing(change: Executable) -> None:
    """Write, likewise, what can be left out: where somebody else is writing, nothing is kept and nobody waits."""
    with patience(0), suppress(OperationalError), short_transaction() as connection:
        connection.execute(change)


@contextmanager
def reading() -> Iterator[Connection]:
    """Read on a connection of its own without taking the write lock."""
    with _holding(_is_writing, False), db.engine.connect() as connection:
        yield connection


@contextmanager
def reading_session() -> Iterator[None]:
    """Read through the session without taking the write lock: a step that only looks, before one that writes."""
    with _holding(_is_writing, False):
        try:
            yield
        finally:
            db.session.rollback()


@contextmanager
def _holding(variable: ContextVar[T], value: T) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


def is_writing() -> bool:
    return _is_writing.get()


def reads_first(view: View) -> View:
    """Declare that a POST works before it writes: nobody waits for the database until it calls `start_writing`."""
    vars(view)["reads_first"] = True
    return view


def start_writing() -> None:
    """End the reading part of such a request; what it has read is read anew."""
    db.session.rollback()
    _is_writing.set(True)


def stop_writing() -> None:
    """Take back what such a request has written, and let others write while it works on."""
    db.session.rollback()
    _is_writing.set(False)


def attempt() -> AbstractContextManager[Any]:
    """Take back what the block wrote if it is refused, so that the page which says so shows what stands."""
    return db.session.begin_nested()


def serialize(name: str) -> None:
    """Let only one transaction at a time do what `name` says, until it ends. On SQLite there is only one writer."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(_lock_number(name))))


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Let only one process at a time, of all machines, do what `name` says; whoever does it may ask again inside."""
    mine = _alone.get()
    if name in mine:
        yield
        return
    with _holding(_alone, mine | {name}), _lock_of_all(name):
        yield


@contextmanager
def _lock_of_all(name: str) -> Iterator[None]:
    if db.engine.dialect.name == "sqlite":  # One machine: a file beside the database, which ends with its process.
        with open(f"{db.engine.url.database}.{name}.lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(select(func.pg_advisory_lock(_lock_number(name))))
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(_lock_number(name))))


def _lock_number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def lock(
    model: type[Row],
    id_: Any,
    *,
    version: int | None = None,
    stale: type[Exception] = RecordChanged,
    key_share: bool = False,
) -> Row:
    """Read a row anew and lock it until the end of the transaction; with `key_share` others may still refer to it.

    :raises RecordChanged: or `stale`, if another version than `version` stands.
    """
    (key,) = model.__mapper__.primary_key
    query = select(model).where(key == id_).with_for_update(of=model, key_share=key_share)
    row = db.session.scalars(query.execution_options(populate_existing=True)).one()
    if version is not None and cast(Any, row).version != version:
        raise stale
    return row


def insert_many(model: Any, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Add many rows with random references in few statements, and return their ids in the same order."""
    if not rows:
        return []
    db.session.execute(insert(model.__table__), rows)
    references = [row["reference"] for row in rows]
    ids: dict[str, int] = {}
    for start in range(0, len(references), _NAMED_AT_ONCE):
        part = references[start : start + _NAMED_AT_ONCE]
        ids.update(db.session.execute(select(model.reference, model.id).where(model.reference.in_(part))).all())
    return [ids[reference] for reference in references]


def upsert(table: Any) -> Any:
    """Return an INSERT that can say what happens if the key is there already, in the words of this database."""
    return (postgresql if db.engine.dialect.name == "postgresql" else sqlite).insert(table)


def insert_if_missing(model: type[Base], **values: Any) -> None:
    """Add a row unless its key is there, without failing when somebody else adds it at the same moment."""
    db.session.execute(upsert(model).values(**values).on_conflict_do_nothing())


def change_rows(statement: Executable) -> int:
    """Run an UPDATE or a DELETE and return how many rows it changed."""
    done = db.session.execute(statement)
    assert isinstance(done, CursorResult)
    return done.rowcount


def forget_old_rows(*models: type[Base]) -> None:
    """Take what is left of changed and deleted rows of these tables out of the database's files.

    SQLite overwrites a row that goes, but its log still has it until all of the log is written back and cut off;
    PostgreSQL keeps it in the table until that is written anew.
    """
    raw = db.engine.raw_connection()
    try:
        driver: Any = raw.driver_connection
        if db.engine.dialect.name == "sqlite":
            driver.execute("PRAGMA query_only=OFF")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        raw.rollback()
        driver.autocommit = True
        for model in models:
            driver.execute(f'VACUUM (FULL) "{model.__tablename__}"')
        driver.autocommit = False
    finally:
        raw.close()


def is_answering() -> bool:
    """Tell whether the database answers a query."""
    try:
        with reading() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _prepare(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _connect_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "begin", lambda connection: held.begin(id(connection)) if _is_writing.get() else None)
    for ending in ("commit", "rollback"):
        event.listen(engine, ending, lambda connection: held.end(id(connection)))


def _connect_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={PATIENCE * 1000:.0f}",
        "secure_delete=ON",
        "recursive_triggers=ON",  # Else INSERT OR REPLACE would remove a row past the triggers of append-only tables.
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    if not _is_writing.get():
        _run_on_driver(connection, "PRAGMA query_only=ON")
        _run_on_driver(connection, "BEGIN")
        return
    _run_on_driver(connection, "PRAGMA query_only=OFF")
    with turns.waiting(_seconds()) as seconds:
        _run_on_driver(connection, f"PRAGMA busy_timeout={seconds * 1000:.0f}")
        _run_on_driver(connection, "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if not _is_writing.get():
        _run_on_driver(connection, "SET TRANSACTION READ ONLY")
    elif (seconds := _seconds()) < _WORK_PATIENCE:
        _run_on_driver(connection, f"SET LOCAL lock_timeout = {max(1, round(seconds * 1000))}")


def _seconds() -> float:
    """Return for how long a transaction that begins now waits for what others hold."""
    patience = _patience.get()
    if patience is not None:
        return patience
    return float(current_app.config["PORTAL_PATIENCE"]) if has_request_context() else _WORK_PATIENCE


def _run_on_driver(connection: Connection, statement: str) -> None:
    """Run a statement on the driver's connection, where it is no query of a page; it fails as SQLAlchemy's would."""
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.execute(statement)
    except connection.dialect.loaded_dbapi.OperationalError as error:
        raise OperationalError(statement, None, error) from error


def _begin() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    is_reading = request.method in READING_METHODS or hasattr(view, "reads_first")
    g.writing_token = _is_writing.set(not is_reading)


def _finish(response: Response) -> Response:
    if response.status_code >= 400 or not is_writing():
        db.session.rollback()
        return response
    try:
        db.session.commit()
    except OperationalError as error:
        db.session.rollback()
        log.warning("commit_failed", endpoint=request.endpoint)
        return make_response(current_app.handle_user_exception(AnswerLost() if error.connection_invalidated else error))
    return response


def _reset(_error: BaseException | None) -> None:
    token = g.pop("writing_token", None)
    if token is not None:
        _is_writing.reset(token)


def is_referenced(row_id: int, column: str) -> bool:
    """Tell whether a row of `column`, as in "training.venue_id", names this one: a lower floor need not know who."""
    table, name = column.split(".")
    referring = Base.metadata.tables[table].c[name]
    return db.session.scalar(select(referring).where(referring == row_id).limit(1)) is not None
