"""The same form twice has one effect and one answer."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Blueprint, Flask, abort, redirect, request
from sqlalchemy import func, select

from portal.access.guard import public
from portal.catalog.models import Course
from portal.config import Settings
from portal.platform import db as database
from portal.platform import submissions, tokens
from portal.platform.db import db
from portal.platform.submissions import FormSubmission
from tests import applications
from tests.browser import HTMX, Browser
from tests.factories import NOW, make_course
from tests.parallel import in_threads, killed

pytestmark = pytest.mark.own_app


def with_routes(app: Flask, reached: Callable[[], object] = lambda: None) -> Flask:
    """Add a route that makes a course per form, and one that answers with a fragment."""
    app.config["WTF_CSRF_ENABLED"] = False
    bp = Blueprint("submitting", __name__)

    @bp.post("/sent-courses")
    @public
    def create() -> Any:
        course = make_course(tokens.random_code(10))
        if request.form.get("name") == "wrong":
            abort(422)
        reached()
        return redirect(f"/sent-courses/{course.code}", 303)

    @bp.post("/sent-courses/later")
    @database.reads_first
    @public
    def create_later() -> Any:
        reached()
        answered = submissions.start_writing()
        if answered is not None:
            return answered
        return redirect(f"/sent-courses/{make_course(tokens.random_code(10)).code}", 303)

    @bp.post("/sent-courses/row")
    @public
    def row() -> str:
        make_course(tokens.random_code(10))
        return "<p>made</p>"

    app.register_blueprint(bp)
    return app


@pytest.fixture
def submitting(settings: Settings) -> Flask:
    return with_routes(applications.make(settings))


def courses(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Course)) or 0


def send(app: Flask, form: dict[str, str], address: str = "/sent-courses") -> tuple[int, str | None]:
    answer = Browser(app).send("POST", address, data=form)
    return answer.status, answer.headers.get("Location")


def test_form_sent_twenty_times_at_once_has_one_effect(submitting: Flask) -> None:
    answers = in_threads(submitting, send, [({"form_key": "k1", "name": "INL"},)] * 20)
    answers += [send(submitting, {"form_key": "k1", "name": "INL"}) for _ in range(20)]
    assert courses(submitting) == 1
    assert {status for status, _location in answers} == {303}
    assert len({location for _status, location in answers}) == 1


def test_form_whose_route_reads_first_has_one_effect_too(submitting: Flask) -> None:
    arguments = ({"form_key": "k1", "name": "INL"}, "/sent-courses/later")
    answers = in_threads(submitting, send, [arguments] * 5)
    answers.append(send(submitting, *arguments))
    assert courses(submitting) == 1
    assert len(set(answers)) == 1


def test_control_without_a_key_each_has_its_effect(submitting: Flask) -> None:
    in_threads(submitting, send, [({"name": "INL"},)] * 20)
    assert courses(submitting) == 20


def test_same_key_with_another_content_is_refused(submitting: Flask) -> None:
    assert send(submitting, {"form_key": "k1", "name": "INL"})[0] == 303
    assert send(submitting, {"form_key": "k1", "name": "UNODC"})[0] == 422
    assert courses(submitting) == 1


def test_new_forgery_token_is_no_other_content(submitting: Flask) -> None:
    first = send(submitting, {"form_key": "k1", "name": "INL", "csrf_token": "a"})
    assert send(submitting, {"form_key": "k1", "name": "INL", "csrf_token": "b"}) == first
    assert courses(submitting) == 1


def test_refused_form_may_be_corrected_and_sent_again(submitting: Flask) -> None:
    assert send(submitting, {"form_key": "k1", "name": "wrong"})[0] == 422
    assert send(submitting, {"form_key": "k1", "name": "INL"})[0] == 303
    assert courses(submitting) == 1


def test_other_file_is_another_content(submitting: Flask) -> None:
    def upload(content: bytes) -> int:
        data = {"form_key": "k1", "file": (BytesIO(content), "list.csv")}
        return Browser(submitting).send("POST", "/sent-courses", data=data).status

    assert [upload(b"one"), upload(b"one"), upload(b"two")] == [303, 303, 422]
    assert courses(submitting) == 1


def test_repeated_part_reloads_the_page_that_shows_the_effect(submitting: Flask) -> None:
    browser = Browser(submitting)
    first = browser.send("POST", "/sent-courses/row", data={"form_key": "k1"}, headers=HTMX)
    again = browser.send("POST", "/sent-courses/row", data={"form_key": "k1"}, headers=HTMX)
    assert (first.status, first.text) == (200, "<p>made</p>")
    assert (again.status, again.headers.get("HX-Refresh")) == (200, "true")
    assert courses(submitting) == 1


def test_repeated_form_without_an_address_leads_back_to_its_page(submitting: Flask) -> None:
    browser = Browser(submitting)
    headers = {"Referer": "http://localhost/sign-in?next=%2F"}
    browser.send("POST", "/sent-courses/row", data={"form_key": "k1"}, headers=headers)
    again = browser.send("POST", "/sent-courses/row", data={"form_key": "k1"}, headers=headers)
    assert (again.status, again.headers["Location"]) == (303, "/sign-in?next=%2F")
    away = browser.send(
        "POST", "/sent-courses/row", data={"form_key": "k1"}, headers={"Referer": "https://evil.example/sign-in"}
    )
    assert away.headers["Location"] == "/"


def send_and_stop_before_the_answer(app: Flask, reached: Callable[[], None]) -> None:
    """Make the effect and stand still before it is committed."""
    send(with_routes(app, reached), {"form_key": "k1", "name": "INL"})


def test_killed_before_the_commit_the_form_can_be_sent_again(app: Flask, settings: Settings) -> None:
    with killed(settings, send_and_stop_before_the_answer):
        submitting = with_routes(applications.make(settings))
        answers = [send(submitting, {"form_key": "k1", "name": "INL"}) for _ in range(2)]
    assert courses(submitting) == 1
    assert answers[0] == answers[1]


def test_keys_are_kept_for_days_and_stored_hashed(submitting: Flask) -> None:
    send(submitting, {"form_key": "the key itself", "name": "INL"})
    with submitting.app_context():
        row = db.session.scalars(select(FormSubmission)).one()
        assert "the key itself" not in (row.key, row.content)
        row.created_at = NOW
        db.session.commit()
        submissions.sweep(NOW.replace(day=17))
        assert db.session.scalar(select(func.count()).select_from(FormSubmission)) == 1
        db.session.rollback()
        submissions.sweep(NOW.replace(day=18))
        assert db.session.scalar(select(func.count()).select_from(FormSubmission)) == 0


def test_key_of_one_route_is_none_of_another(submitting: Flask) -> None:
    browser = Browser(submitting)
    browser.send("POST", "/sent-courses", data={"form_key": "k1"})
    browser.send("POST", "/sent-courses/row", data={"form_key": "k1"})
    assert courses(submitting) == 2
