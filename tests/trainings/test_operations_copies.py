"""A training planned after another one: what moves along, and what does not."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.audit.models import AuditDetail, AuditEntry
from portal.catalog.kinds import OutOfReach
from portal.catalog.rules import NewVenue
from portal.platform.texts import Text
from portal.records.refusals import PlanRefused
from portal.registration.models import Registration
from portal.trainings import operations as training_operations
from portal.trainings.models import Training
from portal.trainings.operations import Target
from portal.trainings.rules import TrainingState
from tests import factories


def target(**values: object) -> Target:
    given = {
        "titles": Text(ru="Нарын"),
        "starts_on": date(2026, 11, 3),
        "region": factories.get_region("KG-N"),
        "venue": NewVenue(Text(ru="Нарын, зал")),
    }
    return Target(**{**given, **values})


def test_sessions_seats_and_rules_move_along_and_people_do_not(
    app: Flask, session: scoped_session, now: datetime
) -> None:
    host = factories.get_institution("GPO")
    training = factories.make_training(minimum_attendance=90, minimum_grade=60, hosts=[host], comments="Ключ")
    factories.make_allotment(training, 40, institution=host)
    factories.make_registration(training=training, state="confirmed")
    factories.make_break(training)
    training.sessions[0].languages = ["ky"]

    copy = training_operations.copy(training, target(state=TrainingState.DRAFT), actor=Operator(), now=now)

    assert (copy.code, copy.state, copy.title_ru, copy.ends_on) == ("NAR-2026-01", "draft", "Нарын", date(2026, 11, 4))
    assert [one.starts_at for one in copy.sessions][:2] == [
        datetime(2026, 11, 3, 3, tzinfo=UTC),
        datetime(2026, 11, 3, 8, tzinfo=UTC),
    ]
    assert not {one.reference for one in copy.sessions} & {one.reference for one in training.sessions}
    assert [(one.institution_id, one.seats) for one in copy.allotments] == [(host.id, 40)]
    assert [one.languages for one in copy.sessions][:2] == [["ky"], []]
    assert [(one.local_date, one.title_ru) for one in copy.breaks] == [
        (date(2026, 11, 3), training.breaks[0].title_ru),
    ]
    assert (copy.minimum_attendance, copy.minimum_grade, copy.comments) == (90, 60, "Ключ")
    assert (copy.course_id, copy.project_id, copy.hosts) == (training.course_id, training.project_id, [host])
    assert session.scalars(select(Registration.training_id)).all() == [training.id]
    assert (len(training.sessions), len(training.allotments), training.hosts) == (4, 1, [host])
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert session.get_one(AuditDetail, entry.id).after["copied_from"] == training.code


def test_session_keeps_its_time_of_day_on_another_clock(app: Flask, now: datetime) -> None:
    training = factories.make_training()
    venue = factories.make_venue("KG-N", time_zone="Asia/Tashkent")
    copy = training_operations.copy(training, target(venue=venue), actor=Operator(), now=now)
    assert copy.sessions[0].starts_at == datetime(2026, 11, 3, 4, tzinfo=UTC)
    assert copy.sessions[0].local_date == date(2026, 11, 3)


def test_copy_is_judged_like_any_plan(app: Flask, session: scoped_session, now: datetime, aida: Account) -> None:
    training = factories.make_training()
    with pytest.raises(PlanRefused):
        training_operations.copy(training, target(starts_on=date(1999, 1, 1)), actor=Operator(), now=now)
    with pytest.raises(OutOfReach):
        training_operations.copy(training, target(), actor=aida, now=now)
    assert session.scalars(select(Training.id)).all() == [training.id]
