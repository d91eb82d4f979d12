"""kill -9 in the middle of a batch loses nothing and doubles nothing, wherever it strikes.

The command is killed in a process of its own; what the next run makes of it is compared with what a whole run makes.
"""

import io
import json
import os
import resource
import signal
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask, current_app
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, UOWTransaction

from portal.audit import queries as audit
from portal.ceremony import operations as ceremony_operations
from portal.certificates import candidates
from portal.certificates import operations as certificate_operations
from portal.certificates.models import Certificate, CertificateCounter
from portal.completion.rules import CertificateKind
from portal.config import Settings
from portal.platform import clock, jobs, queues, storage
from portal.platform.db import db, transaction
from portal.platform.jobs import Job
from portal.platform.storage import Document
from portal.registration.models import Registration
from portal.trainings import queries as trainings
from portal.trainings.models import Training
from tests import factories
from tests.certificates.arranged import OPERATOR, certificates_of, make_eligible
from tests.parallel import die_at, dies, in_processes, running

pytestmark = pytest.mark.databases("sqlite", "postgresql")
PEOPLE = 3
LONG_BATCH = 40
CUT_OFF = 20_000  # Bytes: less than a certificate has.

NUMBERS, FILE, BUNDLE = "the numbers", "a file", "the bundle"
POINTS = [
    (NUMBERS, "before the commit", 1),
    (NUMBERS, "after the commit", 1),
    (FILE, "while it is written", 1),
    (FILE, "before the commit", 2),
    (FILE, "after the commit", 2),
    (BUNDLE, "before the commit", 1),
    (BUNDLE, "after the commit", 1),
]


def die_around(step: str, moment: str, turn: int) -> None:
    """Kill this process before or after the commit that holds a step for the `turn`-th time."""
    state = {"holds": False, "turn": 0}

    def note(session: Session, _context: UOWTransaction) -> None:
        state["holds"] |= any(_step(row) == step for row in session.new)

    def strike(at: str) -> None:
        state["turn"] += state["holds"] and at == "before the commit"
        if state["holds"] and state["turn"] == turn and at == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        state["holds"] &= at == "before the commit"

    event.listen(Session, "after_flush", note)
    event.listen(Session, "before_commit", lambda _session: strike("before the commit"))
    event.listen(Session, "after_commit", lambda _session: strike("after the commit"))


def _step(row: Any) -> str:
    if isinstance(row, Certificate):
        return NUMBERS
    kinds = {"certificate": FILE, "certificates_print": BUNDLE}
    return kinds.get(row.kind, "") if isinstance(row, Document) else ""


def run_command(app: Flask, code: str) -> Result:
    return app.test_cli_runner().invoke(args=["issue-certificates", code, "--json"])


def run_command_until(app: Flask, code: str, step: str, moment: str, turn: int) -> None:
    if moment == "while it is written":
        die_at("os.rename")
    else:
        die_around(step, moment, turn)
    run_command(app, code)


@pytest.fixture
def code(app: Flask, session) -> str:
    training = factories.make_training(sessions=1)
    make_eligible(training, PEOPLE)
    made = training.code
    session.commit()
    return made


def assert_numbers(code: str, number: int) -> list[Certificate]:
    certificates = certificates_of(trainings.get_training(code))
    assert [one.serial for one in certificates] == list(range(1, number + 1))
    assert len({one.registration_id for one in certificates}) == number
    assert {one.state for one in certificates} == {"issued"}
    assert db.session.scalars(select(CertificateCounter.last)).all() == [number]
    return certificates


def assert_whole(code: str, number: int, *, acts: int = 0) -> None:
    """Check that everybody has one certificate, numbers have no gap, and rows and files belong together."""
    certificates = assert_numbers(code, number)
    kinds = dict(db.session.execute(select(Document.kind, func.count()).group_by(Document.kind)).all())
    assert kinds == {"certificate": number, "certificates_zip": 1, "certificates_print": 1}
    documents = db.session.scalars(select(Document)).all()
    for document in documents:
        assert len(storage.open_bytes(document)) == document.size
    assert stored_files() == {document.sha256 for document in documents}
    with zipfile.ZipFile(io.BytesIO(storage.open_bytes(archive_of(documents)))) as archive:
        assert archive.namelist() == [one.document.filename for one in certificates]
    check = audit.check_chain()
    assert (check.entries, check.first_bad) == (number + acts, None)
    db.session.rollback()


