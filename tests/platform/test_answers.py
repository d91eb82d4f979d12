"""A view leads on with words, or shows its page again with the refusal."""

import pytest
from flask import Flask, get_flashed_messages

from portal.catalog.models import Course
from portal.platform.answers import act, see_other
from portal.platform.db import db
from portal.platform.errors import CodeTaken
from tests.factories import make_course

pytestmark = pytest.mark.databases("sqlite")


def test_words_are_shown_on_the_page_that_is_led_to(app: Flask) -> None:
    with app.test_request_context():
        answer = see_other("/there", "It is done.", "success")
        assert (answer.status_code, answer.location) == (303, "/there")
        assert get_flashed_messages(with_categories=True) == [("success", "It is done.")]


def test_nothing_is_said_without_words(app: Flask) -> None:
    with app.test_request_context():
        see_other("/there")
        assert get_flashed_messages() == []


def test_what_was_done_is_handed_on(app: Flask) -> None:
    with app.test_request_context():
        answer = act(lambda: "7", then=lambda number: see_other(f"/acts/{number}"), again=str)
    assert answer.location == "/acts/7"


def test_a_refused_act_leaves_nothing_written_and_shows_its_page_again(app: Flask) -> None:
    def refused() -> None:
        make_course("LOST")
        raise CodeTaken(code="LOST")

    with app.test_request_context():
        answer = act(refused, then=lambda _done: see_other("/there"), again=str)
    assert (answer.status_code, answer.get_data(as_text=True)) == (422, "The code “LOST” is taken. Give another one.")
    assert db.session.query(Course).count() == 0
