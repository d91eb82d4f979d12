"""A page asks the database as often for 200 people as for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from sqlalchemy import select

from portal.access.guard import public
from portal.people.models import Person
from portal.platform.db import db
from tests import applications, databases, factories
from tests.browser import Browser
from tests.contract import walk
from tests.world import CANARY, World, make_world

pytestmark = pytest.mark.databases("sqlite")

SIZES = (1, 3, 200)
MOST = 25  # More questions than this for one page are a page that asks row by row, or does too much.
# Further looks of a page, by its rule: what a search, a filter or the next leaf of a long list asks.
QUERIES: dict[str, tuple[str, ...]] = {
    "/trainings": ("?q=OSH", "?page=2"),
    "/trainings/<code>/registrations": ("?q=а", "?state=confirmed", "?page=2"),
}
VISITORS = ("stranger", "participant", "coordinator here")


class Counts(dict[int, list[str]]):
    """The statements of one page by size, and how many people it showed."""

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[int, int] = {}


@pytest.fixture(scope="module")
def counts(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Counts]]:
    """Return the statements of every page at every size."""
    found: dict[str, Counts] = {}
    for size in SIZES:
        folder = tmp_path_factory.mktemp(f"size-{size}") / "a" / "portal"
        app = applications.make(applications.settings(folder, databases.copy_sqlite(prepared, folder)))
        with app.app_context():
            for address, statements, people in read_all(app, make_world(size)):
                found.setdefault(address, Counts())[size] = statements
                found[address].people[size] = people
            db.session.remove()
            db.engine.dispose()
    yield found


def read_all(app: Flask, world: World) -> Iterator[tuple[str, list[str], int]]:
    """Read every page twice, and return the statements of the second time: the first one fills caches."""
    browsers = {who: world.browser(app, who) for who in VISITORS}
    for method, rule in walk.routes(app):
        if method != "GET":
            continue
        answers = walk.declared(app, method, rule)
        for who in VISITORS:
            for query in ("", *QUERIES.get(rule.rule, ())) if answers[who] == walk.YES else ():
                read = page_statements(browsers[who], world.address(rule) + query)
                if read is not None:
                    yield f"{rule.rule}{query} ({who})", *read


def page_statements(browser: Browser, address: str) -> tuple[list[str], int] | None:
    """Return what a page asks and how often it names a person of Osh, or None if the address is no page."""
    if not browser.send("GET", address).headers["Content-Type"].startswith("text/html"):
        return None
    answer = browser.send("GET", address)
    return answer.queries, answer.text.count(CANARY)


def test_queries_do_not_grow_with_the_people(counts: dict[str, Counts]) -> None:
    assert len(counts) >= 5
    growing = [
        f"{address}: {[len(by_size[size]) for size in SIZES]} for {SIZES} people; the last ones: {by_size[200][-3:]}"
        for address, by_size in counts.items()
        if len({len(by_size[size]) for size in SIZES}) > 1
    ]
    assert not growing, "Load what the rows show with the list (joinedload, selectinload):\n" + "\n".join(growing)


def test_pages_show_all_the_people(counts: dict[str, Counts]) -> None:
    """Otherwise the equal numbers above would prove nothing."""
    assert sum(by_size.people[200] >= 40 > by_size.people[3] for by_size in counts.values()) >= 5


def test_no_page_asks_too_often(counts: dict[str, Counts]) -> None:
    many = {address: len(by_size[3]) for address, by_size in counts.items() if len(by_size[3]) > MOST}
    assert not many


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