def archive_of(documents: list[Document]) -> Document:
    return next(document for document in documents if document.kind == "certificates_zip")


def stored_files() -> set[str]:
    folder = Path(current_app.config["PORTAL_SETTINGS"].documents_url)
    return {path.name for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".part-")}


def named(points: list[tuple[str, str, int]]) -> Any:
    return pytest.mark.parametrize("point", points, ids=[" ".join(map(str, point)) for point in points])


@pytest.mark.databases("sqlite")
@named(POINTS[:1])
def test_killed_batch_goes_on(app: Flask, settings: Settings, code: str, point: tuple[str, str, int]) -> None:
    assert_goes_on(app, settings, code, point)


@pytest.mark.slow
@pytest.mark.databases("sqlite")
@named(POINTS[1:])
def test_killed_batch_goes_on_at_the_other_points(
    app: Flask, settings: Settings, code: str, point: tuple[str, str, int]
) -> None:
    assert_goes_on(app, settings, code, point)


@pytest.mark.databases("postgresql")
@named(POINTS[::3])
def test_killed_batch_goes_on_there_too(app: Flask, settings: Settings, code: str, point: tuple[str, str, int]) -> None:
    assert_goes_on(app, settings, code, point)


def assert_goes_on(app: Flask, settings: Settings, code: str, point: tuple[str, str, int]) -> None:
    dies(settings, run_command_until, code, *point)
    result = run_command(app, code)
    assert result.exit_code == 0, result.output
    answer = json.loads(result.output)
    assert answer["issued"] + answer["already"] == answer["eligible"] == len(answer["files"]) == PEOPLE
    assert_whole(code, PEOPLE)


CEREMONY = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)  # An hour in which the last session of the last day is not over.


