"""A throwaway PostgreSQL cluster for one test run, shared by all its workers, gone when the run ends."""

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

_RUN_FOLDER = "PORTAL_TEST_CLUSTER"  # Inherited by the xdist workers, which so find the same cluster.
_OPTIONS = (
    *("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off"),
    # Not UTC: whatever is stored or compared without its zone shows.
    *("max_connections=60", "timezone=Asia/Bishkek"),
)


class PostgresMissing(RuntimeError):
    """Refuse to start a cluster without PostgreSQL's programs."""


def start_cluster() -> str:
    """Return the URL of this run's cluster (its database `postgres`), started by the first who asks.

    :raises PostgresMissing: if PostgreSQL is not installed.
    """
    folder = Path(os.environ[_RUN_FOLDER])
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "data" / "postmaster.pid").exists():
            _initialize(folder)
    return _url(folder, "postgres")


def stop_cluster() -> None:
    """Stop this run's cluster, if it was started, and delete it."""
    folder = Path(os.environ.pop(_RUN_FOLDER))
    if (folder / "data" / "postmaster.pid").exists():
        _stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(".lock").unlink(missing_ok=True)


def create_database(name: str, template: str = "template1") -> str:
    """Make a database of this run's cluster anew, as a copy of another one if given, and return its URL."""
    url = start_cluster()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
    return _url(Path(os.environ[_RUN_FOLDER]), name)


@dataclass(frozen=True)
class OwnCluster:
    """A cluster of one test, which may stop it."""

    folder: Path

    @property
    def url(self) -> str:
        """Return the URL of its one database."""
        return _url(self.folder, "postgres")

    def start(self) -> None:
        """Start it again."""
        _start(self.folder)

    def stop(self) -> None:
        """Stop it whoever is connected; what was committed stays."""
        _stop(self.folder, "fast")


@contextmanager
def own_cluster() -> Iterator[OwnCluster]:
    """Yield a running cluster that nobody else uses."""
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-own-"))
    try:
        _initialize(folder)
        yield OwnCluster(folder)
    except PostgresMissing as missing:
        pytest.skip(str(missing))
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            _stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(worker_id: str) -> str:
    """Return the URL of an empty database that belongs to this worker."""
    try:
        return create_database(f"portal_{worker_id}")
    except PostgresMissing as missing:
        pytest.skip(str(missing))


def pytest_configure(config: pytest.Config) -> None:
    """Name the run's folder before the workers start; they inherit it."""
    if not hasattr(config, "workerinput"):
        os.environ[_RUN_FOLDER] = tempfile.mkdtemp(prefix="portal-pg-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the cluster after the last worker."""
    if not hasattr(config, "workerinput"):
        stop_cluster()


def _initialize(folder: Path) -> None:
    data = str(folder / "data")
    if _owner():
        shutil.chown(folder, _owner())
    _run("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
    _start(folder)


def _start(folder: Path) -> None:
    options = [word for option in (*_OPTIONS, f"unix_socket_directories={folder}") for word in ("-c", option)]
    _run("pg_ctl", "start", "-D", str(folder / "data"), "-w", "-l", str(folder / "log"), "-o", " ".join(options))


def _stop(folder: Path, how: str = "immediate") -> None:
    _run("pg_ctl", "stop", "-D", str(folder / "data"), "-m", how, "-w")


def _url(folder: Path, database: str) -> str:
    return f"postgresql://postgres@/{database}?host={folder}"


def _run(program: str, *arguments: str) -> None:
    as_owner = ("runuser", "-u", _owner(), "--") if _owner() else ()
    command = (*as_owner, _program(program), *arguments)
    done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")


def _program(name: str) -> str:
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = shutil.which(name) or next(map(str, reversed(places)), None)
    if not found:
        raise PostgresMissing("PostgreSQL is not installed: apt-get install postgresql")
    return found


def _owner() -> str:
    """Return whom PostgreSQL must run as: it refuses to be root."""
    if os.geteuid() != 0:
        return ""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
