"""The pages that move and cancel a training: the look at who is told, then the act."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.accounts.models import Account
from portal.platform import clock
from portal.platform.mail import OutboxMail
from portal.trainings.models import Training
from tests import factories
from tests.browser import Browser


def upcoming(**values: object) -> Training:
    return factories.make_training(starts_on=clock.today() + timedelta(days=60), **values)


def test_move_shows_who_is_told_before_it_moves(browser: Browser, session: scoped_session, aida: Account) -> None:
    training = upcoming()
    to = training.starts_on + timedelta(days=7)
    people = factories.make_person("Асанов", "Азамат", email="a@test.example"), factories.make_person("Бекова", "Айгүл")
    people[1].phone = "+996555123456"
    for person in people:
        factories.make_registration(training=training, person=person, state="confirmed")
    page = browser.sign_in(aida).get(f"/trainings/{training.code}").follow("Move the training")
    page = page.browser.get(f"/trainings/{training.code}/move?starts_on={to}&venue_id={training.venue_id}")
    assert "1 person is told by mail; 1 person has no e-mail" in page.text
    assert [row["How"] for row in page.rows()] == ["mail", "+996555123456"]
    session.expire_all()
    assert training.starts_on != to
    page = page.form("Move the training").fill(reason="Зал занят", is_telling="y").submit("Move the training")
    assert "The training is moved, with its whole agenda." in page.notices()
    session.expire_all()
    assert (training.starts_on, session.scalars(select(OutboxMail)).one().recipient) == (to, "a@test.example")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("starts_on=x&venue_id={venue}", "Give a day"),
        ("starts_on={day}&venue_id=999", "Choose one of the list."),
        ("starts_on={day}&venue_id={venue}", "The training is there already"),
        ("starts_on=1970-01-01&venue_id={venue}", "The year 1970 cannot be right."),
    ],
)
def test_wrong_move_is_refused_beside_its_field(browser: Browser, aida: Account, values: str, words: str) -> None:
    training = upcoming()
    query = values.format(venue=training.venue_id, day=training.starts_on)
    page = browser.sign_in(aida).get(f"/trainings/{training.code}/move?{query}", status=422)
    assert words in page.refusal()


def test_move_into_the_past_is_asked_about_beside_its_box(
    browser: Browser, session: scoped_session, aida: Account
) -> None:
    training = upcoming()
    to = clock.today() - timedelta(days=1)
    person = factories.make_person("Асанов", "Азамат", email="a@test.example")
    factories.make_registration(training=training, person=person, state="confirmed")
    address = f"/trainings/{training.code}/move?starts_on={to}&venue_id={training.venue_id}"
    page = browser.sign_in(aida).get(address)
    assert "Nobody is told of it." in page.text and "told by mail" not in page.text
    page = page.form("Move the training").fill(reason="Зал занят").submit("Move the training", status=422)
    assert "If that is meant, tick it here." in page.refusal()
    form = page.form("Move the training").fill(reason="Зал занят", is_past_meant="y")
    assert "The training is moved, with its whole agenda." in form.submit("Move the training").notices()
    session.expire_all()
    assert (training.starts_on, session.scalars(select(OutboxMail)).all()) == (to, [])


def test_cancelling_asks_who_and_why(browser: Browser, session: scoped_session, aida: Account) -> None:
    training = upcoming()
    form = browser.sign_in(aida).get(f"/trainings/{training.code}/cancel").form("Cancel the training")
    page = form.submit("Cancel the training", status=422)
    assert "Choose who cancels it." in page.refusal()
    assert "Say why in a few words." in page.refusal()
    form = page.form("Cancel the training").fill(end="cancelled_by_host", reason="Учения")
    page = form.submit("Cancel the training")
    assert "The training is cancelled." in page.notices()
    assert "Cancelled by the host" in page.text
    assert "Учения" in page.text
    assert "Move the training" not in page.links


def test_finalized_training_is_not_cancelled(browser: Browser, session: scoped_session, aida: Account) -> None:
    training = upcoming(state="finalized")
    page = browser.sign_in(aida).get(f"/trainings/{training.code}/cancel")
    assert "The training is finalized" in page.text
    values = {"version": str(training.version), "end": "cancelled_by_host", "reason": "x"}
    page = browser.post(f"/trainings/{training.code}/cancel", values, status=409)
    session.expire_all()
    assert training.state == "finalized"
