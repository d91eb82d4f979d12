"""The counts of trainings: the same as the rules of attendance say, in three queries for any number of trainings."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import scoped_session

from portal.accounts.models import Account
from portal.attendance import queries as attendance
from portal.certificates import candidates
from portal.platform.db import db
from portal.workspace import queries as workspace_queries
from portal.workspace.queries import Filters
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.databases("sqlite", "postgresql")
TODAY = NOW.date()


def test_counts_of_one_training(app: Flask, session: scoped_session) -> None:
    training = factories.make_training()
    one, two, three = factories.make_registrations(training, 3)
    factories.make_registration(training=training, state="nominated")
    factories.make_registration(training=training, state="waitlisted")
    factories.make_registration(training=training, state="withdrawn")
    factories.make_registration(training=training, state="confirmed", role="facilitator")
    factories.make_nomination_list(training)
    first, *_rest = training.sessions
    factories.make_attendance(one)
    factories.make_mark(two, first)
    factories.make_mark(three, first)
    factories.make_mark(three, first, "cleared", marked_at=NOW + timedelta(minutes=1))
    factories.make_name(one.person, family="Асанов", given="Азамат", confirmed_at=NOW)
    factories.make_certificate(two)

    progress = workspace_queries.count_progress([training], factories.AFTER)[training.id]

    assert (progress.nominated, progress.waitlisted, progress.confirmed, progress.ended) == (1, 1, 3, 1)
    assert progress.staged_lists == 1
    assert [session.marked for session in progress.sessions] == [2, 1, 1, 1]
    assert (progress.names_checked, progress.certified, progress.issued) == (1, 1, 1)
    assert progress.eligible_uncertified == 1


def test_eligible_have_passed_the_test_where_it_is_required(app: Flask, session: scoped_session) -> None:
    training = factories.make_training(is_assessment_required=True, minimum_grade=75)
    factories.make_questions(training.course)
    for letters in ("A B CD B", "A B - -", ""):
        registration = factories.make_registration(training=training, state="confirmed")
        factories.make_attendance(registration)
        if letters:
            factories.make_sheet(registration, "post", letters)
            factories.make_sheet(registration, "pre", "- - - -", revision=2)
    progress = workspace_queries.count_progress([training], factories.AFTER)[training.id]
    assert (progress.eligible_uncertified, progress.pre_sheets, progress.post_sheets) == (1, 2, 2)
    assert (progress.pre_open, progress.post_open, progress.post_closed) == (1, 1, 0)
    training.is_assessment_required = False
    assert workspace_queries.count_progress([training], factories.AFTER)[training.id].eligible_uncertified == 3


def test_eligible_are_those_whom_the_rule_of_attendance_names(app: Flask, session: scoped_session) -> None:
    training = factories.make_training(minimum_attendance=75)
    people = factories.make_registrations(training, 6)
    sessions = training.sessions
    for number, person in enumerate(people):
        for one in sessions[:number]:
            factories.make_mark(person, one, "late" if number % 2 else "present")
    factories.make_mark(people[5], sessions[3], "present", minutes=10, marked_at=NOW + timedelta(minutes=1))
    factories.make_mark(people[4], sessions[0], "absent", is_decision=True, marked_at=NOW - timedelta(days=1))

    known = attendance.attended(training, as_of=None)
    eligible = [person for person in people if known[person.id].reaches(training.minimum_attendance)]

    assert (
        workspace_queries.count_progress([training], factories.AFTER)[training.id].eligible_uncertified
        == len(eligible)
        == 3
    )


def test_revoked_or_replaced_certificates_are_not_counted_as_issued(app: Flask, session: scoped_session) -> None:
    training = factories.make_training()
    one, two = factories.make_registrations(training, 2)
    factories.make_certificate(one, revoked_at=NOW, revoked_by="operator", revoke_reason="test")
    factories.make_certificate(two, state="failed")
    progress = workspace_queries.count_progress([training], factories.AFTER)[training.id]
    assert (progress.certified, progress.issued) == (1, 0)


def test_certificates_that_no_longer_fit_are_counted_as_the_rule_says(app: Flask, session: scoped_session) -> None:
    training = factories.make_training(is_assessment_required=True, minimum_grade=75)
    factories.make_questions(training.course)
    later = NOW + timedelta(hours=1)
    people = factories.make_registrations(training, 8)
    for one in people:
        factories.make_attendance(one)
        factories.make_sheet(one, "post", "A B CD A")
    right, tested, marked, gone, revoked, again, renewed, _none = people
    for one in people[:-1]:
        lapsed = {"revoked_at": NOW, "revoked_by": "operator"} if one in (revoked, again, renewed) else {}
        factories.make_certificate(one, **lapsed)
    factories.make_sheet(tested, "post", "A - - -", revision=2)
    factories.make_mark(marked, training.sessions[0], "absent", is_decision=True)
    gone.state = "withdrawn"
    for one in (again, renewed):
        factories.make_mark(one, training.sessions[0], marked_at=later, received_at=later)
    factories.make_certificate(renewed, revision=2, state="pending")
    session.flush()

    standings = {one.registration_id: one.unsettled for one in candidates.list_statuses(training, as_of=None)}

    named = {one.id for one in (tested, marked, gone, again)}
    assert {one for one, found in standings.items() if found} == named
    assert (standings[again.id], standings[gone.id]) == ("earned_again", "unearned")
    assert workspace_queries.count_progress([training], factories.AFTER)[training.id].unsettled == len(named)
    assert standings[right.id] is standings[revoked.id] is None


def test_number_of_queries_does_not_grow(app: Flask, session: scoped_session) -> None:
    trainings = [factories.make_training() for _ in range(3)]
    for training in trainings:
        factories.make_attendance(factories.make_registration(training=training, state="confirmed"))
    session.commit()
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    ids = [training.id for training in trainings]
    statements.clear()
    counts = workspace_queries.count_progress(trainings, factories.AFTER)
    assert len(statements) <= 4  # One more loads a training that the commit has expired.
    assert [counts[one].confirmed for one in ids] == [1, 1, 1]


def test_nothing_is_asked_without_trainings(app: Flask) -> None:
    assert workspace_queries.count_progress([], factories.AFTER) == {}


def test_list_is_scoped_and_paged(app: Flask, aida: Account, bakyt: Account) -> None:
    south = [
        factories.make_training(starts_on=TODAY + timedelta(days=day)) for day in range(workspace_queries.PAGE_SIZE + 2)
    ]
    factories.make_training(region="KG-N")

    first = workspace_queries.page_of_trainings(aida, Filters(), 1, TODAY)
    second = workspace_queries.page_of_trainings(aida, Filters(), 2, TODAY)

    assert (first.rows, first.last, len(first.items), len(second.items)) == (
        len(south),
        2,
        workspace_queries.PAGE_SIZE,
        2,
    )
    assert first.items[0].training == south[-1]
    assert second.items[-1].training == south[0]
    assert workspace_queries.page_of_trainings(bakyt, Filters(), 9, TODAY).rows == 1


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), {"over", "running", "upcoming", "draft"}),
        (Filters(phase="upcoming"), {"upcoming", "draft"}),
        (Filters(phase="running"), {"running"}),
        (Filters(phase="over"), {"over"}),
        (Filters(state="draft"), {"draft"}),
        (Filters(state="draft", phase="over"), set()),
        (Filters(region="KG-N"), set()),
    ],
)
def test_list_is_sifted(app: Flask, admin: Account, filters: Filters, expected: set[str]) -> None:
    starts = {"over": TODAY - timedelta(days=2), "running": TODAY, "upcoming": TODAY + timedelta(days=1)}
    for name, day in starts.items():
        factories.make_training(starts_on=day, title_en=name)
    factories.make_training(starts_on=date(2027, 1, 1), title_en="draft", state="draft")
    page = workspace_queries.page_of_trainings(admin, filters, 1, TODAY)
    assert {row.training.title_en for row in page.items} == expected


def test_open_trainings_leave_out_what_is_finished(app: Flask, aida: Account) -> None:
    later = factories.make_training(starts_on=TODAY + timedelta(days=9))
    sooner = factories.make_training(starts_on=TODAY)
    for state in ("finalized", "cancelled_by_host", "cancelled_by_organizer"):
        factories.make_training(state=state)
    factories.make_training(region="KG-N")
    assert [one.training for one in workspace_queries.list_open(aida, factories.NOW)] == [sooner, later]
