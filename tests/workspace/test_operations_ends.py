"""Moving and cancelling: what moves along, who is told in the same act, what forbids it."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.agenda import queries as agenda_queries
from portal.agenda.operations import TrainingChanged
from portal.audit.models import AuditDetail, AuditEntry
from portal.catalog.kinds import VenueElsewhere
from portal.platform.errors import ReasonMissing
from portal.platform.mail import OutboxMail
from portal.records.refusals import PlanRefused
from portal.trainings.models import Training
from portal.trainings.rules import TrainingState, Whereabouts
from portal.workspace import changes
from portal.workspace.changes import Act, Notified
from tests import factories
from tests.refusals import raises_refusal

LATER = timedelta(days=7)


def act(training: Training, **values: object) -> Act:
    return Act(**{"version": training.version, "reason": "Перевал закрыт", **values})  # type: ignore[arg-type]


def move(training: Training, now: datetime, **values: object) -> Notified:
    to, venue = values.pop("to", training.starts_on + LATER), values.pop("venue", training.venue)
    return changes.move(training, to, venue, act=act(training, **values), actor=Operator(), now=now)  # type: ignore[arg-type]


def cancel(training: Training, now: datetime, end: str = "cancelled_by_host", **values: object) -> Notified:
    return changes.cancel(training, TrainingState(end), act=act(training, **values), actor=Operator(), now=now)


def last_detail(session: scoped_session, event: str) -> AuditDetail:
    entry = session.scalars(select(AuditEntry).where(AuditEntry.event == event)).one()
    return session.get_one(AuditDetail, entry.id)


def test_whole_agenda_moves_and_keeps_its_hours(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training()
    pause = factories.make_break(training)
    venue = factories.make_venue(time_zone="Europe/Vienna", name_ru="Другое место")
    references, version = [one.reference for one in training.sessions], training.version
    old_days = training.starts_on, training.ends_on
    move(training, now, venue=venue)
    session.expire_all()

    assert (training.starts_on, training.ends_on) == (old_days[0] + LATER, old_days[1] + LATER)
    assert [one.reference for one in training.sessions] == references
    assert [one.local_date for one in training.sessions] == [old_days[0] + LATER] * 2 + [old_days[1] + LATER] * 2
    zone = ZoneInfo("Europe/Vienna")
    assert [f"{one.starts_at.astimezone(zone):%H:%M}" for one in training.sessions[:2]] == ["09:00", "14:00"]
    assert (f"{pause.starts_at.astimezone(zone):%H:%M}", pause.local_date) == ("12:00", old_days[0] + LATER)
    assert training.version == version + 1
    detail = last_detail(session, "trainings.moved")
    assert (detail.before["starts_on"], detail.after["reason"]) == (old_days[0].isoformat(), "Перевал закрыт")


def test_everyone_who_counts_on_it_is_told_in_the_same_act(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training(starts_on=now.date() + LATER)
    mailed = factories.make_person(email="a@test.example", language="ky")
    for person, state in (
        (mailed, "confirmed"),
        (factories.make_person(), "invited"),
        (factories.make_person(), "declined"),
    ):
        factories.make_registration(training=training, person=person, state=state)
    leader = factories.make_person(email="leader@test.example")
    factories.make_facilitator(training.sessions[0], leader)
    factories.make_facilitator(training.sessions[1], mailed)
    told = move(training, now + timedelta(hours=1))

    assert told == Notified(by_mail=2, by_hand=1)
    mails = {one.recipient: one for one in session.scalars(select(OutboxMail))}
    assert set(mails) == {"a@test.example", "leader@test.example"}
    assert mails["leader@test.example"].language == "ru"
    assert "Перевал" not in "".join(one.text for one in mails.values())
    names = [f"{training.code}.ics", f"{training.code}-cancelled.ics"]
    files = {file["filename"]: file for file in mails["a@test.example"].attachments}
    assert list(files) == names
    assert [file["media_type"].partition("method=")[2] for file in files.values()] == ["PUBLISH", "CANCEL"]
    old = {f"{training.code}-{training.starts_on - LATER + timedelta(days=number):%Y%m%d}" for number in (0, 1)}
    assert all(f"UID:{day}@" in files[names[1]]["content"] for day in old)
    assert not any(f"UID:{day}@" in files[names[0]]["content"] for day in old)
    assert cancel(training, now + timedelta(hours=2)) == Notified(by_mail=2, by_hand=1)
    assert len(session.scalars(select(OutboxMail)).all()) == 4
    last = session.scalars(select(OutboxMail).where(OutboxMail.kind == "cancelled")).first()
    assert [file["filename"] for file in last.attachments] == names[1:]
    assert last.attachments[0]["content"].count("STATUS:CANCELLED") == 4


def test_nobody_is_told_when_not_wanted_or_too_late(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training(starts_on=now.date() + LATER)
    factories.make_registration(training=training, person=factories.make_person(email="a@test.example"))
    assert move(training, now, is_telling=False) == Notified()
    assert move(training, now, to=now.date() - LATER, is_past_meant=True) == Notified()
    assert session.scalars(select(OutboxMail)).all() == []


@pytest.mark.parametrize("back", [1, 7])
def test_move_into_the_past_is_asked_about_and_told_to_nobody(
    app: Flask, session: scoped_session, now: datetime, back: int
) -> None:
    """Also where its last day is still to come: a first day that has gone by is a slip unless somebody says so."""
    training = factories.make_training(starts_on=now.date() + LATER)
    factories.make_registration(training=training, person=factories.make_person(email="a@test.example"))
    past = now.date() - timedelta(days=back)
    with pytest.raises(PlanRefused) as refused:
        move(training, now, to=past)
    assert [fault.code for fault in refused.value.faults] == ["past_not_meant"]
    assert training.starts_on == now.date() + LATER
    assert move(training, now, to=past, is_past_meant=True) == Notified()
    assert training.starts_on == past
    assert session.scalars(select(OutboxMail)).all() == []


@pytest.mark.parametrize("end", ["cancelled_by_organizer", "cancelled_by_host"])
def test_training_is_cancelled_with_its_reason(app: Flask, session: scoped_session, now: datetime, end: str) -> None:
    training = factories.make_training()
    factories.make_attendance(factories.make_registration(training=training, state="confirmed"))  # It broke off.
    cancel(training, now, end)
    session.expire_all()
    assert (training.state, training.cancellation_reason) == (end, "Перевал закрыт")
    detail = last_detail(session, "trainings.cancelled")
    assert (detail.before, detail.after["state"]) == ({"state": "approved"}, end)
    with raises_refusal("cancel_barred", match="cancelled already"):
        cancel(training, now)


@pytest.mark.parametrize(
    ("state", "words"),
    [("finalized", "finalized"), ("held", "took place"), ("cancelled_by_host", "cancelled already")],
)
def test_training_at_its_end_stays(app: Flask, session: scoped_session, now: datetime, state: str, words: str) -> None:
    training = factories.make_training(state=state)
    with raises_refusal("cancel_barred", match=words):
        cancel(training, now)
    with raises_refusal("move_barred", match=words):
        move(training, now)
    assert training.state == state


def test_marks_and_certificates_forbid_a_move(app: Flask, session: scoped_session, now: datetime) -> None:
    marked, certified = factories.make_training(), factories.make_training()
    factories.make_attendance(factories.make_registration(training=marked, state="confirmed"))
    factories.make_certificate(factories.make_registration(training=certified, state="confirmed"))
    with raises_refusal("move_barred", match="People are marked"):
        move(marked, now)
    with raises_refusal("move_barred", match="Certificates are issued"):
        move(certified, now)
    with raises_refusal("cancel_barred", match="Certificates are issued"):
        cancel(certified, now)


def test_move_that_makes_no_sense_is_refused(app: Flask, session: scoped_session, now: datetime) -> None:
    training = factories.make_training()
    with raises_refusal("nothing_moves"):
        move(training, now, to=training.starts_on)
    with pytest.raises(PlanRefused):
        move(training, now, to=date(1970, 1, 1))
    with pytest.raises(VenueElsewhere):
        move(training, now, venue=factories.make_venue("KG-N"))
    with pytest.raises(ReasonMissing):
        move(training, now, reason=" ")
    with pytest.raises(TrainingChanged):
        move(training, now, version=training.version - 1)


def test_conflicts_are_those_of_the_new_days(app: Flask, session: scoped_session, aida: Account) -> None:
    training = factories.make_training()
    later = factories.make_training(starts_on=training.starts_on + LATER)
    leader = factories.make_person()
    for one in (training, later):
        factories.make_facilitator(one.sessions[0], leader)
        factories.make_registration(training=one, person=leader, state="confirmed")
    assert agenda_queries.list_conflicts(training, aida).count == 0
    where = Whereabouts(later.starts_on, later.ends_on, later.venue_id, training.time_zone)
    found = agenda_queries.list_conflicts(training, aida, where)
    assert (len(found.facilitators), len(found.venue), found.people.count) == (1, 4, 1)
    assert found.people.rows[0].days == (later.starts_on, later.ends_on)
