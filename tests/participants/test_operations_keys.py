"""Personal links and PINs: who they let in, and until when."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from portal.access.policy import Operator
from portal.audit.models import AuditDetail, AuditEntry
from portal.participants import operations as participant_operations
from portal.participants import queries as participant_queries
from portal.participants.rules import STAY
from portal.platform import tokens
from portal.platform.db import db
from portal.registration.models import ParticipantKey, Registration
from tests import factories
from tests.refusals import raises_refusal

pytestmark = pytest.mark.databases("sqlite", "postgresql")
OPERATOR = Operator()
SECOND = timedelta(seconds=1)


def give_link(registration: Registration, now: datetime) -> str:
    return participant_operations.give_link(registration, actor=OPERATOR, now=now)


def give_pin(registration: Registration, now: datetime) -> str:
    return participant_operations.give_pins(registration.training, [registration], actor=OPERATOR, now=now)[0].pin


def test_link_opens_as_often_as_it_is_brought(session, cholpon: Registration, now: datetime) -> None:
    token = give_link(cholpon, now)
    first, second = (
        participant_operations.open_with_link(token, now=now),
        participant_operations.open_with_link(token, now=now),
    )
    assert first != second
    stay = participant_queries.find_stay(first, now)
    assert stay.registration_id == cholpon.id
    assert stay.reach.registration_id == cholpon.id and stay.label == f"participant {cholpon.reference}"


def test_link_ends_two_weeks_after_the_training(session, cholpon: Registration, now: datetime) -> None:
    token = give_link(cholpon, now)
    assert cholpon.training.ends_on.isoformat() == "2026-09-15"
    end = datetime(2026, 9, 29, 18, tzinfo=UTC)  # midnight in Bishkek, when the 30th begins
    participant_operations.open_with_link(token, now=end - SECOND)
    with raises_refusal("wrong_link"):
        participant_operations.open_with_link(token, now=end)


def test_link_given_late_is_good_for_two_weeks(session, cholpon: Registration, now: datetime) -> None:
    late = now + timedelta(days=100)
    token = give_link(cholpon, late)
    participant_operations.open_with_link(token, now=late + timedelta(days=14) - SECOND)
    with raises_refusal("wrong_link"):
        participant_operations.open_with_link(token, now=late + timedelta(days=14))


def test_new_link_ends_the_old_one_and_its_stays(session, cholpon: Registration, now: datetime) -> None:
    old = give_link(cholpon, now)
    cookie = participant_operations.open_with_link(old, now=now)
    new = give_link(cholpon, now + SECOND)
    with raises_refusal("wrong_link"):
        participant_operations.open_with_link(old, now=now + SECOND)
    assert participant_queries.find_stay(cookie, now + SECOND) is None
    participant_operations.open_with_link(new, now=now + SECOND)


def test_link_is_not_given_to_who_takes_no_part(session, now: datetime) -> None:
    with raises_refusal("takes_no_part"):
        give_link(factories.make_registration(state="withdrawn"), now)


def test_stay_ends_by_itself_and_by_leaving(session, cholpon: Registration, now: datetime) -> None:
    token = give_link(cholpon, now)
    cookie = participant_operations.open_with_link(token, now=now)
    assert participant_queries.find_stay(cookie, now + STAY - SECOND) is not None
    assert participant_queries.find_stay(cookie, now + STAY) is None
    participant_operations.end_stay(participant_queries.find_stay(cookie, now), now=now)
    assert participant_queries.find_stay(cookie, now) is None


def test_pin_opens_however_it_is_typed(session, cholpon: Registration, now: datetime) -> None:
    cholpon.reference = "0AB1CD23"
    pin = give_pin(cholpon, now)
    for reference, typed in (("0AB1CD23", pin), ("oabl-cd23", f"{pin[:3]} {pin[3:]}"), (" OABI CD23 ", pin)):
        assert (
            participant_queries.find_stay(
                participant_operations.open_with_pin(reference, typed, now=now), now
            ).registration_id
            == cholpon.id
        )


def test_wrong_pin_and_unknown_reference_have_one_answer(session, cholpon: Registration, now: datetime) -> None:
    pin = give_pin(cholpon, now)
    without_pin = factories.make_registration(state="confirmed", training=cholpon.training)
    wrong = f"{(int(pin) + 1) % 1_000_000:06d}"
    answers = set()
    for reference, typed in (
        (cholpon.reference, wrong),
        (cholpon.reference, ""),
        ("00000000", pin),
        (without_pin.reference, pin),
        ("", ""),
    ):
        with raises_refusal("wrong_pin") as refusal:
            participant_operations.open_with_pin(reference, typed, now=now)
        answers.add((str(refusal.value), refusal.value.status))
    assert len(answers) == 1


def test_new_pin_ends_the_old_one_and_leaves_the_link(session, cholpon: Registration, now: datetime) -> None:
    link, old = give_link(cholpon, now), give_pin(cholpon, now)
    new = give_pin(cholpon, now + SECOND)
    if old != new:
        with raises_refusal("wrong_pin"):
            participant_operations.open_with_pin(cholpon.reference, old, now=now + SECOND)
    participant_operations.open_with_pin(cholpon.reference, new, now=now + SECOND)
    participant_operations.open_with_link(link, now=now + SECOND)


def test_pins_are_given_to_confirmed_people_only(session, now: datetime) -> None:
    training = factories.make_training()
    confirmed = factories.make_registrations(training, 2)
    factories.make_registration(training=training, state="waitlisted")
    assert participant_queries.list_without_pin(training.id, now) == confirmed
    slips = participant_operations.give_pins(
        training, participant_queries.list_without_pin(training.id, now), actor=OPERATOR, now=now
    )
    assert [slip.registration for slip in slips] == confirmed
    assert all(len(slip.pin) == 8 and slip.pin.isdigit() for slip in slips)
    assert participant_queries.list_without_pin(training.id, now) == []
    with raises_refusal("nobody_needs_slip"):
        participant_operations.give_pins(training, [], actor=OPERATOR, now=now)


def test_no_secret_stands_in_the_database_or_the_audit(session, cholpon: Registration, now: datetime) -> None:
    token, pin = give_link(cholpon, now), give_pin(cholpon, now)
    cookie = participant_operations.open_with_link(token, now=now)
    db.session.flush()
    tables = ("participant_key", "participant_session", "audit_entry", "audit_detail", "registration")
    stored = [str(row) for table in tables for row in db.session.execute(text(f"SELECT * FROM {table}"))]
    assert any(tokens.hash_token(token) in row for row in stored)  # The canary that could be there.
    assert not any(secret in row for row in stored for secret in (token, cookie))
    hashes = db.session.scalars(select(ParticipantKey.secret_hash).where(ParticipantKey.kind == "pin")).all()
    assert hashes and not any(pin in hash_.partition("$")[2] for hash_ in hashes)
    detail = db.session.scalars(select(AuditDetail).order_by(AuditDetail.entry_id.desc())).first()
    assert detail.after == {"registrations": [cholpon.reference], "kind": "pin"}


def test_links_for_many_end_the_old_ones_in_one_act(session, cholpon: Registration, now: datetime) -> None:
    old = give_link(cholpon, now)
    cookie = participant_operations.open_with_link(old, now=now)
    gone = factories.make_registration(training=cholpon.training, state="withdrawn")
    before = session.scalar(select(func.count()).select_from(AuditEntry))
    made = participant_operations.give_links(cholpon.training, [cholpon, gone], actor=OPERATOR, now=now + SECOND)
    assert [entry for entry, _secret in made] == [cholpon]
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == before + 1
    assert participant_queries.find_stay(cookie, now + SECOND) is None
    with raises_refusal("wrong_link"):
        participant_operations.open_with_link(old, now=now + SECOND)
    participant_operations.open_with_link(made[0][1], now=now + SECOND)
    with raises_refusal("nobody_needs_link"):
        participant_operations.give_links(cholpon.training, [gone], actor=OPERATOR, now=now)


def test_access_given_is_recorded(session, cholpon: Registration, now: datetime, aida) -> None:
    participant_operations.give_link(cholpon, actor=aida, now=now)
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.event, entry.subject) == ("registration.access_given", f"registration {cholpon.reference}")
    assert entry.actor == aida.label


def test_stolen_database_cannot_try_pins(app, cholpon: Registration, now: datetime) -> None:
    """With another secret than the installation's, the right PIN opens nothing: the hash alone gives nothing away."""
    pin = give_pin(cholpon, now)
    app.config["SECRET_KEY"] = "the thief does not have the installation's secret"
    with raises_refusal("wrong_pin"):
        participant_operations.open_with_pin(cholpon.reference, pin, now=now)
