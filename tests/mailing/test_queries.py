"""What a training's page counts of its mails is what the page of mails lists, person by person."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, union_all

from portal.access.policy import Operator
from portal.mailing import operations
from portal.mailing import queries as mailing_queries
from portal.mailing.queries import Recipient
from portal.mailing.rules import MailKind, MailStatus, Unreached
from portal.platform.db import db
from portal.platform.mail import OutboxMail
from portal.trainings.models import Training
from tests import factories

pytestmark = pytest.mark.databases("sqlite", "postgresql")
OPERATOR = Operator()
DAY = timedelta(days=1)
_COUNTED = (MailKind.INVITATION, MailKind.CONFIRMATION, MailKind.REMINDER, MailKind.EVALUATION)
# One of each: plain, without an address, and what an import lets through.
ADDRESSES = (
    "asan@example.org",
    "",
    "asan@example.org, bek@example.org",
    "asan@ example.org",
    "asan",
    "bek@example.org",
)


def counted(*trainings: Training) -> dict[int, dict[MailKind, Unreached]]:
    """Return what the queries count, by training."""
    found: dict[int, dict[MailKind, Unreached]] = {training.id: {} for training in trainings}
    for training_id, what, number in db.session.execute(
        union_all(*mailing_queries.progress_of(trainings, factories.AFTER))
    ):
        mailing_queries.add_count(found[training_id], what, number)
    return found


def recipients(training: Training, kind: MailKind) -> Sequence[Recipient]:
    return mailing_queries.list_recipients(training, kind, factories.AFTER)


def listed(training: Training) -> dict[MailKind, Unreached]:
    """Return the same from the lists of the pages."""
    found = {}
    for kind in _COUNTED:
        people = recipients(training, kind)
        by_mail = sum(one.status == MailStatus.TO_SEND for one in people)
        untold = sum(not one.is_notified for one in people)
        is_off = mailing_queries.automatic_of(kind, training) is False
        if untold or is_off:
            found[kind] = Unreached(by_mail, untold - by_mail, is_off)
    return found


@pytest.fixture
def training(app: Flask, now: datetime) -> Training:
    training = factories.make_training(starts_on=(now + 5 * DAY).date())
    for number, email in enumerate(ADDRESSES):
        for state in ("confirmed", "nominated", "waitlisted", "withdrawn"):
            person = factories.make_person(f"Асанов{number}", state, email=email)
            one = factories.make_registration(training=training, person=person, state=state)
            if state == "confirmed" and number != 1:
                factories.make_mark(one, training.sessions[0], "late" if number else "present", minutes=number or None)
    return training


def test_counts_are_those_of_the_lists(training: Training, now: datetime) -> None:
    other = factories.make_training(starts_on=training.starts_on)
    factories.make_registration(training=other, state="invited")
    assert counted(training, other) == {one.id: listed(one) for one in (training, other)}
    seats = recipients(training, MailKind.CONFIRMATION)
    everybody = {one.registration.reference: 0 for one in seats}
    for kind in (MailKind.CONFIRMATION, MailKind.REMINDER):
        operations.send(training, kind, everybody, actor=OPERATOR, now=now)
    operations.pass_on(seats[1].registration, MailKind.REMINDER, actor=OPERATOR, now=now)
    operations.switch(training, MailKind.REMINDER, is_on=False, actor=OPERATOR, now=now)
    mails = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
    mails[0].state, mails[1].state, mails[-1].state = "failed", "sent", "unclear"
    db.session.flush()
    found = counted(training)[training.id]
    assert found == listed(training)
    assert found[MailKind.CONFIRMATION] == Unreached(0, 5)  # One failed, four have no address that works.
    assert found[MailKind.REMINDER].is_switched_off


def test_reminder_of_the_old_days_tells_nobody_of_the_new_ones(training: Training, now: datetime) -> None:
    everybody = {one.registration.reference: 0 for one in recipients(training, MailKind.REMINDER)}
    operations.send(training, MailKind.REMINDER, everybody, actor=OPERATOR, now=now)
    assert counted(training)[training.id][MailKind.REMINDER].to_mail == 0
    training.starts_on, training.ends_on = training.starts_on + DAY, training.ends_on + DAY
    db.session.flush()
    found = counted(training)[training.id]
    assert found == listed(training)
    assert found[MailKind.REMINDER].to_mail == 2


def test_contact_is_whom_the_plan_names_and_never_somebody_who_cannot_sign_in(app: Flask) -> None:
    training = factories.make_training()
    assert mailing_queries.find_contact(training).name == ""
    factories.make_account(name="Invited", password_hash="")
    factories.make_account(name="Elsewhere", regions=["KG-T"])
    assert mailing_queries.find_contact(training).name == ""
    first, chosen = factories.make_account(name="First"), factories.make_account(name="Chosen")
    assert mailing_queries.find_contact(training).name == "First"
    assert mailing_queries.find_contact(training, chosen).name == "Chosen"
    training.contact_id = chosen.id
    assert {mailing_queries.find_contact(training, who).name for who in (None, OPERATOR, first)} == {"Chosen"}
    chosen.closed_at = training.created_at
    db.session.flush()
    assert mailing_queries.find_contact(training).name == "First"
