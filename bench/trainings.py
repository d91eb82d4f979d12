"""Milliseconds of a training's work: page, list, import, marks, issue; medians of several runs on this machine."""

import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy import select

from portal.access.policy import Operator
from portal.certificates.operations import issue
from portal.demo import facts
from portal.platform.db import db
from portal.platform.tokens import random_token
from portal.registration.models import Registration
from portal.registration.operations import imports, imports_commit, imports_reading, seats
from portal.trainings.models import Training
from tests import applications, databases, factories
from tests.browser import Browser
from tests.world import multiply

RUNS, REQUESTS, LARGE = 5, 20, 1_000
LIST = Path(facts.__file__).with_name("osh-nominations.xlsx")
NOW = factories.NOW


def main() -> None:
    """Print a line for each kind of work."""
    applications.compile_catalogs()
    print(f"Medians of {RUNS} runs, one process; load of the machine before: {os.getloadavg()[0]:.1f}")
    with _portal() as browser:
        osh = _import_of_osh()
        address = f"/trainings/{osh.code}"
        _tell("page: workspace of 59 people", lambda: browser.send("GET", address), REQUESTS)
        _tell("list: registrations, 59 people", lambda: browser.send("GET", f"{address}/registrations"), REQUESTS)
        _marks(browser, osh)
        _issue(osh)
        large = _large()
        page = f"/trainings/{large.code}/registrations"
        _tell(f"list: page 1 of {LARGE:,} registrations", lambda: browser.send("GET", page), REQUESTS)
        _tell("list: the last page", lambda: browser.send("GET", f"{page}?page=20"), REQUESTS)


@contextmanager
def _portal() -> Iterator[Browser]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "bench" / "portal"
        settings = applications.settings(folder, f"sqlite:///{folder / 'portal.db'}")
        databases.prepare(settings)
        app = applications.make(settings)
        structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # A line a request would hide the figures.
        with app.app_context():
            yield Browser(app).sign_in(factories.make_coordinator("Аида", side="south"))
            db.session.remove()
            db.engine.dispose()


def _import_of_osh() -> Training:
    """Time reading, staging and importing the list of 59; return the last training, with everybody confirmed."""
    trainings = [factories.make_training(capacity=60) for _run in range(RUNS)]
    left = iter(trainings)

    def import_list() -> None:
        training = next(left)
        source = imports_reading.open_file(LIST.read_bytes(), LIST.name)
        draft = imports_reading.draft(training, source, is_background=False, today=NOW.date())
        staged = imports.stage(training, draft, actor=Operator(), now=NOW)
        imports_commit.commit(staged, actor=Operator(), now=NOW)
        db.session.commit()

    _tell("import: 59 people, read to registrations", import_list)
    seats.confirm_all(trainings[-1], actor=Operator(), now=NOW)
    db.session.commit()
    return trainings[-1]


def _marks(browser: Browser, training: Training) -> None:
    """Time marks as the roster sends them, one a request, each of another person or session."""
    references = db.session.scalars(select(Registration.reference).where(Registration.training_id == training.id))
    rosters = [f"/trainings/{training.code}/attendance/{session.reference}" for session in training.sessions]
    rows, token = iter(list(itertools.product(rosters, references.all()))), browser.csrf_token()

    def mark() -> None:
        data = {"csrf_token": token, "form_key": random_token(), "state": "present"}
        headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
        answer = browser.send("POST", "/".join(next(rows)), data=data, headers=headers)
        assert answer.status == 200, answer.status

    _tell("mark: one person, one request", mark, REQUESTS)


def _issue(training: Training) -> None:
    """Time the issue of certificates for 59 people, from the click to the ZIP."""
    for registration in db.session.scalars(select(Registration).where(Registration.training_id == training.id)):
        factories.make_attendance(registration)  # Present once more in every session, whoever was marked above.
        person = registration.person
        factories.make_name(
            person, family=person.family, given=person.given, patronymic=person.patronymic, confirmed_at=NOW
        )
    db.session.commit()
    issue.request(training, actor=Operator(), now=NOW)
    began = time.perf_counter()
    applications.run_jobs()
    seconds = time.perf_counter() - began
    print(f"{'issue: 59 certificates, ZIP and print file (1 run)':50} {1000 * seconds:9,.0f} ms")


def _large() -> Training:
    training = factories.make_training(capacity=2 * LARGE)
    multiply(factories.make_registration(training=training, state="confirmed"), LARGE - 1)
    db.session.commit()
    return training


def _tell(what: str, act: Callable[[], object], turns: int = 1) -> None:
    """Print the median over the runs of the mean time of one turn."""
    runs = []
    for _run in range(RUNS):
        began = time.perf_counter()
        for _turn in range(turns):
            act()
        runs.append((time.perf_counter() - began) / turns)
    print(f"{what:50} {1000 * statistics.median(runs):9,.1f} ms   ({1000 * min(runs):,.1f}–{1000 * max(runs):,.1f})")


if __name__ == "__main__":
    main()
