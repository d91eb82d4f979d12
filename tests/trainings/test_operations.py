"""Making trainings from files: what is created on the way, and every refusal with its place."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.audit import queries as audit
from portal.catalog import kinds as plans
from portal.catalog import operations as catalog
from portal.catalog.models import Course, Project, Venue
from portal.config import Settings
from portal.platform.db import transaction
from portal.platform.errors import Refusal
from portal.trainings import files as training_files
from portal.trainings import models as training_models
from portal.trainings.models import Training
from tests import factories, parallel

SAMPLE = json.loads((Path(__file__).parents[1] / "data" / "training.json").read_text(encoding="utf-8"))
Change = Callable[[dict[str, Any]], object]


@pytest.fixture(autouse=True)
def donors(app: Flask, now: datetime) -> None:
    catalog.load_donors(actor=Operator(), now=now)


def create(document: Any, now: datetime) -> Training:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return training_files.create_from_file(content, actor=Operator(), now=now)


def changed(change: Change) -> dict[str, Any]:
    document = json.loads(json.dumps(SAMPLE))
    change(document)
    return document


def refusal(document: Any, now: datetime) -> str:
    with pytest.raises(Refusal) as refused:
        create(document, now)
    return str(refused.value)


def test_sample_becomes_an_approved_training(session: scoped_session, now: datetime) -> None:
    training = create(SAMPLE, now)

    assert (training.code, training.state) == ("NAR-2027-01", "approved")
    assert training.title_ky == "Адам сатууну тергөө жана куугунтуктоо"
    assert (training.capacity, training.minimum_attendance, training.hours) == (90, 80, 12)
    assert training.venue.name_en == "Naryn, training hall"
    assert training.sessions[0].starts_at == datetime(2027, 3, 9, 3, 30, tzinfo=UTC)
    assert [str(one.local_date) for one in training.sessions] == ["2027-03-09"] * 2 + ["2027-03-10"] * 2
    assert [(a.institution.code, a.seats) for a in training.allotments] == [("GPO", 60)]
    assert [donor.code for donor in training.project.donors] == ["INL"]
    assert audit.check_chain().first_bad is None


def test_second_training_takes_the_next_code_and_makes_nothing_twice(session: scoped_session, now: datetime) -> None:
    assert [create(SAMPLE, now).code, create(SAMPLE, now).code] == ["NAR-2027-01", "NAR-2027-02"]
    for model in (Course, Project, Venue):
        assert session.scalar(select(func.count()).select_from(model)) == 1


def create_committed(_app: Flask, now: datetime) -> str:
    with _app.app_context(), transaction():
        return create(SAMPLE, now).code


def test_trainings_made_at_once_have_codes_of_their_own(
    session: scoped_session, settings: Settings, now: datetime
) -> None:
    session.commit()
    codes = parallel.in_processes(settings, create_committed, [(now,)] * 4)
    assert sorted(codes) == [f"NAR-2027-{number:02d}" for number in range(1, 5)]
    assert session.scalar(select(func.count()).select_from(Course)) == 1
    assert audit.check_chain().first_bad is None


def test_codes_go_on_after_ninety_nine(session: scoped_session, now: datetime) -> None:
    factories.make_training("NAR-2027-99", region="KG-N")
    create(SAMPLE, now)
    session.execute(training_models.TrainingCounter.__table__.update().values(last=99))
    assert create(SAMPLE, now).code == "NAR-2027-100"


def test_known_course_keeps_its_title_and_the_training_takes_the_files(now: datetime, app: Flask) -> None:
    factories.make_course("TIP-INV", title_ru="Курс", hours=24)
    training = create(changed(lambda it: it.update(title_ru="Нарын: первый поток")), now)
    assert (training.course.title_ru, training.course.hours) == ("Курс", 24)
    assert (training.title_ru, training.title_en, training.hours) == ("Нарын: первый поток", "", 12)


def test_known_course_gives_title_and_hours_to_a_file_without(now: datetime, app: Flask) -> None:
    factories.make_course("TIP-INV", title_ru="Курс", title_ky="", title_en="", hours=24)
    training = create(changed(lambda it: it.update(course={"code": "TIP-INV"})), now)
    assert (training.title_ru, training.hours) == ("Курс", 24)


def test_hours_and_times_without_offset_follow_the_sessions_and_the_venue(now: datetime, app: Flask) -> None:
    def local(document: dict[str, Any]) -> None:
        del document["course"]["hours"]
        document["sessions"] = [
            {"title_ru": "Занятие", "starts_at": "2027-03-09T09:30", "ends_at": "2027-03-09T12:00"},
        ]

    training = create(changed(local), now)
    assert training.sessions[0].starts_at == datetime(2027, 3, 9, 3, 30, tzinfo=UTC)
    assert training.hours == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no JSON at line 1"),
        (b"{", "no JSON at line 1, column 2"),
        (b"[1]", "no JSON object"),
        (b'"text"', "no JSON object"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[" * 100_000, "no JSON that can be read"),
        (b'{"a": 1' + b" " * training_files.MAX_BYTES, "larger than 1 MB"),
        (b"{}", "region: is missing."),
    ],
)
def test_unreadable_file_is_refused(content: bytes, words: str, now: datetime) -> None:
    assert words in refusal(content, now)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda it: it.update(region="KG-X"), "region: there is no region “KG-X”. Nearest:"),
        (lambda it: it.update(region="Narin oblast"), "Nearest: KG-N"),
        (lambda it: it.update(region="Osh"), "Nearest: KG-O, KG-GO"),
        (lambda it: it.update(region=7), "region: must be a text."),
        (lambda it: it.update(ends_on="2027-03-08"), "ends_on: The last day is before the first one."),
        (lambda it: it.update(starts_on="9 March"), "starts_on: must be a date"),
        (lambda it: it.pop("ends_on"), "ends_on: is missing."),
        (lambda it: it.update(capacity=0), "capacity: Give at least one seat."),
        (lambda it: it.update(capacity=10**30), "capacity: Give at most 10000 seats."),
        (lambda it: it.update(capacity="90"), "capacity: must be a whole number."),
        (lambda it: it.update(capacity=True), "capacity: must be a whole number."),
        (lambda it: it.update(capacity=50), "allotments[1].seats: 60 seats are kept, but the training has 50."),
        (lambda it: it.update(minimum_attendance=120), "minimum_attendance: The minimum attendance is a percentage"),
        (lambda it: it.update(sessions=[]), "sessions: Plan at least one session."),
        (lambda it: it.update(sessions={}), "sessions: must be a list of objects."),
        (
            lambda it: it["sessions"][1].update(ends_at="2027-03-09T13:00:00+06:00"),
            "sessions[2].ends_at: The session ends before it begins.",
        ),
        (lambda it: it["sessions"][3].update(ends_at="2027-03-11T16:30:00+06:00"), "sessions[4].ends_at"),
        (
            lambda it: it["sessions"][0].update(
                starts_at="2027-03-12T09:30:00+06:00", ends_at="2027-03-12T10:30:00+06:00"
            ),
            "sessions[1].local_date: The session is on 2027-03-12, the training from 2027-03-09 to 2027-03-10.",
        ),
        (
            lambda it: it["sessions"][1].update(starts_at="2027-03-09T12:00:00+06:00"),
            "sessions[2].starts_at: The session overlaps session 1.",
        ),
        (lambda it: it["sessions"][0].update(starts_at="half past nine"), "sessions[1].starts_at: must be a time"),
        (lambda it: it["sessions"][0].update(title_en="", title_ru="", title_ky=""), "sessions[1].title_ru: Give the"),
        (lambda it: it.pop("course"), "course: is missing"),
        (lambda it: it.update(course={"code": "NEW", "hours": 8}), "There is no course “NEW” yet: give its title"),
        (lambda it: it["course"].update(code=""), "course.code: is missing."),
        (lambda it: it["course"].update(code="x" * 21), "course.code: is too long"),
        (lambda it: it["course"].update(title_ru="Ош\u202e"), "course.title_ru: is too long or holds an invisible"),
        (
            lambda it: it["allotments"][0].update(institution="GOP"),
            "allotments[1].institution: there is no institution",
        ),
        (lambda it: it["allotments"][0].update(seats=0), "allotments[1].seats: Give at least one seat."),
        (lambda it: it["allotments"][0].update(role="boss"), "allotments[1].role: must be one of"),
        (lambda it: it["project"].update(donors=["IML"]), "There is no donor “IML”. Nearest: INL."),
        (lambda it: it["project"].update(donors="INL"), "project.donors: must be a list of codes."),
        (lambda it: it["project"].update(vetting_required="no"), "project.vetting_required: must be true or false."),
        (lambda it: it.update(time_zone="Asia/Naryn"), "“Asia/Naryn” is no time zone."),
        (lambda it: it.update(time_zone="../../etc/passwd"), "is no time zone."),
        (lambda it: it.update(title_ru="Расследование торговли людьми " * 9), "title_ru: The text is too long for its"),
        (lambda it: it.update(hosts=["MIO"]), "hosts.MIO: there is no institution “MIO”. Nearest:"),
        (lambda it: it.update(working_language="fr"), "working_language: Choose one of the list."),
        (lambda it: it.update(minimum_grade=101), "minimum_grade: The minimum grade is a percentage"),
        (lambda it: it.update(people_planned=0), "people_planned: Give the planned number"),
        (lambda it: it.update(names_due_days=20), "names_due_days: The list of names is final before"),
        (lambda it: it.update(nominations_due_days=400), "nominations_due_days: Give the days before"),
        (lambda it: it.update(comments=7), "comments: must be a text."),
        (
            lambda it: it["project"].update(code="FRESH", signatories=[{"name": "А. Асанов"}]),
            "signatories[1].post_ru: Give the post",
        ),
        (
            lambda it: it["project"].update(code="FRESH", signatories=[{}] * 4),
            "project.signatories: must be at most 3 objects.",
        ),
        (lambda it: it.update(venue=""), "venue: must be a name"),
        (lambda it: it.update(venue={"name_ru": "x" * 201}), "venue: must be a name"),
    ],
)
def test_wrong_value_is_refused_with_its_place(change: Change, words: str, now: datetime) -> None:
    assert words in refusal(changed(change), now)


def test_all_faults_of_a_plan_are_told_at_once(now: datetime) -> None:
    words = refusal(changed(lambda it: it.update(capacity=0, minimum_attendance=101, allotments=[])), now)
    assert "capacity: " in words
    assert "minimum_attendance: " in words


def test_unlike_donor_is_made(now: datetime) -> None:
    training = create(changed(lambda it: it["project"].update(donors=["INL", "OSCE-PCB"])), now)
    assert [donor.code for donor in training.project.donors] == ["INL", "OSCE-PCB"]


def test_venue_may_be_named_in_three_languages(now: datetime) -> None:
    names = {"name_ky": "Нарын, окуу залы", "name_ru": "Нарын, учебный зал", "name_en": "Naryn, training hall"}
    first = create(changed(lambda it: it.update(venue=names)), now)
    second = create(SAMPLE, now)
    assert (first.venue.name_ky, second.venue.id) == ("Нарын, окуу залы", first.venue.id)


def test_file_may_say_more_than_days_and_seats(session: scoped_session, now: datetime) -> None:
    def more(it: dict[str, Any]) -> None:
        it.update(objectives_ru="  Цель \n\n\n Вторая ", profile_en="Investigators", hosts=["MOI", "GPO"])
        it.update(working_language="ky-ru", interpreter=True, minimum_grade=70, people_planned=60)
        it.update(nominations_due_days=21, names_due_days=10, comments="Hall from 8:00")
        it.update(contact="runs@test.example")
        it["project"].update(code="FRESH", certificate_series="FR", organizers_ru="МВД")
        it["project"].update(signatories=[{"name": "А. Асанов", "post_ru": "Директор"}])

    contact = factories.make_account(email="runs@test.example", regions=["KG-N"])
    training = create(changed(more), now)
    assert training.contact_id == contact.id
    assert (training.objectives_ru, training.profile_en) == ("Цель\n\nВторая", "Investigators")
    assert [host.code for host in training.hosts] == ["GPO", "MOI"]
    assert (training.working_language, training.has_interpreter, training.minimum_grade) == ("ky-ru", True, 70)
    assert (training.people_planned, training.nominations_due_days, training.names_due_days) == (60, 21, 10)
    project = training.project
    assert (project.certificate_series, project.organizers_ru) == ("FR", "МВД")
    assert [(one.name_ru, one.post_ru) for one in project.signatories] == [("А. Асанов", "Директор")]


def test_coordinator_of_another_region_is_refused(now: datetime, aida: Account, bakyt: Account) -> None:
    content = json.dumps(SAMPLE).encode()
    with pytest.raises(plans.OutOfReach):
        training_files.create_from_file(content, actor=aida, now=now)
    assert training_files.create_from_file(content, actor=bakyt, now=now).region_code == "KG-N"
