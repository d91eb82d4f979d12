"""Who knows only the old dates is an open item, by number on the training's page and by name on that of its mails."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, union_all

from portal.access.policy import Operator
from portal.catalog.models import Venue
from portal.mailing import operations
from portal.mailing import queries as mailing_queries
from portal.mailing.rules import MailKind, Unreached
from portal.platform import clock
from portal.platform.db import db
from portal.platform.mail import OutboxMail
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.workspace import changes
from portal.workspace.changes import Act
from tests import factories
from tests.browser import Browser

OPERATOR = Operator()
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
both = pytest.mark.databases("sqlite", "postgresql")


@pytest.fixture
def training(app: Flask, now: datetime) -> Training:
    """Return a training of next month with two people who have an address and one who has none."""
    made = factories.make_training(starts_on=now.date() + timedelta(days=30))
    for family, email in (("Асанов", "asan@example.org"), ("Беков", "bek@example.org"), ("Воронова", "")):
        person = factories.make_person(family, "Айгүл", email=email)
        factories.make_registration(training=made, person=person, state="confirmed")
    return made


def move(training: Training, now: datetime, *, to: date | None = None, venue: Venue | None = None) -> None:
    """Move a training and tell nobody."""
    act = Act(training.version, "Перевал закрыт", is_telling=False)
    changes.move(training, to or training.starts_on, venue or training.venue, act=act, actor=OPERATOR, now=now)


def people(training: Training, now: datetime) -> Sequence[mailing_queries.Recipient]:
    return mailing_queries.list_recipients(training, MailKind.MOVED, now)


def untold(training: Training, now: datetime) -> list[str]:
    """Return by family name who is to be told, as the page lists them; the count of the steps must be the same."""
    db.session.flush()
    listed = [one for one in people(training, now) if not one.is_notified]
    found: dict[MailKind, Unreached] = {}
    for _training, what, number in db.session.execute(union_all(*mailing_queries.progress_of([training], now))):
        mailing_queries.add_count(found, what, number)
    counted = found.get(MailKind.MOVED, Unreached())
    by_mail = sum(one.has_address and one.mail is None for one in listed)
    assert (counted.to_mail, counted.by_hand) == (by_mail, len(listed) - by_mail)
    return [one.registration.person.family for one in listed]


def registration_of(training: Training, family: str, now: datetime) -> Registration:
    return next(one.registration for one in people(training, now) if one.registration.person.family == family)


@both
def test_nobody_is_to_be_told_of_a_move_that_never_was(training: Training, now: datetime) -> None:
    assert untold(training, now) == [] and people(training, now) == []


@both
def test_everybody_who_was_there_before_a_silent_move_is_to_be_told(training: Training, now: datetime) -> None:
    """Whoever joins the list after it, or has a letter since, knows where the training is."""
    move(training, now + HOUR, to=training.starts_on + WEEK)
    late = factories.make_person("Дооронов", "Азамат")
    factories.make_registration(training=training, person=late, state="confirmed", created_at=now + 2 * HOUR)
    assert untold(training, now) == ["Асанов", "Беков", "Воронова"]
    asan = registration_of(training, "Асанов", now)
    operations.send(training, MailKind.CONFIRMATION, {asan.reference: 0}, actor=OPERATOR, now=now + 3 * HOUR)
    assert untold(training, now) == ["Беков", "Воронова"]
    voronova = registration_of(training, "Воронова", now)
    operations.pass_on(voronova, MailKind.MOVED, actor=OPERATOR, now=now + 4 * HOUR)
    assert untold(training, now) == ["Беков"]


@both
def test_letter_that_did_not_arrive_tells_nobody(training: Training, now: datetime) -> None:
    move(training, now + HOUR, to=training.starts_on + WEEK)
    bek = registration_of(training, "Беков", now)
    operations.send(training, MailKind.MOVED, {bek.reference: 0}, actor=OPERATOR, now=now + 2 * HOUR)
    assert untold(training, now) == ["Асанов", "Воронова"]
    db.session.scalars(select(OutboxMail)).one().state = "failed"
    assert untold(training, now) == ["Асанов", "Беков", "Воронова"]


@both
def test_move_there_and_back_is_news_to_nobody_but_who_was_told_between(training: Training, now: datetime) -> None:
    first = training.starts_on
    asan = mailing_queries.list_recipients(training, MailKind.CONFIRMATION, now)[0].registration
    move(training, now + HOUR, to=first + WEEK)
    operations.send(training, MailKind.CONFIRMATION, {asan.reference: 0}, actor=OPERATOR, now=now + 2 * HOUR)
    move(training, now + 3 * HOUR, to=first)
    assert untold(training, now) == ["Асанов"]


@both
def test_second_move_to_another_place_is_news_after_the_first(training: Training, now: datetime) -> None:
    move(training, now + HOUR, to=training.starts_on + WEEK)
    asan = registration_of(training, "Асанов", now)
    operations.send(training, MailKind.MOVED, {asan.reference: 0}, actor=OPERATOR, now=now + 2 * HOUR)
    move(training, now + 3 * HOUR, venue=factories.make_venue(training.region_code, name_en="Hall"))
    assert untold(training, now) == ["Асанов", "Беков", "Воронова"]


def test_pages_say_how_many_and_who(browser: Browser, aida, training: Training, now: datetime) -> None:
    training.starts_on = clock.today() + timedelta(days=40)
    training.ends_on = training.starts_on + timedelta(days=1)
    db.session.flush()
    move(training, now + HOUR, to=training.starts_on + WEEK)
    page = browser.sign_in(aida).get(f"/trainings/{training.code}")
    assert "3 people know the old dates" in page.text
    assert "Асанов Айгүл" in page.text
    page = page.browser.get(f"/trainings/{training.code}/mails")
    assert page.row("New date or place")["To tell"].startswith("3")
    page = page.follow("New date or place")
    assert [name in page.text for name in ("Асанов", "Беков", "Воронова")] == [True] * 3
