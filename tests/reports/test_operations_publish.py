"""Releases: numbered, frozen, only of what is finalized, and never two of the same."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.access.policy import Operator
from portal.config import Settings
from portal.people.models import Person
from portal.platform import clock
from portal.platform import db as database
from portal.platform.db import db, transaction
from portal.registration.models import Registration
from portal.reports import operations as report_operations
from portal.reports import queries as report_queries
from portal.reports import rules as report_rules
from portal.reports.models import Release, ReleasePart
from portal.reports.operations import PublishedMeanwhile
from portal.reports.rules import Dimension
from portal.trainings.models import Training
from tests import factories
from tests.factories import NOW
from tests.parallel import DEADLINE, in_processes, make_barrier
from tests.refusals import raises_refusal

LATER = NOW.date() + timedelta(days=100)


def release(until: Any = LATER, k: int = 5) -> Release:
    return report_operations.publish(report_operations.prepare(until, k), actor=Operator(), now=NOW)


def content(number: int, code: str = "TIP") -> dict[str, Any]:
    part = report_queries.get_part(number, code)
    assert part is not None
    return report_queries.content_of(part)


def test_release_counts_what_is_finalized_and_names_what_is_not(app: Flask) -> None:
    factories.make_finalized("20 M KG-GO MOI, 15 F KG-O GPO")
    factories.complete(held := factories.make_training(state="held", sessions=1), 9)
    factories.make_training(state="approved")
    assert release().number == 1
    said = content(1)
    assert said["figures"] == {"trainings": 1, "people": 35, "seats": 35, "hours": 105, "copies": 0}
    assert said["tables"]["sex"]["cells"] == {"F": 15, "M": 20}
    assert said["tables"]["region"]["cells"]["KG-O"] == 15
    assert said["tables"]["institution"]["cells"] == {"MOI": 20, "GPO": 15}
    assert said["months"] == [["2026-09", 1, 35]]
    assert said["left_out"] == [held.code]


def test_people_count_once_and_merged_ones_too(app: Flask, session) -> None:
    first = factories.make_finalized("12 M KG-GO MOI")
    second = factories.make_finalized("12 F KG-J GPO", starts_on=NOW.date() + timedelta(days=7))
    known = session.scalars(select(Person).order_by(Person.id)).first()
    twin = factories.make_person(merged_into_id=known.id, sex="M")
    for person in (known, twin):
        again = factories.make_registration(training=second, person=person, state="confirmed", region_code="KG-B")
        factories.make_attendance(again)
    facts = {one.code: one for one in report_queries.list_finalized(LATER)}
    assert len(facts[first.code].seats) == 12
    assert len(facts[second.code].seats) == 13, "Of the two registrations of one person one counts."
    release()
    said = content(1)
    assert (said["figures"]["people"], said["figures"]["seats"]) == (24, 25)
    new = report_rules.newcomers(report_rules.by_day(facts.values()))
    assert report_rules.tally((seat for seats in new.values() for seat in seats), Dimension.REGION) == {
        "KG-GO": 12,
        "KG-J": 12,
    }, "A person counts as at the first training that they completed."


def test_release_stands_as_its_hash_says(app: Flask, session) -> None:
    factories.make_finalized()
    made = release()
    part = report_queries.get_part(1, "TIP")
    assert hashlib.sha256(part.content.encode()).hexdigest() == part.sha256
    assert (
        json.dumps(json.loads(part.content), ensure_ascii=False, sort_keys=True, separators=(",", ":")) == part.content
    )
    assert len(made.sha256) == 64
    session.commit()
    for statement in (
        "UPDATE release SET people = 1",
        "DELETE FROM release_part",
        "UPDATE release_part SET content = ''",
    ):
        with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
            connection.execute(text(statement))
    assert report_queries.is_unchanged(part)
    part.content += " "
    assert not report_queries.is_unchanged(part)
    session.rollback()


def own_of(said: dict[str, Any], training: Training) -> dict[str, Any]:
    return next(one for one in said["trainings"] if one["code"] == training.code)


def test_correction_of_a_few_waits_and_what_was_published_stays(app: Flask) -> None:
    first = factories.make_finalized("20 M KG-GO MOI, 15 F KG-O GPO")
    release()
    with raises_refusal("nothing_changed", match="since release 1"):
        release()
    factories.complete(first, 1, sex="F", region_code="KG-O", institution=factories.get_institution("GPO"))
    with raises_refusal("nothing_changed"):
        release()
    second = factories.make_finalized("30 M KG-GO MOI, 30 F KG-J GPO", starts_on=NOW.date() + timedelta(days=9))
    assert release().number == 2
    said = content(2)
    assert said["since"] | {"release": 0} == {
        "release": 0,
        "added": [second.code],
        "gone": [],
        "corrected": [],
        "people": 60,
        "seats": 60,
        "k": 5,
    }
    assert said["waiting"] == [first.code]
    assert own_of(said, first) == own_of(content(1), first), "No count, not even the total, says that one came more."
    assert said["tables"]["sex"]["cells"] == {"F": 45, "M": 50}
    assert said["months"] == [["2026-09", 2, 95]]
    with raises_refusal("before_last"):
        release(until=NOW.date())


def test_correction_goes_out_once_enough_have_changed(app: Flask) -> None:
    training = factories.make_finalized("20 M KG-GO MOI, 15 F KG-O GPO")
    release()
    for number in (4, 1):
        with raises_refusal("nothing_changed"):
            release()
        factories.complete(training, number, sex="F", region_code="KG-O", institution=factories.get_institution("GPO"))
    release()
    said = content(2)
    assert (said["since"]["corrected"], said["waiting"]) == ([training.code], [])
    assert own_of(said, training)["tables"]["sex"]["cells"] == {"F": None, "M": None}
    assert said["tables"]["sex"]["cells"] == {"F": 20, "M": 20}
    assert said["figures"]["people"] == 40


def test_hours_are_of_those_who_completed(app: Flask) -> None:
    """Of twenty-one who came one left early: neither the hours nor any other figure says so."""
    training = factories.make_finalized("20 M KG-GO MOI")
    early = factories.make_registration(training=training, person=factories.make_person(), state="confirmed")
    factories.make_mark(early, training.sessions[0], "present", minutes=training.sessions[0].minutes // 2)
    release()
    figures = content(1)["figures"]
    assert figures["hours"] * 60 == 20 * training.sessions[0].minutes
    assert (figures["people"], figures["seats"]) == (20, 20)


def test_larger_k_hides_what_was_shown_under_a_smaller_one(app: Flask) -> None:
    training = factories.make_finalized("30 M KG-GO MOI, 8 F KG-O GPO")
    release()
    factories.make_finalized("30 M KG-GO MOI, 30 F KG-O GPO", starts_on=NOW.date() + timedelta(days=9))
    release(k=11)
    assert own_of(content(1), training)["tables"]["sex"]["cells"] == {"F": 8, "M": 30}
    said = content(2)
    assert own_of(said, training)["tables"]["sex"]["cells"] == {"F": None, "M": None}
    tables = [said["tables"], *(one["tables"] for one in said["trainings"])]
    shown = [
        count for one in tables for name in ("sex", "region", "institution") for count in one[name]["cells"].values()
    ]
    assert not [count for count in shown if count and count < said["k"]]
    assert said["since"]["k"] == 5


def test_small_institutions_are_counted_in_groups(app: Flask) -> None:
    factories.make_finalized("20 M KG-GO MOI, 3 F KG-GO OMB, 4 M KG-GO COURTS, 2 F KG-GO BAR, 3 F KG-GO NGO-OASIS")
    release()
    said = content(1)
    assert said["tables"]["institution"]["cells"] == {"MOI": 20, "state-bodies": 7, "other-bodies": 5}
    assert said["names"]["state-bodies"]["en"].startswith("Courts")
    assert not {"OMB", "BAR"} & said["names"].keys()


def test_category_that_a_correction_empties_counts_as_nobody(app: Flask) -> None:
    """One person is moved to another institution and back; a sex that was not stated is filled in."""
    training = factories.make_finalized("20 M KG-GO MOI, 15 F KG-O GPO")
    for registration in factories.complete(training, 2, region_code="KG-O", institution=factories.get_institution()):
        registration.person.sex = None
    release()
    moved = db.session.scalars(select(Registration).order_by(Registration.id)).first()
    own, other = moved.institution, factories.get_institution("OMB")
    for institution in (other, own, other):
        moved.institution = institution
        training.corrections += 1
        factories.make_finalized(starts_on=NOW.date() + timedelta(days=training.corrections))
        release()
    for person in db.session.scalars(select(Person).where(Person.sex.is_(None))):
        person.sex = "F"
    training.corrections += 1
    factories.make_finalized(starts_on=NOW.date() + timedelta(days=9))
    assert release().number == 5


def test_nothing_finalized_makes_no_release(app: Flask, session) -> None:
    factories.complete(factories.make_training(state="held", sessions=1), 9)
    with raises_refusal("nothing_to_publish"):
        release()
    assert session.scalar(select(func.count()).select_from(Release)) == 0


def test_project_with_one_training_of_four_shows_its_total_only(app: Flask) -> None:
    small = factories.make_project("SMALL")
    factories.make_finalized("3 M KG-GO MOI, 1 F KG-O GPO", project=small)
    factories.make_finalized()
    release()
    said = content(1, "SMALL")
    assert said["figures"] == {"trainings": 1, "people": 4, "seats": 4, "hours": 12, "copies": 0}
    for tables in (said["tables"], said["trainings"][0]["tables"]):
        assert set(tables["sex"]["cells"].values()) == set(tables["region"]["cells"].values()) == {None}
        assert tables["institution"] == {"cells": {}, "other": None}
    assert (said["knowledge"], said["evaluation"], said["tables"]["service"]) == (None, None, {})


def test_counts_take_the_same_queries_for_many_trainings(app: Flask, session) -> None:
    from tests.browser import _counted_queries

    lengths = []
    for day in (0, 7, 14):
        factories.make_finalized("6 M KG-GO MOI", starts_on=NOW.date() + timedelta(days=day))
        session.commit()
        with _counted_queries() as queries:
            report_queries.list_finalized(LATER)
        lengths.append(len(queries))
    assert len(set(lengths)) == 1, lengths


def publish_now(app: Flask, barrier: Any, *, is_locked: bool) -> str:
    """Publish at the same moment as others, after all have counted."""
    with app.app_context():
        with database.reading_session():
            draft = report_operations.prepare(LATER, 5)
        if not is_locked:
            report_operations.serialize = lambda _name: None
            report_operations.ensure_as_seen = lambda _seen: None
        barrier.wait(DEADLINE)
        try:
            with transaction():
                number = report_operations.publish(draft, actor=Operator(), now=clock.now()).number
        except (PublishedMeanwhile, IntegrityError) as refusal:
            return type(refusal).__name__
    return f"release {number}"


def test_of_two_at_once_one_is_published_and_the_other_is_told(app: Flask, session, settings: Settings) -> None:
    factories.make_finalized("12 M KG-GO MOI")
    session.commit()
    barrier = make_barrier(2)
    outcome = in_processes(settings, _locked, [(barrier,), (barrier,)])
    assert sorted(outcome) == ["PublishedMeanwhile", "release 1"]
    assert session.scalars(select(Release.number)).all() == [1]
    assert session.scalar(select(func.count()).select_from(ReleasePart)) == 2


@pytest.mark.databases("sqlite")
def test_control_without_the_look_both_take_the_same_number(app: Flask, session, settings: Settings) -> None:
    factories.make_finalized("12 M KG-GO MOI")
    session.commit()
    barrier = make_barrier(2)
    outcome = in_processes(settings, _unlocked, [(barrier,), (barrier,)])
    assert sorted(outcome) == ["IntegrityError", "release 1"]


def _locked(app: Flask, barrier: Any) -> str:
    return publish_now(app, barrier, is_locked=True)


def _unlocked(app: Flask, barrier: Any) -> str:
    return publish_now(app, barrier, is_locked=False)
