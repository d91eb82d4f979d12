"""Copy and restore a database with its own tools while it is in use."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, column, create_engine, func, inspect, select, table, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

FILES = {"sqlite": "portal.db", "postgresql": "portal.dump"}
_QUEUE = "huey_"  # The queue's own tables: its jobs are rows of ours, and offered again.


class NotPossible(RuntimeError):
    """Refuse to copy or to restore, with a sentence for the operator."""


@dataclass(frozen=True)
class Taken:
    """What lies in a copy of the database."""

    revision: str
    entries: int
    head: str
    rows: dict[str, int]
    documents: list[str]


def engine_of(url: str) -> str:
    return make_url(url).get_backend_name()


def take(url: str, target: Path) -> Taken:
    """Copy the database to a file, as it is at one moment; nobody who reads or writes waits.

    :raises NotPossible: if there is nothing to copy, the copy is not whole, or pg_dump is missing or fails.
    """
    return _take_sqlite(_path(url), target) if engine_of(url) == "sqlite" else _take_postgresql(url, target)


def check_empty(url: str) -> None:
    """Make sure that restoring would write over nothing.

    :raises NotPossible: if there is a database already.
    """
    if engine_of(url) == "sqlite":
        if _path(url).exists():
            raise NotPossible(f"There is a database already: {_path(url)}. Move it away first.")
        return
    with _connected(url) as connection:
        if inspect(connection).get_table_names():
            raise NotPossible("The database of DATABASE_URL is not empty. Give an empty one.")


def put_back(url: str, source: Path, staging: Path) -> tuple[Taken, int]:
    """Make a copy the database, and return what is in it and how many mails are unclear now.

    Mails that waited when the copy was taken may have left since: they are shown as unclear and not sent twice.

    :raises NotPossible: if the copy is not whole, or pg_restore is missing or fails.
    """
    if engine_of(url) == "sqlite":
        shutil.copyfile(source, staging)
        taken, unclear = _settle(f"sqlite:///{staging}")
        _check_sqlite(staging)
        os.replace(staging, _path(url))
        return taken, unclear
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run("pg_restore", url, *options, f"--dbname={_without_password(url)}", str(source))
    return _settle(url)


def _settle(url: str) -> tuple[Taken, int]:
    with _connected(url) as connection:
        taken = _facts(connection)
        mails = table("outbox_mail", column("state"))
        waiting = mails.c.state.in_(("queued", "claimed", "sending"))
        unclear = connection.execute(update(mails).where(waiting).values(state="unclear")).rowcount
        connection.commit()
    return taken, unclear


def _take_sqlite(path: Path, target: Path) -> Taken:
    if not path.exists():
        raise NotPossible("There is no database yet.")
    # One step for all pages: a reader of the write-ahead log sees one moment and stops no writer.
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.execute("PRAGMA query_only=ON")
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    _check_sqlite(target)
    with _connected(f"sqlite:///{target}") as connection:
        return _facts(connection)


def _check_sqlite(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise NotPossible(f"The database is damaged: {found}")


def _take_postgresql(url: str, target: Path) -> Taken:
    with _connected(url, isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        options = ("--format=custom", f"--snapshot={snapshot}", f"--exclude-table={_QUEUE}*", f"--file={target}")
        _run("pg_dump", url, *options, f"--dbname={_without_password(url)}")
        return _facts(connection)


def _facts(connection: Connection) -> Taken:
    names = sorted(name for name in inspect(connection).get_table_names() if not name.startswith(_QUEUE))
    if "alembic_version" not in names:
        raise NotPossible("There is no database of the portal yet.")
    versions = table("alembic_version", column("version_num"))
    heads = table("audit_head", column("entries"), column("hash"))
    digests = table("document", column("sha256"))
    entries, head = connection.execute(select(heads.c.entries, heads.c.hash)).one()
    return Taken(
        revision=connection.execute(select(versions.c.version_num)).scalar_one(),
        entries=entries,
        head=head,
        rows={name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names},
        documents=list(connection.scalars(select(digests.c.sha256).distinct().order_by(digests.c.sha256))),
    )


@contextmanager
def _connected(url: str, **options: Any) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, **options)
    with engine.connect() as connection:
        yield connection


def _run(program: str, url: str, *words: str) -> None:
    """Run one of PostgreSQL's programs; the password is in its environment, where other users do not see it."""
    if not shutil.which(program):
        raise NotPossible(
            f"{program} is not on this machine. Install postgresql-client of the server's release or newer, "
            "or copy and restore the database by your own means."
        )
    environment = {**os.environ, "PGPASSWORD": make_url(url).password or os.environ.get("PGPASSWORD", "")}
    done = subprocess.run((program, *words), env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotPossible(f"{program} failed: {done.stderr.strip()[:500]}")


def _without_password(url: str) -> str:
    parts = conninfo_to_dict(url.replace("postgresql+psycopg://", "postgresql://", 1))
    parts.pop("password", None)
    return make_conninfo("", **parts)


def _path(url: str) -> Path:
    return Path(make_url(url).database or "")
