"""Donors, projects, courses and venues: what is refused, what two editors do to each other, what is recorded."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.audit.models import AuditDetail, AuditEntry
from portal.catalog import operations as catalog
from portal.catalog.kinds import COURSES, DONORS, PROJECTS, VENUES, OutOfReach
from portal.catalog.models import Venue
from portal.catalog.rules import NewCourse, NewVenue, PlannedSignatory
from portal.platform.errors import CodeTaken, RecordChanged
from portal.platform.texts import Text
from portal.records import operations as records
from portal.records.refusals import PlanRefused
from tests import factories
from tests.refusals import raises_refusal

DAY = timedelta(days=1)
NAMES = Text(ky="Бюро", ru="Бюро", en="Bureau")
LONG_LINE = "При финансовой поддержке Бюро по международным делам в сфере борьбы с наркотиками " * 6
PROJECT = {
    "title": Text(ru="Проект"),
    "certificate_series": "TIP",
    "organizers": Text(ru="Министерство"),
    "acknowledgement": Text(ru="При поддержке"),
    "signatories": [PlannedSignatory("А. Асанов", Text(ru="Директор"))],
}
VENUE = {
    "name": Text(ru="Большой зал"),
    "address": Text(ru="ул. Ленина, 1"),
    "contact_phone": "0770 75 77 97",
}


def last(session: scoped_session) -> tuple[str, AuditDetail]:
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    return entry.event, session.get_one(AuditDetail, entry.id)


def faults(refused: pytest.ExceptionInfo[PlanRefused]) -> set[tuple[str, str, int | None]]:
    return {(fault.code.value, fault.field, fault.place) for fault in refused.value.faults}


def test_donor_is_made_and_renamed_with_its_entry(app: Flask, session: scoped_session, now: datetime) -> None:
    donor = records.create(DONORS, {"code": "OSCE", "name": NAMES}, actor=Operator(), now=now)
    renamed = {"name": replace(NAMES, en="Office")}
    records.change(DONORS, donor, renamed, version=donor.version, actor=Operator(), now=now)
    event, detail = last(session)
    assert (event, detail.before, detail.after) == (
        "trainings.donor_changed",
        {"name_en": "Bureau"},
        {"name_en": "Office"},
    )
    assert "office" in donor.search_text


def test_code_is_given_once_in_whatever_case(app: Flask, now: datetime) -> None:
    records.create(DONORS, {"code": "OSCE", "name": NAMES}, actor=Operator(), now=now)
    with pytest.raises(CodeTaken):
        records.create(DONORS, {"code": "osce", "name": NAMES}, actor=Operator(), now=now)


def test_stale_version_is_refused_for_every_kind(app: Flask, session: scoped_session, now: datetime) -> None:
    course, project, venue = factories.make_course(), factories.make_project(), factories.make_venue()
    acting = {"version": 0, "actor": Operator(), "now": now}
    with pytest.raises(RecordChanged):
        records.change(COURSES, course, {"title": NAMES, "hours": 8}, **acting)
    with pytest.raises(RecordChanged):
        records.change(PROJECTS, project, {**PROJECT, "donors": project.donors}, **acting)
    with pytest.raises(RecordChanged):
        records.change(VENUES, venue, VENUE, **acting)


def test_saving_without_a_change_leaves_no_trace(app: Flask, session: scoped_session, now: datetime) -> None:
    project = factories.make_project()
    version, before = project.version, session.scalars(select(AuditEntry.id)).all()
    records.change(PROJECTS, project, PROJECTS.values_of(project), version=version, actor=Operator(), now=now)
    assert project.version == version
    assert session.scalars(select(AuditEntry.id)).all() == before


def test_signatories_change_in_place_and_make_a_new_version(app: Flask, session: scoped_session, now: datetime) -> None:
    values = {**PROJECT, "donors": [factories.make_donor()]}
    project = records.create(PROJECTS, {"code": "NEW", **values}, actor=Operator(), now=now)
    version = project.version
    second = PlannedSignatory("B. Smith", Text(en="Head of office"))
    planned = {**values, "signatories": [second, *PROJECT["signatories"]]}
    records.change(PROJECTS, project, planned, version=version, actor=Operator(), now=now)
    session.expire_all()
    assert [(one.order, one.name_ru) for one in project.signatories] == [(1, "B. Smith"), (2, "А. Асанов")]
    assert project.version == version + 1
    unsigned = {**values, "signatories": []}
    records.change(PROJECTS, project, unsigned, version=version + 1, actor=Operator(), now=now)
    session.expire_all()
    assert project.signatories == []


def test_text_that_no_certificate_can_print_is_refused(app: Flask, now: datetime) -> None:
    planned = {
        **PROJECT,
        "code": "NEW",
        "organizers": Text(ru=LONG_LINE, en="Ministry 部"),
        "acknowledgement": Text(ky="x" * 501, en=LONG_LINE[:400]),
        "signatories": [PlannedSignatory("А" * 90, Text(ru=LONG_LINE[:199])), PlannedSignatory("Б", Text())],
        "certificate_series": "tip",
    }
    with pytest.raises(PlanRefused) as refused:
        records.create(PROJECTS, planned, actor=Operator(), now=now)
    assert faults(refused) == {
        ("series_unfit", "certificate_series", None),
        ("does_not_fit", "organizers_ru", None),
        ("letter_not_printed", "organizers_en", None),
        ("text_too_long", "acknowledgement_ky", None),
        ("does_not_fit", "acknowledgement_en", None),
        ("does_not_fit", "name", 0),
        ("does_not_fit", "post_ru", 0),
        ("post_missing", "post_ru", 1),
    }
    assert "of its" in str(refused.value)


def test_title_of_a_course_fits_the_certificate(app: Flask, now: datetime) -> None:
    with pytest.raises(PlanRefused) as refused:
        values = {"code": "C-1", "title": Text(ru=LONG_LINE[:200]), "hours": 0}
        records.create(COURSES, values, actor=Operator(), now=now)
    assert faults(refused) == {("does_not_fit", "title_ru", None), ("hours_implausible", "hours", None)}


def test_venue_belongs_to_a_region_and_has_a_name_of_its_own(app: Flask, now: datetime, aida: Account) -> None:
    here = {**VENUE, "region_code": "KG-GO"}
    venue = records.create(VENUES, here, actor=aida, now=now)
    assert (venue.contact_phone, venue.address_ru) == ("+996770757797", "ул. Ленина, 1")
    with raises_refusal("venue_known"):
        records.create(VENUES, {**here, "name": Text(ky="большой  зал")}, actor=aida, now=now)
    with pytest.raises(OutOfReach):
        records.create(VENUES, {**here, "region_code": "KG-N"}, actor=aida, now=now)
    other = records.create(VENUES, {**here, "region_code": "KG-O"}, actor=aida, now=now)
    assert other.id != venue.id


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"name": Text()}, ("name_missing", "name_ru", None)),
        ({"name": Text(ru=LONG_LINE[:180])}, ("does_not_fit", "name_ru", None)),
        ({"hall_capacity": 0}, ("hall_implausible", "hall_capacity", None)),
        ({"contact_phone": "call me"}, ("phone_unreadable", "contact_phone", None)),
        ({"contact": "Айгүл\u202e"}, ("hidden_character", "contact", None)),
    ],
)
def test_wrong_venue_is_refused(app: Flask, now: datetime, values: dict[str, object], fault: object) -> None:
    with pytest.raises(PlanRefused) as refused:
        records.create(VENUES, {**VENUE, "region_code": "KG-GO", **values}, actor=Operator(), now=now)
    assert faults(refused) == {fault}


def test_clock_of_a_venue_stays_once_a_training_is_planned_on_it(
    app: Flask, session: scoped_session, now: datetime
) -> None:
    venue = factories.make_venue()
    tashkent = {**VENUE, "time_zone": "Asia/Tashkent"}
    records.change(VENUES, venue, tashkent, version=venue.version, actor=Operator(), now=now)
    factories.make_training(venue=venue)
    with raises_refusal("clock_in_use"):
        records.change(VENUES, venue, VENUE, version=venue.version, actor=Operator(), now=now)
    assert session.scalars(select(Venue.time_zone)).all() == ["Asia/Tashkent"]


def test_what_is_retired_is_taken_for_nothing_new(app: Flask, session: scoped_session, now: datetime) -> None:
    course, venue = factories.make_course("OLD"), factories.make_venue(name_ru="Старый зал")
    for kind, record in ((COURSES, course), (VENUES, venue)):
        records.set_retired(kind, record, True, actor=Operator(), now=now)
        records.set_retired(kind, record, True, actor=Operator(), now=now + DAY)
    assert (course.retired_at, venue.retired_at) == (now, now)
    assert session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all() == [
        "trainings.course_retired",
        "trainings.venue_retired",
    ]
    for act in (
        lambda: catalog.take_course("OLD", Text(), 8),
        lambda: catalog.make_course(NewCourse("OLD", Text(ru="Курс"), 8)),
        lambda: catalog.take_venue(NewVenue(Text(ru="старый Зал")), venue.region),
    ):
        with raises_refusal("retired"):
            act()
    records.set_retired(COURSES, course, False, actor=Operator(), now=now)
    assert catalog.take_course("OLD", Text(), 8) == course
