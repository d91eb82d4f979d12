"""A page asks the database as often for 200 people as for one, and stays light."""

from pathlib import Path

import pytest
from flask import Blueprint, Flask
from sqlalchemy import select

from portal.access.guard import public
from portal.accounts.models import Account
from portal.people.models import Person
from portal.platform.db import db
from tests import factories
from tests.browser import Browser
from tests.contract import readings
from tests.contract.readings import Reading

# One process reads the worlds for all the tests of this module.
pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.xdist_group("readings")]

SIZES = (3, 200)
MOST = 25  # More questions than this for one page are a page that asks row by row, or does too much.
MOST_OF_COUNTS = 8
FIRST_LOAD = 60 * 1024

Readings = dict[str, dict[int, Reading]]


@pytest.fixture(scope="session")
def pages(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Readings:
    """Return the readings of every page at every size."""
    return readings.read_worlds(prepared, tmp_path_factory.mktemp("sizes"), SIZES)


@pytest.mark.slow
def test_queries_do_not_grow_with_the_people(pages: Readings) -> None:
    assert len(pages) >= 20
    growing = [
        f"{page}: {[by_size[size].queries for size in SIZES]} for {SIZES} people; {by_size[200].statements[-3:]}"
        for page, by_size in pages.items()
        if len({reading.queries for reading in by_size.values()}) > 1
    ]
    assert not growing, "Load what the rows show with the list (joinedload, selectinload):\n" + "\n".join(growing)


@pytest.mark.slow
def test_pages_show_all_the_people(pages: Readings) -> None:
    """Otherwise the equal numbers above would prove nothing."""
    assert sum(by_size[200].people >= 40 > by_size[3].people for by_size in pages.values()) >= 5


@pytest.mark.slow
def test_no_page_asks_too_often(pages: Readings) -> None:
    assert not {page: by_size[3].queries for page, by_size in pages.items() if by_size[3].queries > MOST}


@pytest.mark.slow
def test_counts_ask_at_most_eight_times_whoever_reads_them(pages: Readings) -> None:
    asked = {page: by_size[200].queries for page, by_size in pages.items() if page.startswith(readings.COUNTS)}
    assert len(asked) == 5, "Of these the donor, the auditor, the administrator and both coordinators read them."
    assert max(asked.values()) <= MOST_OF_COUNTS, asked


@pytest.mark.slow
def test_first_visit_of_every_page_fits_the_budget(pages: Readings) -> None:
    beside = readings.style_and_script()
    heavy = {page: beside + reading.compressed for page, by_size in pages.items() for reading in by_size.values()}
    assert not {page: size for page, size in heavy.items() if size > FIRST_LOAD}


def test_mark_reads_the_roster_once(app: Flask, aida: Account) -> None:
    """The row, the counts and the undo are shown from what the operation returns."""
    training = factories.make_training(days=1, sessions=1)
    person = factories.make_registrations(training, 3)[0].person
    browser, button = Browser(app).sign_in(aida), f"Late: {person.family} {person.given}"
    page = browser.get(f"/trainings/{training.code}/attendance/{training.sessions[0].reference}")
    statements = page.form(button).submit_part(button).queries
    assert sum("SELECT" in one and "attendance_mark.mark_id" in one for one in statements) == 1
    assert len(statements) == 16


@pytest.mark.own_app
def test_query_in_a_loop_would_be_seen(app: Flask) -> None:
    bp = Blueprint("looping", __name__)

    @bp.get("/looping")
    @public
    def looping() -> str:
        return " ".join(person.institution.code for person in db.session.scalars(select(Person)))

    app.register_blueprint(bp)
    lengths = []
    for institution in ("MOI", "GPO"):
        factories.make_person(institution=factories.get_institution(institution))
        lengths.append(len(Browser(app).send("GET", "/looping").queries))
    assert lengths[1] == lengths[0] + 1
