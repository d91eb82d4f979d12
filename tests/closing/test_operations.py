"""Changing a plan: what is refused because of people and marks, and what two editors do to each other."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.agenda.operations import SessionHasMarks, TrainingChanged
from portal.audit.models import AuditDetail, AuditEntry
from portal.catalog import kinds as plans
from portal.catalog.kinds import VenueElsewhere
from portal.catalog.rules import NewVenue
from portal.platform.texts import Text
from portal.records import refusals
from portal.records.refusals import PlanRefused
from portal.trainings import operations as training_operations
from portal.trainings.models import Training
from portal.trainings.operations import TrainingClosed
from portal.trainings.queries import find_last_change
from portal.trainings.rules import Plan, PlannedAllotment
from portal.workspace import changes
from portal.workspace.changes import MarkedSessionStays, SeatsBelowConfirmed
from tests import factories


def plan_of(training: Training) -> Plan:
    """Return the plan that a training follows."""
    return Plan(
        titles=training.title,
        starts_on=training.starts_on,
        ends_on=training.ends_on,
        hours=training.hours,
        capacity=training.capacity,
        minimum_attendance=training.minimum_attendance,
        time_zone=training.time_zone,
        sessions=tuple(training_operations.planned_sessions(training)),
        allotments=tuple(
            PlannedAllotment(one.seats, one.institution_id, one.region_code, one.role) for one in training.allotments
        ),
    )


def change(training: Training, plan: Plan, now: datetime, **options: object) -> None:
    version = options.pop("version", training.version)
    changes.change_training(
        training, plan, options.pop("venue", training.venue), version=version, actor=Operator(), now=now, **options
    )


def last_detail(session: scoped_session) -> AuditDetail:
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert entry.event == "trainings.changed"
    return session.get_one(AuditDetail, entry.id)


def test_change_is_recorded_with_what_changed_only(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training()
    version = training.version
    change(training, replace(plan_of(training), capacity=40, titles=Text(ru="Новое")), now)

    assert (training.capacity, training.title_ru, training.title_en) == (40, "Новое", "")
    assert training.version == version + 1
    detail = last_detail(session)
    assert detail.before["capacity"] == 100
    assert detail.after == {"title_ky": "", "title_ru": "Новое", "title_en": "", "capacity": 40}


def test_plan_that_goes_back_into_the_past_is_asked_about(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training(starts_on=now.date() + timedelta(days=7), days=1)
    back = replace(
        plan_of(training),
        starts_on=now.date() - timedelta(days=7),
        ends_on=now.date() - timedelta(days=7),
        sessions=tuple(
            replace(one, starts_at=one.starts_at - timedelta(days=14), ends_at=one.ends_at - timedelta(days=14))
            for one in training_operations.planned_sessions(training)
        ),
    )
    with pytest.raises(PlanRefused) as refused:
        change(training, back, now)
    assert [fault.code for fault in refused.value.faults] == ["past_not_meant"]
    change(training, replace(back, is_past_meant=True), now)
    change(training, replace(plan_of(training), capacity=40), now)  # It is there already: nothing to ask.
    assert training.starts_on < now.date()


def test_saving_without_a_change_records_nothing(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training()
    change(training, plan_of(training), now)
    assert session.scalars(select(AuditEntry).where(AuditEntry.event == "trainings.changed")).first() is None


def test_sessions_keep_their_reference_when_they_move(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training()
    plan = plan_of(training)
    references = [one.reference for one in plan.sessions]
    version = training.version
    first, *others = plan.sessions
    moved = replace(first, starts_at=first.starts_at + timedelta(hours=1), ends_at=first.ends_at + timedelta(hours=1))
    change(training, replace(plan, sessions=(moved, *others)), now)
    session.expire_all()
    assert [one.reference for one in training.sessions] == references
    assert training.sessions[0].starts_at == moved.starts_at
    assert training.version == version + 1


def test_session_without_marks_may_go_and_one_with_marks_may_not(
    app: Flask, session: scoped_session, now: datetime
) -> None:
    training = factories.make_training()
    registration = factories.make_registration(training=training, state="confirmed")
    factories.make_mark(registration, training.sessions[0])
    plan = plan_of(training)

    with pytest.raises(SessionHasMarks) as refused:
        change(training, replace(plan, sessions=plan.sessions[1:]), now)
    assert "Занятие" in str(refused.value)
    change(training, replace(plan, sessions=plan.sessions[:-1]), now)
    assert len(training.sessions) == 3


def test_seats_below_the_confirmed_are_refused(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training(capacity=5)
    factories.make_registrations(training, 3)
    factories.make_registration(training=training, state="confirmed", role="guest")
    plan = plan_of(training)

    with pytest.raises(SeatsBelowConfirmed) as refused:
        change(training, replace(plan, capacity=2), now)

    assert (refused.value.place, refused.value.arguments["confirmed"]) == (None, 3)
    assert training.capacity == 5  # The savepoint has taken it back.
    change(training, replace(plan, capacity=3), now)
    assert training.capacity == 3


def test_kept_seats_below_the_confirmed_are_refused(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training()
    service = factories.get_institution("MOI-IS")
    for _ in range(3):
        person = factories.make_person(institution=service)
        factories.make_registration(training=training, person=person, state="confirmed")
    ministry, office = factories.get_institution("MOI").id, factories.get_institution("GPO").id
    kept = (PlannedAllotment(10, office), PlannedAllotment(2, ministry))
    with pytest.raises(SeatsBelowConfirmed) as refused:
        change(training, replace(plan_of(training), allotments=kept), now)
    assert (refused.value.place, refused.value.arguments["confirmed"]) == (1, 3)
    assert training.allotments == []


def test_stale_version_is_refused_and_the_last_editor_is_known(
    app: Flask, session: scoped_session, now: datetime, aida: Account
) -> None:
    training = factories.make_training()
    seen = training.version
    changes.change_training(
        training,
        replace(plan_of(training), capacity=50),
        training.venue,
        version=seen,
        actor=aida,
        now=now,
    )
    with pytest.raises(TrainingChanged):
        change(training, replace(plan_of(training), capacity=60), now, version=seen)
    last = find_last_change(f"training {training.code}", ("trainings.created", "trainings.changed"))
    assert last is not None
    assert (last.name, last.at) == ("Аида", now)


def test_new_venue_is_made_in_the_trainings_region(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training()
    change(training, plan_of(training), now, venue=NewVenue(Text(ru="Новый зал")))
    assert (training.venue.name_ru, training.venue.region_code) == ("Новый зал", "KG-GO")


def test_venue_of_another_region_is_refused(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training()
    with pytest.raises(VenueElsewhere):
        change(training, plan_of(training), now, venue=factories.make_venue("KG-N"))


@pytest.mark.parametrize("state", ["finalized", "cancelled_by_host", "cancelled_by_organizer"])
def test_closed_training_stays_as_it_is(app: Flask, session: scoped_session, now: datetime, state: str) -> None:
    training = factories.make_training(state=state)
    with pytest.raises(TrainingClosed):
        change(training, replace(plan_of(training), capacity=50), now)


def test_faults_of_the_plan_are_refused(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training()
    with pytest.raises(refusals.PlanRefused):
        change(training, replace(plan_of(training), ends_on=training.starts_on - timedelta(days=1)), now)


def test_coordinator_of_another_region_changes_nothing(
    app: Flask, session: scoped_session, now: datetime, bakyt: Account
) -> None:
    training = factories.make_training()
    with pytest.raises(plans.OutOfReach):
        changes.change_training(
            training, plan_of(training), training.venue, version=training.version, actor=bakyt, now=now
        )


def test_marked_session_does_not_move_with_the_plan(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training()
    factories.make_mark(factories.make_registration(training=training, state="confirmed"), training.sessions[0])
    plan = plan_of(training)
    first, *others = plan.sessions
    later = replace(first, ends_at=first.ends_at + timedelta(minutes=30))
    with pytest.raises(MarkedSessionStays):
        change(training, replace(plan, sessions=(later, *others)), now)
    change(training, replace(plan, sessions=(replace(first, titles=Text(ru="Другое")), *others)), now)
    assert training.sessions[0].title_ru == "Другое"
