"""What somebody has typed is there again after a reload, another language, a cut line or a lost sign-in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import delete, func, select

from portal.accounts.models import AccountSession
from portal.accounts.sign_in_views import COOKIE as ACCOUNT_COOKIE
from portal.assessments.models import AssessmentSheet
from portal.evaluation.models import EvaluationBallot, EvaluationTurnout
from portal.participants.models import ParticipantSession
from portal.participants.rules import COOKIE
from portal.platform import clock, passwords, tokens
from portal.platform.db import Base, db
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import applications, factories
from tests.journeys import live
from tests.journeys.live import Portal

pytestmark = pytest.mark.slow

CODE = "OSH-2026-09"
WORDS = "Көбүрөөк мисал керек"
OTHER = "bakyt@portal.example"


@dataclass
class Place:
    """The portal, and its database as a test arranges it."""

    portal: Portal
    app: Flask

    def open_own_page(self, page: Page) -> None:
        """Come as a participant of the training who was there, a new one each time."""
        with self.app.app_context():
            training = db.session.scalars(select(Training)).one()
            registration = factories.make_registration(training=training, state="confirmed")
            factories.make_attendance(registration)
            token = self._stay(registration)
            db.session.commit()
        page.context.add_cookies([{"name": COOKIE, "value": token, "url": self.portal.address}])

    def _stay(self, registration: Registration) -> str:
        token, now = tokens.random_token(), clock.now()
        stay = {"registration_id": registration.id, "token_hash": tokens.hash_token(token), "created_at": now}
        db.session.add(ParticipantSession(**stay, expires_at=now + timedelta(hours=1)))
        return token

    def count(self, model: type[Base]) -> int:
        with self.app.app_context():
            return db.session.scalar(select(func.count()).select_from(model)) or 0

    def end_sign_ins(self) -> None:
        with self.app.app_context():
            db.session.execute(delete(AccountSession))
            db.session.commit()


def arrange() -> None:
    yesterday = clock.today("Asia/Bishkek") - timedelta(days=1)
    training = factories.make_training(code=CODE, starts_on=yesterday, days=1, sessions=2)
    factories.make_questions(training.course)
    factories.make_assessment(training, "post")
    password = passwords.hash_password(live.PASSWORD)
    factories.make_account("coordinator", email=OTHER, password_hash=password, regions=[training.region_code])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("typed")
    database = f"sqlite:///{folder / 'portal.db'}"
    with live.started(folder, database, arrange=arrange) as portal:
        app = applications.make(applications.settings(folder / "data", database, base_url=portal.address))
        yield Place(portal, app)


@pytest.fixture(scope="module")
def window(place: Place) -> Iterator[Page]:
    with live.browser_page(is_cut=True) as opened:
        yield opened


@pytest.fixture
def page(window: Page, place: Place) -> Iterator[Page]:
    window.context.clear_cookies()
    opened = window.context.new_page()
    yield opened
    opened.close()


@pytest.fixture
def form(page: Page, place: Place) -> Page:
    """Return the evaluation with one mark, one yes and some words."""
    place.open_own_page(page)
    page.goto(f"{place.portal.address}/my/evaluation")
    page.locator("fieldset.rating").nth(1).locator("input[value='2']").check()
    page.locator("textarea").first.fill(WORDS)
    expect(page.locator("textarea").first).to_have_value(WORDS)
    _wait_until_kept(page)
    return page


def _wait_until_kept(page: Page) -> None:
    page.wait_for_function("Object.keys(sessionStorage).some((key) => key.startsWith('kept'))")


def expect_typed(page: Page) -> None:
    expect(page.locator("textarea").first).to_have_value(WORDS)
    expect(page.locator("fieldset.rating").nth(1).locator("input[value='2']")).to_be_checked()
    assert page.locator("form[data-keep] input:checked").count() == 1


def storage(page: Page) -> str:
    return json.dumps(page.evaluate("({...sessionStorage, ...localStorage})"), ensure_ascii=False)


def test_answers_outlive_reload_leaving_back_and_another_language(form: Page) -> None:
    form.reload()
    expect_typed(form)
    form.get_by_role("link", name="My training").first.click()
    expect(form.get_by_role("link", name="Evaluate the training")).to_be_visible()
    form.go_back()
    expect_typed(form)
    form.get_by_role("button", name="Русский").click()
    expect(form.get_by_role("heading", level=1)).to_have_text("Оценить обучение")
    expect_typed(form)


def test_answers_stand_nowhere_in_clear_and_go_when_they_are_sent(form: Page, place: Place) -> None:
    assert "kept /my/evaluation" in storage(form) and WORDS not in storage(form)
    before = place.count(EvaluationTurnout)
    form.get_by_role("button", name="Send my answers").click()
    expect(form.get_by_text("Thank you, your answers are in")).to_be_visible()
    form.wait_for_function("!Object.keys(sessionStorage).length")
    assert (place.count(EvaluationTurnout), place.count(EvaluationBallot)) == (before + 1, before + 1)


def test_answers_are_not_shown_to_the_next_person_on_this_phone(form: Page, place: Place) -> None:
    place.open_own_page(form)
    form.reload()
    expect(form.get_by_role("button", name="Send my answers")).to_be_visible()
    form.wait_for_load_state("networkidle")
    assert form.locator("textarea").first.input_value() == "" and form.locator("input:checked").count() == 0


def _lose_answer(route: Route) -> None:
    route.fetch()
    route.abort("connectionreset")


def _cut(route: Route) -> None:
    route.abort("internetdisconnected")


@pytest.mark.parametrize(("loss", "words"), [(_cut, "Thank you"), (_lose_answer, "a second form is not counted")])
def test_cut_line_keeps_the_answers_and_sending_again_counts_once(form: Page, place: Place, loss, words: str) -> None:
    before = place.count(EvaluationTurnout)
    form.route("**/my/evaluation", lambda route: loss(route) if route.request.method == "POST" else route.continue_())
    form.get_by_role("button", name="Send my answers").click()
    expect(form.locator("#toasts")).to_contain_text("It is not known whether this was saved")
    expect_typed(form)
    form.unroute("**/my/evaluation")
    form.locator("#toasts").get_by_role("button", name="Send again").click()
    expect(form.get_by_text(words).first).to_be_visible()
    expect(form.get_by_text("Thank you").first).to_be_visible()
    assert (place.count(EvaluationTurnout), place.count(EvaluationBallot)) == (before + 1, before + 1)


def test_gaps_and_faults_come_with_what_was_typed(form: Page) -> None:
    form.locator("textarea").first.evaluate("(field) => { field.maxLength = 3000; field.value = 'ө'.repeat(2001); }")
    form.get_by_role("button", name="Send my answers").click()
    expect(form.locator(".error-summary")).to_be_focused()
    form.locator("textarea").first.fill(WORDS)
    expect_typed(form)
    form.reload()
    expect_typed(form)


def test_test_outlives_a_reload_and_a_cut_line(page: Page, place: Place) -> None:
    place.open_own_page(page)
    page.goto(f"{place.portal.address}/my/assessments/post")
    answers = [(1, "A"), (2, "B"), (3, "C"), (3, "D"), (4, "A")]
    for number, letter in answers:
        page.locator(f"#answer-{number}-{letter}").check()
    _wait_until_kept(page)
    page.reload()
    for number, letter in answers:
        expect(page.locator(f"#answer-{number}-{letter}")).to_be_checked()
    page.route("**/my/assessments/post", lambda route: _cut(route) if route.request.method == "POST" else None)
    page.get_by_role("button", name="Hand in my answers").click()
    again = page.locator("#toasts").get_by_role("button", name="Send again")
    expect(again).to_be_visible()
    page.unroute("**/my/assessments/post")
    page.route("**/my/assessments/post", _lose_once())
    again.click()
    expect(again).to_be_visible()
    again.click()
    expect(page.get_by_text("4 of 4 answers are right")).to_be_visible()
    assert place.count(AssessmentSheet) == 1


def _lose_once():
    lost: list[Route] = []

    def act(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route)
            _lose_answer(route)
        else:
            route.continue_()

    return act


# A sign-in that ends while somebody types.


def sign_in_here(page: Page, email: str = live.EMAIL) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(live.PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def typed(page: Page, place: Place) -> Page:
    """Return the form for adding somebody, filled in, with the sign-in gone."""
    live.sign_in(page, place.portal)
    page.goto(f"{place.portal.address}/trainings/{CODE}/registrations/new")
    field(page).fill("Асанова")
    place.end_sign_ins()
    field(page).press("Enter")
    expect(page.get_by_text("what you sent last was not saved")).to_be_visible()
    return page


def field(page: Page) -> Locator:
    return page.locator("main [name=family]")


def test_lost_sign_in_leads_back_to_what_was_typed(typed: Page) -> None:
    assert "Асанова" not in storage(typed) and "Асанова" not in typed.url
    sign_in_here(typed)
    typed.wait_for_url(f"**/trainings/{CODE}/registrations/new")
    expect(field(typed)).to_have_value("Асанова")
    expect(typed.locator("#toasts")).to_contain_text("It is not saved yet")
    typed.reload()
    typed.wait_for_load_state("networkidle")
    assert field(typed).input_value() == "" and storage(typed) == "{}"


def test_somebody_else_who_signs_in_reads_nothing_of_it(typed: Page, place: Place) -> None:
    sign_in_here(typed, OTHER)
    typed.wait_for_load_state("networkidle")
    typed.goto(f"{place.portal.address}/trainings/{CODE}/registrations/new")
    typed.wait_for_load_state("networkidle")
    assert "Асанова" not in typed.content() and storage(typed) == "{}"


def test_another_language_keeps_what_was_typed(page: Page, place: Place) -> None:
    live.sign_in(page, place.portal)
    page.goto(f"{place.portal.address}/trainings/{CODE}/registrations/new")
    field(page).fill("Асанова")
    page.locator("details.menu summary").click()
    page.locator("form.languages button[value=ky]").click()
    expect(page.locator("html")).to_have_attribute("lang", "ky")
    expect(field(page)).to_have_value("Асанова")


def test_mark_of_a_lost_sign_in_leads_back_to_the_roster(page: Page, place: Place) -> None:
    with place.app.app_context():
        training = db.session.scalars(select(Training)).one()
        factories.make_registration(training=training, state="confirmed")
        session = training.sessions[0].reference
        db.session.commit()
    live.sign_in(page, place.portal)
    roster = f"{place.portal.address}/trainings/{CODE}/attendance/{session}?show=not_marked"
    page.goto(roster)
    page.context.clear_cookies(name=ACCOUNT_COOKIE)
    page.locator("[data-mark=absent]").first.click()
    expect(page.get_by_text("what you sent last was not saved")).to_be_visible()
    sign_in_here(page)
    page.wait_for_url(roster)
