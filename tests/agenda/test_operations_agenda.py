"""Changing an agenda block by block: what is written, what is refused, what marks forbid, what a version freezes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.agenda import operations as agenda_operations
from portal.agenda import queries as agenda_queries
from portal.agenda.operations import AgendaRefused, MarkedSessionsMove, SessionHasMarks, TrainingChanged
from portal.audit.models import AuditDetail, AuditEntry
from portal.platform.texts import Text
from portal.trainings.agenda_rules import BreakKind, Direction, Saving, WantedBreak, WantedSession
from portal.trainings.models import AgendaBreak, Training, TrainingSession
from portal.trainings.operations import TrainingClosed
from tests import factories
from tests.refusals import raises_refusal

ZONE = ZoneInfo("Asia/Bishkek")
TITLES = Text(ru="Допрос", en="Interviewing")


def at(training: Training, hour: int, minute: int = 0, day: int = 0) -> datetime:
    first: date = training.starts_on
    return datetime.combine(first + timedelta(days=day), time(hour, minute), ZONE)


def wanted(training: Training, begins: int, ends: int, **values: object) -> WantedSession:
    return WantedSession(TITLES, at(training, begins), at(training, ends), **values)  # type: ignore[arg-type]


def save(
    training: Training, what: object, standing: object = None, now: datetime = factories.NOW, **how: bool
) -> object:
    saving = Saving(training.version, **how)
    return agenda_operations.save(training, what, standing, saving=saving, actor=Operator(), now=factories.NOW)  # type: ignore[arg-type]


def last_detail(session: scoped_session, event: str) -> AuditDetail:
    entry = session.scalars(select(AuditEntry).where(AuditEntry.event == event).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    return session.get_one(AuditDetail, entry.id)


def hours(block: TrainingSession | AgendaBreak) -> str:
    return f"{block.starts_at.astimezone(ZONE):%H:%M}-{block.ends_at.astimezone(ZONE):%H:%M}"


def test_session_is_added_with_facilitators_languages_and_room(app: Flask, session: scoped_session) -> None:
    training = factories.make_training()
    version, leader = training.version, factories.make_person("Исаков", "Нурлан")
    what = wanted(training, 12, 13, languages=("ru", "ky", "xx"), room="Зал 2", facilitators=frozenset({leader.id}))
    added = save(training, what)
    session.expire_all()

    assert (hours(added), added.local_date, added.room) == ("12:00-13:00", training.starts_on, "Зал 2")
    assert added.languages == ["ky", "ru"]
    assert [one.person.family for one in added.facilitators] == ["Исаков"]
    assert training.version == version + 1
    detail = last_detail(session, "trainings.agenda_changed")
    assert (detail.before, detail.after["facilitators"]) == (None, [leader.reference])


def test_break_pushes_what_comes_later_that_day(app: Flask, session: scoped_session) -> None:
    training = factories.make_training()  # Each day 09:00-12:00 and 14:00-17:00.
    lunch = WantedBreak(BreakKind.LUNCH, Text(), at(training, 12), at(training, 14, 30))
    with pytest.raises(AgendaRefused) as refused:
        save(training, lunch)
    assert [fault.field for fault in refused.value.faults] == ["starts_at"]
    save(training, lunch, is_pushing=True)
    session.expire_all()
    assert [hours(one) for one in training.sessions][:3] == ["09:00-12:00", "14:30-17:30", "09:00-12:00"]
    assert last_detail(session, "trainings.agenda_changed").after["moved"][0][0] in ("Занятие", "Сабак", "Session")


@pytest.mark.parametrize(
    ("begins", "ends", "day", "field"), [(12, 11, 0, "ends_at"), (9, 10, 5, "local_date"), (11, 13, 0, "starts_at")]
)
def test_session_that_does_not_fit_is_refused_beside_its_field(
    app: Flask, session: scoped_session, begins: int, ends: int, day: int, field: str
) -> None:
    training = factories.make_training()
    what = WantedSession(TITLES, at(training, begins, day=day), at(training, ends, day=day))
    with pytest.raises(AgendaRefused) as refused:
        save(training, what)
    assert [fault.field for fault in refused.value.faults] == [field]
    assert len(training.sessions) == 4


def test_marked_session_moves_only_when_it_is_meant_and_never_goes(app: Flask, session: scoped_session) -> None:
    training = factories.make_training()
    factories.make_attendance(factories.make_registration(training=training, state="confirmed"))
    first = training.sessions[0]
    later = wanted(training, 8, 9)
    with pytest.raises(MarkedSessionsMove):
        save(training, later, first)
    save(training, wanted(training, 9, 12), first)  # A title may change.
    save(training, later, first, is_sure=True)
    assert hours(first) == "08:00-09:00"
    with pytest.raises(SessionHasMarks):
        agenda_operations.remove(training, first, version=training.version, actor=Operator(), now=factories.NOW)
    with pytest.raises(MarkedSessionsMove):
        agenda_operations.swap(
            training, first, Direction.DOWN, saving=Saving(training.version), actor=Operator(), now=factories.NOW
        )


def test_neighbors_change_places(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training()
    lunch = factories.make_break(training)
    saving = Saving(training.version)
    agenda_operations.swap(training, lunch, Direction.DOWN, saving=saving, actor=Operator(), now=now)
    session.expire_all()
    assert (hours(training.sessions[1]), hours(lunch)) == ("12:00-15:00", "16:00-17:00")
    with raises_refusal("no_neighbor"):
        saving = Saving(training.version)
        agenda_operations.swap(training, lunch, Direction.DOWN, saving=saving, actor=Operator(), now=now)


def test_only_session_stays(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training(sessions=1)
    pause = factories.make_break(training)
    with raises_refusal("last_session"):
        agenda_operations.remove(training, training.sessions[0], version=training.version, actor=Operator(), now=now)
    agenda_operations.remove(training, pause, version=training.version, actor=Operator(), now=now)
    session.expire_all()
    assert (training.breaks, last_detail(session, "trainings.agenda_changed").after) == ([], None)


def test_stale_or_closed_training_is_left_alone(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training()
    with pytest.raises(TrainingChanged):
        agenda_operations.publish(training, version=training.version + 1, actor=Operator(), now=now)
    training.state = "cancelled_by_host"
    session.flush()
    with pytest.raises(TrainingClosed):
        save(training, wanted(training, 12, 13))


def test_version_freezes_what_was_given_out(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training()
    factories.make_break(training)
    factories.make_facilitator(training.sessions[0], factories.make_person("Исаков", "Нурлан"))
    first = agenda_operations.publish(training, version=training.version, actor=Operator(), now=now)
    with raises_refusal("agenda_unchanged"):
        agenda_operations.publish(training, version=training.version, actor=Operator(), now=now)
    save(training, wanted(training, 17, 18))
    second = agenda_operations.publish(training, version=training.version, actor=Operator(), now=now)
    session.expire_all()

    assert (first.number, second.number) == (1, 2)
    blocks = first.content["days"][0]["blocks"]
    assert [(one["kind"], one["starts"]) for one in blocks] == [
        ("session", "09:00"),
        ("lunch", "12:00"),
        ("session", "14:00"),
    ]
    assert blocks[0]["facilitators"] == ["Исаков Нурлан"]
    assert blocks[1]["title"] == {"ky": "Түшкү тамак", "ru": "Обед", "en": "Lunch"}
    assert len(second.content["days"][0]["blocks"]) == 4


def test_conflicts_are_found_across_trainings_and_regions(app: Flask, session: scoped_session, aida: Account) -> None:
    here = factories.make_training()
    there = factories.make_training(region="KG-Y")
    leader, guest = factories.make_person(), factories.make_person()
    for training in (here, there):
        factories.make_facilitator(training.sessions[0], leader)
        factories.make_registration(training=training, person=guest, state="confirmed")
    factories.make_registration(training=there, state="confirmed")
    neighbor = factories.make_training(venue=here.venue)
    found = agenda_queries.list_conflicts(here, aida)

    (facilitator,) = found.facilitators
    assert (facilitator.here, facilitator.there) == (here.sessions[0], there.sessions[0])
    assert (facilitator.person, facilitator.is_within_reach) == (leader, False)
    assert {clash.there.training for clash in found.venue} == {neighbor}
    assert len(found.venue) == 4
    (double,) = found.people.rows
    assert (double.here.person, double.there.training) == (guest, there)
    assert double.days == (here.starts_on, here.ends_on)
    there.state = neighbor.state = "cancelled_by_organizer"
    session.flush()
    assert not agenda_queries.list_conflicts(here, aida)


def test_conflict_ends_with_a_registration_and_follows_a_merged_person(
    app: Flask, session: scoped_session, aida: Account
) -> None:
    here, there = factories.make_training(), factories.make_training()
    one, twin = factories.make_person(), factories.make_person()
    twin.merged_into_id = one.id
    factories.make_registration(training=here, person=one, state="confirmed")
    other = factories.make_registration(training=there, person=twin, state="nominated")
    there.venue = factories.make_venue()
    session.flush()
    assert agenda_queries.list_conflicts(here, aida).count == 1
    other.state = "withdrawn"
    session.flush()
    assert agenda_queries.list_conflicts(here, aida).count == 0


def test_facilitator_is_found_in_reach_only(app: Flask, session: scoped_session, aida: Account) -> None:
    here = factories.make_training()
    known = factories.make_person("Жапаров", "Үсөн")
    factories.make_person("Жапаров", "Северный", region_code="KG-Y")
    registered = factories.make_person("Гость", "Эксперт", region_code="KG-Y")
    factories.make_registration(training=here, person=registered, role="facilitator")
    assert agenda_queries.find_people("japarov", aida) == [known]
    assert agenda_queries.find_people("гость", aida) == [registered]
    assert agenda_queries.list_facilitators(here, aida) == [registered]
    factories.make_facilitator(here.sessions[0], known)
    assert set(agenda_queries.list_facilitators(factories.make_training(), aida)) == {known}


def test_moments_are_kept_in_utc(app: Flask, session: scoped_session) -> None:
    training = factories.make_training()
    added = save(training, wanted(training, 12, 13))
    session.expire_all()
    assert added.starts_at == datetime.combine(training.starts_on, time(6), UTC)
