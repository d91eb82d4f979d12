"""Links of venue helpers: until when they open, who has ended them, and what is known of them afterwards."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from portal.access.policy import Operator
from portal.attendance import venue_helpers
from portal.audit.models import AuditDetail, AuditEntry
from portal.platform import tokens
from portal.platform.db import db
from tests import factories
from tests.refusals import raises_refusal

OPERATOR = Operator()
SECOND = timedelta(seconds=1)


@pytest.fixture
def training(app):
    return factories.make_training(days=2, sessions=2)


def give(training, *days, now=factories.NOW):
    return venue_helpers.give_link(training, name="Registration desk", days=days, actor=OPERATOR, now=now)


def open_page(secret, now):
    return venue_helpers.open_with_link(secret, device="Chrome, Android", now=now)[0]


def test_link_ends_with_the_day_after_its_last(training, now):
    first = training.starts_on
    assert first.isoformat() == "2026-09-14"
    _helper, secret = give(training, first)
    end = datetime(2026, 9, 15, 18, tzinfo=UTC)  # midnight in Bishkek, when the 16th begins
    cookie = open_page(secret, end - SECOND)
    assert venue_helpers.find_helper_stay(cookie, end - SECOND).reach.days == {first}
    assert venue_helpers.find_helper_stay(cookie, end) is None
    with pytest.raises(venue_helpers.WrongHelperLink):
        open_page(secret, end)


def test_ended_link_closes_what_it_opened_and_no_other(training, now):
    helper, secret = give(training, training.starts_on)
    _other, others = give(training, training.starts_on)
    cookie, kept = open_page(secret, now), open_page(others, now)
    assert venue_helpers.find_helper_stay(cookie, now) is not None
    venue_helpers.end_link(helper, actor=OPERATOR, now=now)
    venue_helpers.end_link(helper, actor=OPERATOR, now=now + SECOND)
    assert venue_helpers.find_helper_stay(cookie, now) is None
    assert venue_helpers.find_helper_stay(kept, now) is not None
    with pytest.raises(venue_helpers.WrongHelperLink):
        open_page(secret, now)
    events = db.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert events[-3:] == ["attendance.helper_link_made"] * 2 + ["attendance.helper_link_ended"]
    detail = db.session.scalars(select(AuditDetail).order_by(AuditDetail.entry_id.desc())).first()
    assert detail.after == {"helper": helper.reference, "name": "Registration desk"}


def test_no_secret_of_a_helper_stands_in_the_database(training, now):
    _helper, secret = give(training, training.starts_on)
    cookie = open_page(secret, now)
    tables = ("venue_helper", "venue_helper_session", "audit_entry", "audit_detail")
    stored = [str(row) for table in tables for row in db.session.execute(text(f"SELECT * FROM {table}"))]
    assert any(tokens.hash_token(secret) in row for row in stored)
    assert not any(one in row for row in stored for one in (secret, cookie))


def test_link_is_for_days_of_the_training_that_are_not_over(training, now):
    for days in ((), (training.starts_on - timedelta(days=1),)):
        with pytest.raises(venue_helpers.DaysGone):
            give(training, *days)
    with pytest.raises(venue_helpers.DaysGone):
        give(training, training.starts_on, now=now + timedelta(days=3))
    training.state = "finalized"
    with raises_refusal("takes_no_marks"):
        give(training, training.starts_on)
