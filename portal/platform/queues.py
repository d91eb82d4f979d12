"""The queue's engine: a SQLite file, or PostgreSQL."""

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from huey import Huey, PostgresHuey, SqliteHuey
from huey.serializer import Serializer

log = structlog.get_logger(__name__)


def opened(name: str, jobs_url: str, serializer: Serializer) -> Huey:
    """Return the queue of this name at an address."""
    address = urlsplit(jobs_url)
    options = {"results": False, "serializer": serializer}
    if address.scheme != "sqlite":  # `prepare` makes its tables, one process at a time.
        return PostgresHuey(name, dsn=jobs_url, create_tables=False, **options)
    _set_damaged_aside(Path(address.path))
    return SqliteHuey(name, filename=address.path, fsync=False, **options)


def _set_damaged_aside(path: Path) -> None:
    """Put a queue's file that cannot be read out of the way: the job rows are the truth, the sweep offers them again.

    Web and worker may find it at one moment: who holds the lock looks whether it is still the file that lies there.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno()))) or _is_whole(path):
            return
        for part in path.parent.glob(f"{path.name}*"):
            if not part.name.startswith(f"{path.name}.damaged"):
                part.replace(part.with_name(part.name.replace(path.name, f"{path.name}.damaged", 1)))
    log.warning("queue_damaged", file=f"{path.name}.damaged")


def _is_whole(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
    except sqlite3.OperationalError:  # Somebody else writes just now, or the disk is at fault: neither is damage.
        return True
    except sqlite3.DatabaseError:
        return False
