"""How long a release of 500 trainings takes to count, to publish and to read, and how long others wait for it."""

import gzip
import random
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from bench import FEW, measure, tell, time_of
from bench.import_steps import Watch
from portal.access.policy import Operator
from portal.attendance.models import AttendanceMark
from portal.people.models import Institution, Person
from portal.people.queries import list_regions
from portal.platform.db import db
from portal.platform.tokens import random_code
from portal.registration.models import Registration
from portal.reports import operations as report_operations
from portal.reports import queries as report_queries
from portal.reports.rules import Json
from portal.trainings.models import Training, TrainingSession
from tests import applications, databases, factories
from tests.browser import Browser

TRAININGS, PEOPLE, SESSIONS = 500, 40, 4
FIRST_DAY = date(2021, 1, 4)
NOW = factories.NOW


def main() -> None:
    """Print what each step takes."""
    applications.compile_catalogs()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "bench" / "portal"
        settings = applications.settings(folder, f"sqlite:///{folder / 'portal.db'}")
        databases.prepare(settings)
        app = applications.make(settings)
        with app.app_context():
            fill()
            dana = factories.make_account("donor", projects=[factories.get_project()])
            db.session.commit()
            browser = Browser(app).sign_in(dana)
            print(f"{TRAININGS} trainings of {PEOPLE} people, {SESSIONS} sessions.")
            last = FIRST_DAY + timedelta(days=4 * TRAININGS)
            measure("release: count", lambda: report_queries.list_finalized(last), runs=FEW)
            measure(
                "release 1: count and hide", lambda: report_operations.prepare(last - timedelta(days=60), 5), runs=FEW
            )
            publish_each([last - timedelta(days=60 - 30 * number) for number in range(FEW)], folder / "portal.db")
            aida = Browser(app).sign_in(factories.make_account("coordinator", reaches_all_regions=True))
            for who, visitor in (("donor", browser), ("coordinator, live", aida)):
                measure(f"page: /summary, {who}", lambda visitor=visitor: visitor.get("/summary"), runs=FEW)
                page = visitor.get("/summary")
                weight = len(gzip.compress(page.html.encode()))
                print(f"/summary, {who}: {len(page.queries)} queries, {weight:,} bytes compressed")


def publish_each(days: list[date], database: Path) -> None:
    """Time a release up to each of the days as the worker publishes it, and the longest wait of another writer."""
    seconds, waits = [], []
    for day in days:
        report_operations.request(report_operations.prepare(day, 5).seen, locale="en", actor=Operator(), now=NOW)
        with Watch(database) as watch:
            seconds.append(time_of(applications.run_jobs))
        waits.append(watch.longest)
    tell("release: published by the worker", seconds)
    tell("release: longest wait of another writer", waits)


def fill() -> None:
    """Write finalized trainings with everybody present, in few statements."""
    rng = random.Random(1)
    training = factories.make_training(sessions=1, state="finalized", starts_on=date(2020, 1, 6), days=1)
    pattern, session = row_of(Training), row_of(TrainingSession)
    person = row_of(Person) if factories.make_person() else {}
    registration = row_of(Registration) if factories.make_registration(training=training, state="confirmed") else {}
    regions = [region.code for region in list_regions()]
    bodies = list(db.session.scalars(select(Institution.id)))
    rows: dict[type, list[Json]] = {
        one: [] for one in (Training, TrainingSession, Person, Registration, AttendanceMark)
    }
    for number in range(1000, 1000 + TRAININGS):
        day = FIRST_DAY + timedelta(days=4 * (number - 1000))
        here = rng.sample(regions, 4)
        code = {"id": number, "code": f"X-{number}", "starts_on": day, "ends_on": day}
        rows[Training].append(pattern | code)
        for part in range(SESSIONS):
            own = {"id": number * 10 + part, "training_id": number, "reference": random_code(22), "local_date": day}
            rows[TrainingSession].append(session | own)
        for place in range(PEOPLE):
            who = number * 100 + place
            sex = rng.choices("FM", [1, 3])[0]
            where = {
                "region_code": rng.choice(here),
                "institution_id": rng.choices(bodies, range(len(bodies), 0, -1))[0],
            }
            rows[Person].append(person | {"id": who, "reference": random_code(22), "sex": sex})
            rows[Registration].append(
                registration
                | where
                | {"id": who, "reference": random_code(10), "training_id": number, "person_id": who, "order": place}
            )
            rows[AttendanceMark] += [mark(who, number * 10 + part) for part in range(SESSIONS)]
    for model, found in rows.items():
        db.session.execute(insert(model), found)
    db.session.commit()


def row_of(model: Any) -> Json:
    """Return the columns of the newest row of a table."""
    found = db.session.execute(select(model.__table__).order_by(model.id.desc()).limit(1)).mappings().first()
    return dict(found or {})


def mark(registration: int, session: int) -> Json:
    """Return a mark that says present."""
    return {
        "mark_id": random_code(20),
        "registration_id": registration,
        "training_session_id": session,
        "state": "present",
        "marked_at": NOW,
        "received_at": NOW,
        "marked_by": "operator",
        "device": "bench",
    }


if __name__ == "__main__":
    main()
