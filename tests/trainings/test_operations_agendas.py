"""A copied training takes over the breaks and languages that fit."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.trainings import operations as training_operations
from portal.trainings.operations import Place
from portal.trainings.rules import Plan
from tests import factories

ZONE = ZoneInfo("Asia/Bishkek")


def test_breaks_and_languages_come_along(app: Flask, session: scoped_session, now: datetime) -> None:
    source = factories.make_training()  # Each day 09:00-12:00 and 14:00-17:00.
    factories.make_break(source, title_ru="Обед в саду")
    factories.make_break(source, day=1, starts=time(17), minutes=30, kind="ceremony")
    source.sessions[0].languages, source.sessions[0].room = ["ky"], "Зал 2"
    factories.make_facilitator(source.sessions[0], factories.make_person())
    later = timedelta(days=7)
    sessions = [
        replace(one, starts_at=one.starts_at + later, ends_at=one.ends_at + later, reference="")
        for one in training_operations.planned_sessions(source)
    ]
    sessions[3] = replace(sessions[3], ends_at=sessions[3].ends_at + timedelta(hours=1))
    plan = Plan(
        titles=source.title,
        starts_on=source.starts_on + later,
        ends_on=source.ends_on + later,
        hours=13,
        capacity=30,
        minimum_attendance=80,
        time_zone="Asia/Bishkek",
        sessions=tuple(sessions),
    )
    place = Place(source.course, source.project, source.region, source.venue)
    copy = training_operations.create(plan, place, copied_from=source, actor=Operator(), now=now)
    session.expire_all()

    (lunch,) = copy.breaks  # The ceremony would overlap the longer session.
    assert (lunch.kind, lunch.title_ru, lunch.local_date) == ("lunch", "Обед в саду", source.starts_on + later)
    assert f"{lunch.starts_at.astimezone(ZONE):%H:%M}" == "12:00"
    assert [one.languages for one in copy.sessions] == [["ky"], [], [], []]
    assert (copy.sessions[0].room, copy.sessions[0].facilitators) == ("", [])
    assert len(source.breaks) == 2