def issue_ahead(app: Flask, code: str, moment: str) -> None:
    """Issue for the ceremony until somebody pulls the plug."""
    with app.app_context(), transaction():
        issue_ahead_of(code)
        if moment == "before the commit":
            os.kill(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def issue_ahead_of(code: str) -> None:
    training = trainings.get_training(code)
    seen = ceremony_operations.fingerprint(
        [one for one in ceremony_operations.provisional(training, CEREMONY) if one.is_ready]
    )
    ceremony_operations.issue_for_ceremony(training, shown=seen, actor=OPERATOR, now=CEREMONY)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("moment", ["before the commit", pytest.param("after the commit", marks=pytest.mark.slow)])
def test_killed_while_issuing_for_the_ceremony(app: Flask, session, settings: Settings, moment: str) -> None:
    training = factories.make_training(starts_on=date(2026, 9, 14), days=2)
    for registration in make_eligible(training, PEOPLE):
        factories.make_mark(registration, training.sessions[-1], "cleared", is_decision=True)
    code = training.code
    session.commit()
    dies(settings, issue_ahead, code, moment)
    if moment == "before the commit":
        assert certificates_of(trainings.get_training(code)) == []
        db.session.rollback()
        with transaction():
            issue_ahead_of(code)
    assert run_command(app, code).exit_code == 0
    assert_whole(code, PEOPLE, acts=1)


def fill_the_disk_at(turn: int) -> None:
    """Let the operating system cut off the `turn`-th file that this process stores, in the middle, and no other."""
    state = {"turn": 0}

    def watch(event_name: str, arguments: tuple[Any, ...]) -> None:
        if event_name == "tempfile.mkstemp" and "/documents/" in str(arguments[0]):
            state["turn"] += 1
            if state["turn"] == turn:
                resource.setrlimit(resource.RLIMIT_FSIZE, (CUT_OFF, resource.RLIM_INFINITY))
        elif event_name == "os.remove" and ".part-" in str(arguments[0]):
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    sys.addaudithook(watch)


def run_command_on_a_full_disk(app: Flask, code: str, turn: int) -> tuple[int, dict[str, Any]]:
    fill_the_disk_at(turn)
    result = run_command(app, code)
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.slow
@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("turn", [2, PEOPLE + 1, PEOPLE + 2], ids=["a certificate", "the ZIP", "the print file"])
def test_batch_that_fills_the_disk_keeps_what_is_whole_and_goes_on(
    app: Flask, settings: Settings, code: str, turn: int
) -> None:
    [(exit_code, answer)] = in_processes(settings, run_command_on_a_full_disk, [(code, turn)])
    assert exit_code == 1 and "disk of the portal is full" in answer["error"]
    files = [path for path in Path(settings.documents_url).rglob("*") if path.is_file()]
    assert {sha256(path.read_bytes()).hexdigest() for path in files} == {path.name for path in files}
    assert len(files) == turn - 1
    assert set(db.session.scalars(select(Document.sha256))) <= {path.name for path in files}
    states = sorted(one.state for one in certificates_of(trainings.get_training(code)))
    assert states == ["issued"] * min(turn - 1, PEOPLE) + ["pending"] * max(0, PEOPLE - turn + 1)
    db.session.rollback()
    assert run_command(app, code).exit_code == 0
    assert_whole(code, PEOPLE)


def work(app: Flask) -> None:
    """Be the worker, as `flask work` is, but for what it does by the clock: a backup has an entry of its own."""
    queues.Worker(app, has_clock=False).run()


def issued() -> int:
    number = db.session.scalar(select(func.count()).where(Certificate.state == "issued")) or 0
    db.session.rollback()
    return number


def job_is_done(job_id: int) -> bool:
    state = db.session.scalar(select(Job.state).where(Job.id == job_id))
    db.session.rollback()
    return state == "done"


@pytest.mark.slow
@pytest.mark.databases("sqlite")
def test_killed_worker_is_followed_by_another(app: Flask, session, settings: Settings, code: str) -> None:
    training = trainings.get_training(code)
    make_eligible(training, 3)
    job_id = certificate_operations.request(training, actor=OPERATOR, now=clock.now()).id
    session.commit()
    with running(settings, work) as worker:
        worker.wait_until(lambda: issued() >= 1)
        worker.signal(signal.SIGKILL)
        assert worker.exit_code() == -signal.SIGKILL
    assert not job_is_done(job_id)
    assert jobs.offer_again(clock.now()) == 1
    with running(settings, work) as worker:
        worker.wait_until(lambda: job_is_done(job_id))
    assert_whole(code, PEOPLE + 3)


def issue_naively(app: Flask, code: str, dies_at: int = 0) -> None:
    """Take a number, make the page, then write the row: a number is gone with whoever dies in between."""
    with app.app_context():
        with transaction():
            training = trainings.get_training(code)
            waiting = [one.registration.id for one in candidates.list_candidates(training, as_of=None) if one.is_ready]
        for turn, registration_id in enumerate(waiting, start=1):
            with transaction():
                counter, moment = certificate_operations.open_counter(trainings.get_training(code), clock.now())
                counter.last += 1
                taken = CertificateCounter(series=counter.series, year=counter.year, last=counter.last - 1)
            if turn == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            with transaction():
                registration = db.session.get_one(Registration, registration_id)
                certificate = certificate_operations.take(
                    taken, registration, 1, moment, kind=CertificateKind.COMPLETION
                )
                certificate.state, certificate.document_id = "issued", factories.make_document().id
                certificate.facts = {}
                db.session.add(certificate)


def test_control_without_rows_for_numbers_a_kill_leaves_a_gap(app: Flask, settings: Settings, code: str) -> None:
    dies(settings, issue_naively, code, 2)
    issue_naively(app, code)
    with pytest.raises(AssertionError):
        assert_numbers(code, PEOPLE)


def test_control_is_right_as_long_as_nobody_dies(app: Flask, code: str) -> None:
    issue_naively(app, code)
    assert_numbers(code, PEOPLE)


@pytest.fixture
def long_batch(app: Flask, session) -> Iterator[Training]:
    training = factories.make_training(sessions=1)
    make_eligible(training, int(os.environ.get("LONG_BATCH", LONG_BATCH)))
    yield training


@pytest.mark.slow
@pytest.mark.databases("sqlite")
def test_long_batch_killed_three_times_at_each_file(
    app: Flask, session, settings: Settings, long_batch: Training
) -> None:
    code, number = long_batch.code, len(candidates.list_candidates(long_batch, as_of=None))
    session.commit()
    kills = 0
    for _file in range(number):
        for moment in ("while it is written", "before the commit", "after the commit"):
            dies(settings, run_command_until, code, FILE, moment, 1)
            kills += 1
    assert issued() == number, f"Each of {kills} runs went one step further."
    assert run_command(app, code).exit_code == 0
    assert_whole(code, number)
