"""Milliseconds of a training's work: page, list, import, marks, issue, release; medians of several runs."""

import itertools
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy import select

from bench import FEW, RUNS, measure, tell, time_of
from portal.access.policy import Operator
from portal.certificates import operations as certificate_operations
from portal.demo import facts
from portal.nominations import imports, reading
from portal.nominations import operations as nomination_operations
from portal.platform import clock
from portal.platform.db import db
from portal.platform.tokens import random_token
from portal.registration import operations as registration_operations
from portal.registration.models import Registration
from portal.reports import operations as report_operations
from portal.trainings.models import Training
from tests import applications, databases, factories
from tests.browser import Browser
from tests.world import multiply

REQUESTS, LARGE = 20, 1_000
LIST = Path(facts.__file__).with_name("osh-nominations.xlsx")
NOW = factories.NOW


def main() -> None:
    """Print a line for each kind of work."""
    applications.compile_catalogs()
    print(f"Medians of {RUNS} runs or as said, one process; load of the machine before: {os.getloadavg()[0]:.1f}")
    with _portal() as browser:
        trainings = _import_of_osh()
        osh = trainings[-1]
        address = f"/trainings/{osh.code}"
        measure("page: workspace of 59 people", lambda: browser.send("GET", address), turns=REQUESTS)
        listed = f"{address}/registrations"
        measure("list: registrations, 59 people", lambda: browser.send("GET", listed), turns=REQUESTS)
        _marks(browser, osh)
        _issue(trainings[-FEW:])
        large = _large()
        page = f"/trainings/{large.code}/registrations"
        measure(f"list: page 1 of {LARGE:,} registrations", lambda: browser.send("GET", page), turns=REQUESTS)
        measure("list: the last page", lambda: browser.send("GET", f"{page}?page=20"), turns=REQUESTS)
        _releases(browser)


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


def _import_of_osh() -> list[Training]:
    """Time reading, staging and importing the list of 59; return the trainings, the last ones with all confirmed."""
    trainings = [factories.make_training(capacity=60) for _run in range(RUNS)]
    left = iter(trainings)

    def import_list() -> None:
        training = next(left)
        source = reading.open_file(LIST.read_bytes(), LIST.name)
        draft = reading.draft(training, source, is_background=False, today=NOW.date())
        staged = nomination_operations.stage(training, draft, actor=Operator(), now=NOW)
        imports.commit(staged, actor=Operator(), now=NOW)
        db.session.commit()

    measure("import: 59 people, read to registrations", import_list)
    for training in trainings[-FEW:]:
        registration_operations.confirm_all(training, actor=Operator(), now=NOW)
    db.session.commit()
    return trainings


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

    measure("mark: one person, one request", mark, turns=REQUESTS)


def _issue(trainings: Sequence[Training]) -> None:
    """Time the issue of certificates for 59 people, from the click to the ZIP."""
    seconds, named = [], set()  # The list names the same people each time.
    for training in trainings:
        for registration in db.session.scalars(select(Registration).where(Registration.training_id == training.id)):
            factories.make_attendance(registration)  # Present once more in every session, whoever was marked above.
            person = registration.person
            if person.id not in named:
                factories.make_name(
                    person, family=person.family, given=person.given, patronymic=person.patronymic, confirmed_at=NOW
                )
            named.add(person.id)
        db.session.commit()
        certificate_operations.request(training, actor=Operator(), now=clock.now())
        seconds.append(time_of(applications.run_jobs))
    tell("issue: 59 certificates, ZIP and print file", seconds)


def _releases(browser: Browser) -> None:
    """Time releases of one more training of 59 each, from the click to the frozen text, and the live counts."""
    seconds = []
    for number in range(RUNS):
        factories.make_finalized("35 M KG-GO MOI, 24 F KG-O GPO", starts_on=NOW.date() + timedelta(days=number))
        seen = report_operations.prepare(NOW.date() + timedelta(days=RUNS), 5).seen
        report_operations.request(seen, locale="en", actor=Operator(), now=NOW)
        seconds.append(time_of(applications.run_jobs))
    tell("release: 59 people more, counted and published", seconds)
    measure("page: live counts of what was published", lambda: browser.send("GET", "/summary"), turns=REQUESTS)


def _large() -> Training:
    training = factories.make_training(capacity=2 * LARGE)
    multiply(factories.make_registration(training=training, state="confirmed"), LARGE - 1)
    db.session.commit()
    return training


if __name__ == "__main__":
    main()
