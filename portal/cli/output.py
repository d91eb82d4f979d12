"""How commands answer, where they write files, how they wait for jobs, and their warnings."""

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any

import click
import structlog
from flask.cli import with_appcontext

from portal.config import get_settings
from portal.platform import jobs, keys, storage
from portal.platform.db import db
from portal.platform.errors import Refusal
from portal.platform.jobs import Job
from portal.platform.storage import Document, full_disk_of
from portal.trainings import queries as trainings
from portal.trainings.models import Training

Work = Callable[..., dict[str, Any]]
FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
log = structlog.get_logger(__name__)


class Refused(click.ClickException):
    """End a command with its reason and exit 1."""

    exit_code = 1


def command(name: str, *, needs_keys: bool = True) -> Callable[[Work], click.Command]:
    """Make a function that returns its answer into a command; it commits what the function wrote, or nothing.

    One that `needs_keys` is refused where the keys are not those that the database was used with.
    """

    def make(work: Work) -> click.Command:
        @click.command(name, help=work.__doc__)
        @click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
        @with_appcontext
        @wraps(work)
        def run(as_json: bool, **arguments: Any) -> None:
            try:
                if needs_keys:
                    keys.check(get_settings())
                answer = work(**arguments)
                db.session.commit()
            except (Refusal, Refused, keys.KeysDiffer) as refusal:
                db.session.rollback()
                message = refusal.message if isinstance(refusal, Refused) else str(refusal)
                _refuse(message, as_json)
            except (click.ClickException, click.Abort):
                raise
            except Exception as error:
                db.session.rollback()
                if (full := full_disk_of(error)) is not None:
                    _refuse(str(full), as_json)
                if not as_json:
                    raise
                log.exception("command_failed", command=name)
                _refuse(f"{type(error).__name__}; the lines on stderr say where.", as_json)
            exit_code = answer.pop("exit_code", 0)
            click.echo(json.dumps(answer, ensure_ascii=False, default=str) if as_json else _readable(answer))
            sys.exit(exit_code)

        return run

    return make


def _refuse(reason: str, as_json: bool) -> None:
    click.echo(json.dumps({"error": reason}, ensure_ascii=False) if as_json else reason, err=not as_json)
    sys.exit(1)


def _readable(answer: dict[str, Any]) -> str:
    lines = []
    for name, value in answer.items():
        if isinstance(value, list):
            lines.append(f"{name}: {len(value)}")
            lines.extend("  " + (_row(row) if isinstance(row, dict) else str(row)) for row in value)
        else:
            lines.append(f"{name}: {value}")
    return "\n".join(lines)


def _row(row: dict[str, Any]) -> str:
    return "  ".join(f"{name}={value}" for name, value in row.items())


def read(file: Path, most: int) -> bytes:
    """Return what a file holds, of one that is larger than `most` one byte more."""
    with file.open("rb") as stream:
        return stream.read(most + 1)


def export(folder: Path, document: Document | None) -> str | None:
    """Write a stored file into the folder unless it is there already; return its absolute path."""
    if document is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / document.filename
    content = storage.open_bytes(document)
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)
    return str(path.resolve())


_PATIENCE = 600


def _see_through(job_id: int, busy: str) -> Job:
    """Return a job when it is over; one that a killed process left behind is finished, a living one waited for."""
    deadline = time.monotonic() + _PATIENCE
    jobs.take_over(job_id)
    while not db.session.get_one(Job, job_id).is_over:
        db.session.rollback()
        if time.monotonic() > deadline:
            raise Refused(busy)
        time.sleep(0.2)
        jobs.take_over(job_id)
    return db.session.get_one(Job, job_id)


def run_job(begin: Callable[[], Job], is_ours: Callable[[Job], bool], busy: str) -> Job:
    """Run a job here and now, and return it when it is over; another one that is on its way is seen through first.

    :raises Refused: with `busy` as the reason if that takes too long.
    """
    while True:
        job = begin()
        job_id, is_own = job.id, is_ours(job)
        db.session.commit()
        over = _see_through(job_id, busy)
        if is_own:
            return over


class Warned(StrEnum):
    """The stable codes of `warnings`, an item that is always there and mostly empty."""

    COUNTED_AHEAD = "counted_before_last_session"
    ISSUED_AHEAD = "issued_before_last_session"
    LOCKED_AHEAD = "locked_before_last_session"


def before_end(training: Training, warned: Warned, now: datetime) -> list[str]:
    """Return the warning if the last session of a training has not ended."""
    return [] if training.has_ended(now) else [warned.value]


def training_of(code: str) -> Training:
    """Return the training that a command names, or refuse the command."""
    training = trainings.get_training(code)
    if training is None:
        raise Refused(f"There is no training {code}.")
    return training
