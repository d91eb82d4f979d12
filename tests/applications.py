"""Applications for tests: settings that stay in a folder, compiled templates, jobs."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, Response, current_app, request
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event, select
from werkzeug.routing import Rule

import portal
from portal.app import create_app
from portal.config import Settings
from portal.platform import jobs, storage
from portal.platform.db import READING_METHODS, db

SECRET = "only for tests, only for tests, only for tests"
DIRTY = "left_dirty_by_a_read"  # The application's list of what a GET changed in the session.


def settings(folder: Path, database_url: str, **changes: Any) -> Settings:
    """Return settings whose every part lies in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    return replace(
        Settings(
            data=folder,
            database_url=_with_driver(database_url),
            jobs_url=f"sqlite:///{folder / 'jobs.db'}",
            documents_url=str(folder / "documents"),
            mail_url="file:",
            base_url="http://localhost",
            secret_key=SECRET,
            locale="en",
        ),
        **changes,
    )


def make(application_settings: Settings) -> Flask:
    """Return the application, with errors raised to the test and compiled templates kept from test to test."""
    app = create_app(application_settings)
    app.testing = True
    leave_writing_to_the_system(app)
    base = application_settings.data.parents[1]
    cache = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "templates"  # One for all workers.
    cache.mkdir(exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(cache))
    app.extensions[DIRTY] = []
    app.after_request(_note_dirt)  # The last to be added is the first to run: before the roll-back of a read.
    return app


_reused: dict[Settings, tuple[Flask, dict[str, Any]]] = {}


def reuse(application_settings: Settings) -> Flask:
    """Return the one application of this process for these settings, as if it had just been made in an emptied folder.

    Making one takes a tenth of a second, and each begins without any compiled query or template.
    """
    if application_settings not in _reused:
        app = make(application_settings)
        _reused[application_settings] = app, dict(app.config)
    app, config = _reused[application_settings]
    app.config.clear()
    app.config.update(config)
    app.extensions[DIRTY].clear()
    app.extensions["security_event_counts"].clear()
    storage.init_app(app, application_settings.documents_url)
    for lane in ("portal_jobs", "portal_jobs_beside"):
        huey, _task = app.extensions[lane]
        huey.storage.close()  # What it has open lay in the former folder.
    return app


def leave_writing_to_the_system(app: Flask) -> None:
    """Let no commit of this application on SQLite wait for the disk: a process may be killed, a machine not fail.

    Each test waited a dozen times, as long as it worked.
    """
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            db.engine.dispose()
            event.listen(db.engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))


def make_addresses_when_asked() -> None:
    """Let an application compile the building of an address when one is built, not all of them at each start.

    Werkzeug compiles two functions a route; an application of its own for each test would pay for them all.
    """
    compile_now = Rule._compile_builder

    def compile_later(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled: list[Callable[..., tuple[str, str]]] = []

        def build(bound: Rule, *args: Any, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(compile_now(rule, append_unknown))
            return compiled[0](bound, *args, **values)

        return build

    Rule._compile_builder = compile_later  # type: ignore[method-assign]


def run_jobs() -> int:
    """Run the queued jobs of the present application, also those that they enqueue; return how many."""
    done = 0
    db.session.commit()
    while job_ids := db.session.scalars(select(jobs.Job.id).where(jobs.Job.state == "queued")).all():
        db.session.rollback()
        for job_id in job_ids:
            jobs.run(job_id)
            done += 1
    db.session.rollback()
    return done


def _note_dirt(response: Response) -> Response:
    if request.method in READING_METHODS:
        session = db.session()
        changed = [*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row))]
        current_app.extensions[DIRTY].extend(f"{request.method} {request.path}: {row!r}" for row in changed)
    return response


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def changed(settings_of_test: Settings, **changes: Any) -> Settings:
    """Return the settings with other values."""
    return replace(settings_of_test, **changes)


def compile_catalogs() -> None:
    """Compile the translations that are newer than their compiled form, as run.py does before it starts anything."""
    for source in Path(portal.__file__).parent.glob("translations/*/LC_MESSAGES/*.po"):
        product = source.with_suffix(".mo")
        if product.exists() and product.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalog = read_po(file)
        with NamedTemporaryFile(dir=source.parent, delete=False) as file:
            write_mo(file, catalog)
        os.replace(file.name, product)
