"""Seconds to read, stage, import and undo nomination lists, and how long another writer waits for SQLite meanwhile."""

import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import FEW, tell
from bench.import_lists import HEADER, ROOT, list_people
from portal.access.policy import Operator
from portal.nominations import imports, reading
from portal.nominations import operations as nomination_operations
from portal.nominations import queries as nomination_queries
from portal.platform import exports
from portal.platform.db import db, reading_session, transaction
from portal.trainings.models import Training
from tests import applications, databases, factories

_PAUSE = 0.002
STEPS = ("read", "stage", "import", "undo")


class Watch:
    """Another writer, who asks for the lock again and again and notes the longest wait."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.longest = 0.0

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _ask(self) -> None:
        connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
        began = time.perf_counter()
        while not self._ended.wait(_PAUSE):
            try:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
            except sqlite3.OperationalError:
                continue
            finally:
                self.longest = max(self.longest, time.perf_counter() - began)
            began = time.perf_counter()
        connection.close()


def main() -> None:
    """Print a line for each list: seconds of each step, and the longest wait of another writer in it."""
    lists = [(path.name, path.read_bytes()) for path in sorted((ROOT / "portal" / "demo").glob("*-nominations.*"))]
    lists.append(("10,000 rows.xlsx", exports.write_xlsx("list", HEADER, list(list_people(10_000)))))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "runs" / "portal"
        settings = applications.settings(folder, f"sqlite:///{folder / 'portal.db'}")
        databases.prepare(settings)
        app = applications.make(settings)
        with app.app_context():
            for filename, content in lists:
                _measure(filename, content, folder / "portal.db")


def _measure(filename: str, content: bytes, database: Path) -> None:
    taken: dict[str, list[tuple[float, float]]] = {step: [] for step in STEPS}
    for _run in range(FEW):
        for step, seconds, wait in _run_steps(filename, content, database):
            taken[step].append((seconds, wait))
    for step, each in taken.items():
        tell(f"{filename}: {step}", [seconds for seconds, _wait in each])
        tell(f"{filename}: {step}, another writer waits", [wait for _seconds, wait in each])


def _run_steps(filename: str, content: bytes, database: Path) -> Iterator[tuple[str, float, float]]:
    """Return each step with its seconds and the longest wait of another writer in it."""
    with transaction():
        training_id = factories.make_training(capacity=20_000).id
    found: dict[str, Any] = {}
    steps: dict[str, Callable[[], Any]] = {
        "read": lambda: reading.open_file(content, filename),
        "stage": lambda: _stage(training_id, found["read"]),
        "import": lambda: _act(imports.start_import, found["stage"]),
        "undo": lambda: _act(imports.start_undo, found["stage"]),
    }
    for step in STEPS:
        with Watch(database) as watch:
            began = time.perf_counter()
            found[step] = steps[step]()
            seconds = time.perf_counter() - began
        yield step, seconds, watch.longest


def _stage(training_id: int, source: reading.Source) -> str:
    with reading_session():
        training = db.session.get_one(Training, training_id)
        draft = reading.draft(training, source, today=factories.NOW.date())
    with transaction():
        reference = nomination_operations.stage(training, draft, actor=Operator(), now=factories.NOW).reference
    applications.run_jobs()
    return reference


def _act(operation: Callable[..., Any], reference: str) -> None:
    """Do as a page does: at once or by a job."""
    with transaction():
        found = nomination_queries.get_list(reference)
        assert found is not None
        operation(found, version=None, locale="en", actor=Operator(), now=factories.NOW)
    applications.run_jobs()
    with reading_session():
        found = nomination_queries.get_list(reference)
        assert found is not None and found.state == ("committed" if operation is imports.start_import else "undone")


if __name__ == "__main__":
    main()
