"""Certificates that lie ready before the last session ends: for whom, once, in which order, and what becomes of it."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from portal.ceremony import operations as ceremony_operations
from portal.certificates import candidates
from portal.certificates import operations as certificate_operations
from portal.certificates import queries as certificate_queries
from portal.certificates.models import Certificate, CertificateCounter
from portal.certificates.operations import NothingToIssue
from portal.certificates.rules import PrintOrder, Unsettled
from portal.config import Settings
from portal.mailing import queries as mailing
from portal.mailing.rules import MailKind
from portal.platform import jobs
from portal.platform.db import transaction
from portal.platform.errors import RecordChanged, Refusal
from portal.registration.models import Registration
from portal.trainings import queries as trainings
from portal.trainings.models import Training
from portal.workspace import queries as workspace_queries
from tests import factories
from tests.certificates.arranged import OPERATOR, certificates_of, confirm, reserve
from tests.parallel import DEADLINE, in_processes, make_barrier
from tests.refusals import raises_refusal

BISHKEK = ZoneInfo("Asia/Bishkek")
LAST_DAY = date(2026, 9, 15)
NOON = datetime(2026, 9, 15, 12, 0, tzinfo=BISHKEK)


@pytest.fixture
def training(session) -> Training:
    """Return a training of two days with two sessions a day; the last one ends in the afternoon."""
    made = factories.make_training(code="OSH-2026-07", starts_on=date(2026, 9, 14), days=2, sessions=4)
    last = made.sessions[-1]
    assert last.local_date == made.ends_on == LAST_DAY and last.ends_at > NOON
    return made


def come(training: Training, family: str, states: str, **values: Any) -> Registration:
    """Add somebody with a confirmed name who is marked in the first sessions: p(resent), a(bsent) or - (not marked)."""
    person = factories.make_person(family, "Азамат")
    registration = factories.make_registration(training=training, person=person, state="confirmed", **values)
    for letter, session in zip(states, training.sessions, strict=False):
        if letter != "-":
            factories.make_mark(registration, session, {"p": "present", "a": "absent"}[letter])
    confirm(registration)
    return registration


def seen(training: Training, now: datetime = NOON) -> str:
    return ceremony_operations.fingerprint(
        [one for one in ceremony_operations.provisional(training, now) if one.is_ready]
    )


def issue_now(training: Training, now: datetime = NOON, shown: str | None = None) -> list[Certificate]:
    shown = seen(training, now) if shown is None else shown
    return ceremony_operations.issue_for_ceremony(training, shown=shown, actor=OPERATOR, now=now)


def complete_all(training: Training, now: datetime = NOON) -> list[Certificate]:
    for one in certificate_queries.list_pending(training.id):
        certificate_operations.complete(one.id, f"%PDF {one.number}".encode(), actor=OPERATOR, now=now)
    return certificates_of(training)


@pytest.mark.databases("sqlite")
def test_what_is_left_of_the_last_day_counts_as_attended_and_nothing_else(session, training) -> None:
    stays = come(training, "Асанов", "ppp")
    missed = come(training, "Бекова", "pap")
    gone = come(training, "Газиев", "pppa")
    unmarked = come(training, "Дооронов", "pp-")  # The first session of the day is over by noon.
    waits = come(training, "Эсенов", "ppp")
    waits.state = "waitlisted"
    session.flush()
    assert candidates.list_candidates(training, as_of=None)[0].eligibility.reason == "not_marked"
    made = issue_now(training)
    assert [(one.registration_id, one.is_for_ceremony) for one in made] == [(stays.id, True)]
    reasons = {one.registration.id: one.eligibility.reason for one in ceremony_operations.provisional(training, NOON)}
    assert reasons == {
        stays.id: None,
        missed.id: "below_minimum",
        gone.id: "below_minimum",
        unmarked.id: "not_marked",
        waits.id: "not_confirmed",
    }
    assert jobs.find_latest(certificate_operations.RENEW, training.code).state == "queued"
    assert not reserve(training), "The usual act assumes nothing."


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("moment", "refusal"),
    [
        (NOON - timedelta(seconds=1), "too_early"),
        (NOON - timedelta(days=1), "too_early"),
        (NOON + timedelta(hours=8), "last_session_over"),
        (NOON + timedelta(days=1), "last_session_over"),
    ],
)
def test_hour_of_the_venue_decides(session, training, moment: datetime, refusal: str) -> None:
    come(training, "Асанов", "ppp")
    with raises_refusal(refusal):
        issue_now(training, moment)
    assert not certificates_of(training)


@pytest.mark.databases("sqlite")
def test_page_that_showed_others_issues_for_nobody(session, training) -> None:
    come(training, "Асанов", "ppp")
    somebody = come(training, "Бекова", "ppp")
    shown = seen(training)
    factories.make_mark(somebody, training.sessions[3], "absent")
    with raises_refusal("list_changed"):
        issue_now(training, shown=shown)
    assert len(issue_now(training)) == 1
    with raises_refusal("list_changed"):
        issue_now(training, shown=shown)
    with pytest.raises(NothingToIssue):
        issue_now(training)
    assert session.scalars(select(CertificateCounter.last)).all() == [1]


@pytest.mark.databases("sqlite")
def test_last_marks_settle_what_was_assumed(session, training) -> None:
    stayed, left = come(training, "Асанов", "ppp"), come(training, "Бекова", "ppp")
    issue_now(training)
    complete_all(training)

    def open_step() -> tuple[int, list[Any]]:
        (found,) = workspace_queries.count_progress([training], factories.AFTER).values()
        return found.unsettled, [one.unsettled for one in candidates.list_statuses(training, as_of=None)]

    def told() -> list[int]:
        return [one.registration.id for one in mailing.list_recipients(training, MailKind.CERTIFICATE, factories.AFTER)]

    assert open_step() == (0, [None, None]), "Until the last marks are there, nothing has come apart."
    assert told() == [] and candidates.find_shown(stayed, as_of=None) is None, (
        "Nobody is told or shown what may not come true."
    )
    factories.make_mark(stayed, training.sessions[3], "present")
    assert open_step() == (0, [None, None])
    assert told() == [stayed.id] and candidates.find_shown(stayed, as_of=None) is not None
    factories.make_mark(left, training.sessions[3], "absent")
    assert open_step() == (1, [None, Unsettled.UNEARNED])
    (paper,) = [one for one in certificates_of(training) if one.registration_id == left.id]
    assert candidates.find_unsettled(paper, as_of=None) is Unsettled.UNEARNED
    assert told() == [stayed.id] and candidates.find_shown(left, as_of=None) is None


@pytest.mark.databases("sqlite")
def test_papers_lie_by_name_by_institution_and_rank_or_by_seat(session, training) -> None:
    moi, gpo = factories.get_institution("MOI"), factories.get_institution("GPO")
    told = {
        "Асанов": come(training, "Асанов", "ppp", institution_id=moi.id, rank="лейтенант"),
        "Бекова": come(training, "Бекова", "ppp"),
        "Газиев": come(training, "Газиев", "ppp", institution_id=gpo.id),
        "Дооронов": come(training, "Дооронов", "ppp", institution_id=moi.id, rank="полковник милиции"),
    }
    issue_now(training)
    complete_all(training)
    numbers = {one.registration_id: one.number for one in certificates_of(training)}

    def lie(order: PrintOrder, version: int, **seats: int) -> list[str]:
        wanted = {told[name].reference: seat for name, seat in seats.items()}
        ceremony_operations.arrange(training, order, wanted, version=version, actor=OPERATOR, now=NOON)
        found = certificate_queries.list_standing_numbers(training)
        assert [one.number for one in certificate_queries.list_standing(training)] == found
        return [name for number in found for name, one in told.items() if numbers[one.id] == number]

    assert lie(PrintOrder.NAME, 0) == ["Асанов", "Бекова", "Газиев", "Дооронов"]
    assert lie(PrintOrder.INSTITUTION, 1) == ["Газиев", "Дооронов", "Асанов", "Бекова"]
    assert lie(PrintOrder.SEAT, 2, Бекова=2, Дооронов=1) == ["Дооронов", "Бекова", "Асанов", "Газиев"]
    with pytest.raises(RecordChanged):
        lie(PrintOrder.NAME, 1)
    assert lie(PrintOrder.SEAT, 3, Газиев=5) == ["Газиев", "Асанов", "Бекова", "Дооронов"]
    assert certificate_queries.seats_of(training) == {told["Газиев"].id: 5}


def issue_at_once(app: Flask, code: str, shown: str, barrier: Any) -> int:
    with app.app_context():
        barrier.wait(DEADLINE)
        try:
            with transaction():
                return len(issue_now(trainings.get_training(code), shown=shown))
        except Refusal as refusal:
            assert refusal.code in ("list_changed", "nothing_to_issue")
            return 0


def test_many_click_at_once_and_everybody_is_numbered_once(app: Flask, session, settings: Settings, training) -> None:
    for family in ("Асанов", "Бекова", "Газиев"):
        come(training, family, "ppp")
    code, shown = training.code, seen(training)
    session.commit()
    barrier = make_barrier(3)
    numbered = in_processes(settings, issue_at_once, [(code, shown, barrier)] * 3)
    assert sorted(numbered) == [0, 0, 3]
    assert session.scalars(select(Certificate.serial).order_by(Certificate.serial)).all() == [1, 2, 3]
