"""Between a request and its answer, in a real browser: an answer that is lost, a second tap, a poll that fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, Request, Route, expect
from sqlalchemy import select

from portal.attendance.models import AttendanceMark
from portal.certificates import operations as certificate_operations
from portal.platform import clock
from portal.platform.db import db
from portal.platform.jobs import Job
from portal.trainings.models import Training, TrainingSession
from tests import applications, factories
from tests.journeys import live
from tests.journeys.live import Portal
from tests.pdfs import text_of

pytestmark = pytest.mark.slow

CODE = "OSH-2026-09"
HERE = f"/trainings/{CODE}"


@dataclass
class Place:
    """The portal, its database as a test reads it, and the roster of a session of yesterday."""

    portal: Portal
    app: Flask
    session: str

    @property
    def roster(self) -> str:
        return f"{self.portal.address}{HERE}/attendance/{self.session}"

    def states(self) -> list[str]:
        """Return the marks of the session that are stored, in the order of their arrival."""
        of_session = select(AttendanceMark.state).join(TrainingSession).where(TrainingSession.reference == self.session)
        with self.app.app_context():
            return list(db.session.scalars(of_session.order_by(AttendanceMark.id)))


def arrange() -> None:
    yesterday = clock.today("Asia/Bishkek") - timedelta(days=1)
    training = factories.make_training(code=CODE, starts_on=yesterday, days=1, sessions=0)
    for family in ("Асанова", "Бекова"):
        person = factories.make_person(family, "Чолпон")
        factories.make_registration(training=training, person=person, state="confirmed")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Portal, Flask]]:
    folder = tmp_path_factory.mktemp("seams")
    database = f"sqlite:///{folder / 'portal.db'}"
    with live.started(folder, database, arrange=arrange) as portal:
        app = applications.make(applications.settings(folder / "data", database, base_url=portal.address))
        yield portal, app


@pytest.fixture
def place(running: tuple[Portal, Flask]) -> Place:
    portal, app = running
    with app.app_context():
        session = factories.make_session(
            db.session.scalars(select(Training).where(Training.code == CODE)).one()
        ).reference
        db.session.commit()
    return Place(portal, app, session)


@pytest.fixture(scope="module")
def window(running: tuple[Portal, Flask]) -> Iterator[Page]:
    with live.browser_page(is_cut=True) as opened:
        live.sign_in(opened, running[0])
        yield opened


@pytest.fixture
def page(window: Page, place: Place) -> Iterator[Page]:
    opened = window.context.new_page()
    opened.goto(place.roster)
    yield opened
    opened.close()


@dataclass
class Network:
    """Answers each POST of a page by the next of its acts, and lets the rest through."""

    acts: list[Callable[[Route], None]]
    sent: list[str] = field(default_factory=list)

    def __call__(self, route: Route, request: Request) -> None:
        if request.method != "POST":
            return route.continue_()
        self.sent.append(request.post_data or "")
        act = self.acts.pop(0) if self.acts else Route.continue_
        return act(route)


def lose_answer(route: Route) -> None:
    """Let the server do it, and cut the line before its answer arrives."""
    route.fetch()
    route.abort("connectionreset")


def lose_request(route: Route) -> None:
    route.abort("internetdisconnected")


def bad_gateway(route: Route) -> None:
    route.fetch()
    route.fulfill(status=502, body="bad gateway")


def row(page: Page, number: int = 0) -> Locator:
    return page.locator("ol.roster > li").nth(number)


def expect_state(page: Page, mark: str) -> None:
    expect(row(page).locator("[data-mark][aria-pressed=true]")).to_have_attribute("data-mark", mark)


def mark_elsewhere(page: Page, place: Place, mark: str) -> None:
    """Mark the first person in another window."""
    other = page.context.new_page()
    other.goto(place.roster)
    row(other).locator(f"[data-mark={mark}]").click()
    expect_state(other, mark)
    other.close()


@pytest.mark.parametrize("loss", [lose_answer, lose_request, bad_gateway])
def test_mark_whose_answer_is_lost_is_not_called_unsaved_and_arrives_once(place: Place, page: Page, loss) -> None:
    network = Network([loss])
    page.route("**/attendance/**", network)
    row(page).locator("[data-mark=absent]").click()
    expect(row(page).get_by_role("alert")).to_contain_text("It is not known whether this was saved")
    assert "Nothing was saved" not in page.inner_text("body")
    expect_state(page, "absent")  # The script has sent it again by itself, and shows what is stored.
    expect(page.get_by_role("alert")).to_have_count(0)
    assert network.sent[0] == network.sent[1]
    assert place.states() == ["absent"]


def test_lost_mark_does_not_cover_what_somebody_else_has_marked_since(place: Place, page: Page) -> None:
    page.route("**/attendance/**", Network([lose_answer, lose_request]))
    row(page).locator("[data-mark=absent]").click()
    expect(row(page).get_by_role("alert")).to_be_visible()
    mark_elsewhere(page, place, "late")
    row(page).get_by_role("button", name="Send again").click()
    expect_state(page, "late")
    assert place.states() == ["absent", "late"]


def test_refused_mark_is_said_to_be_refused(place: Place, page: Page) -> None:
    page.route("**/attendance/**", Network([lambda route: route.fulfill(status=403, body="")]))
    row(page).locator("[data-mark=absent]").click()
    expect(page.locator("#toasts")).to_contain_text("Your role does not allow this")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert place.states() == []


class Slow:
    """Holds the first answer of a page back until the test lets it go."""

    def __init__(self) -> None:
        self.held: list[Route] = []

    def __call__(self, route: Route, request: Request) -> None:
        if request.method == "POST" and not self.held:
            self.held.append(route)
        else:
            route.continue_()

    def let_go(self) -> None:
        self.held[0].continue_()


def tap_twice(page: Page) -> None:
    slow = Slow()
    page.route("**/attendance/**", slow)
    row(page).locator("[data-mark=late]").click()
    row(page).locator("[data-mark=absent]").click()
    slow.let_go()


def test_last_tap_on_a_row_wins(place: Place, page: Page) -> None:
    tap_twice(page)
    expect_state(page, "absent")
    page.reload()
    expect_state(page, "absent")
    assert place.states() == ["late", "absent"]


def test_tap_while_a_mark_waits_would_be_lost(place: Place, page: Page) -> None:
    """The control: without the part of the script that sends the last wish, the first tap stands."""
    page.evaluate("window.addEventListener('htmx:finally:request', (event) => event.stopPropagation(), true)")
    tap_twice(page)
    expect_state(page, "late")
    page.reload()
    expect_state(page, "late")


def test_tap_that_waits_behind_a_conflict_is_not_sent_over_it(place: Place, page: Page) -> None:
    mark_elsewhere(page, place, "excused")
    tap_twice(page)
    expect(row(page).get_by_role("alert")).to_contain_text("in the meantime")
    expect_state(page, "excused")
    assert place.states() == ["excused"]


def test_lost_undo_of_a_toast_is_offered_again(place: Place, page: Page) -> None:
    row(page).locator("[data-mark=absent]").click()
    undo = page.locator("#toasts").get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    page.route("**/attendance/**", Network([lose_answer]))
    undo.click()
    page.locator("#toasts").get_by_role("button", name="Send again").click()
    expect(row(page).locator("[data-mark][aria-pressed=true]")).to_have_count(0)
    assert place.states() == ["absent", "cleared"]


def test_search_that_fails_speaks_of_loading(page: Page) -> None:
    page.route("**/attendance/**", lambda route: route.abort("internetdisconnected"))
    page.get_by_label("Find a person").fill("Бек")
    expect(page.locator("#toasts")).to_contain_text("could not be loaded")


def test_progress_goes_on_after_a_poll_that_failed(place: Place, page: Page) -> None:
    with place.app.app_context():
        job = factories.make_job(
            certificate_operations.JOB, CODE, state="running", done=1, total=4, seen_at=clock.now()
        )
        job_id = job.id
        db.session.commit()
    failing = ["503"]
    page.route("**/certificates/progress", lambda route: _fail_once(route, failing))
    page.goto(f"{place.portal.address}{HERE}/certificates")
    expect(page.get_by_text("1 of 4")).to_be_visible()
    expect(page.get_by_text("How far it is cannot be read just now")).to_be_visible()
    assert "Nothing was saved" not in page.inner_text("body") and page.locator("#toasts .toast").count() == 0
    with place.app.app_context():
        db.session.get_one(Job, job_id).done = 3
        db.session.commit()
    expect(page.get_by_text("3 of 4")).to_be_visible()
    expect(page.get_by_text("How far it is cannot be read just now")).to_be_hidden()


def test_print_of_a_long_list_says_which_part_it_is(place: Place, page: Page) -> None:
    with place.app.app_context():
        factories.make_registrations(factories.make_training(code="OSH-2026-10"), 51)
        db.session.commit()
    page.goto(f"{place.portal.address}/trainings/OSH-2026-10/registrations")
    family = page.locator("main tbody .person").first.inner_text().split()[0]
    printed = text_of(page.pdf())
    assert printed.index("Only rows 1 to 50 of 51") < printed.index(family)
    page.goto(f"{place.portal.address}{HERE}/registrations")
    assert "Only rows" not in text_of(page.pdf())


def test_print_from_a_dark_screen_is_black_on_white(page: Page) -> None:
    page.emulate_media(color_scheme="dark", media="print")
    shown = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--good')")
    assert shown.strip() == "#000"


def _fail_once(route: Route, failing: list[str]) -> None:
    if failing:
        route.fulfill(status=int(failing.pop()), body="")
    else:
        route.continue_()
