"""Certificates of attendance, of completion and of facilitators: to whom, what counts, and what changes later."""

import pytest
from sqlalchemy.orm import scoped_session

from portal.certificates import candidates
from portal.certificates import operations as certificate_operations
from portal.certificates.models import Certificate
from portal.certificates.rules import Unsettled
from portal.closing.queries import list_reconciled
from portal.closing.rules import MismatchKind, reconcile
from portal.completion import queries as completion_queries
from portal.registration.models import Registration
from portal.reports import queries as report_queries
from portal.reports import report_queries as report_report_queries
from portal.trainings.models import Training
from portal.workspace import queries as workspace_queries
from tests import factories
from tests.certificates.arranged import OPERATOR, certificates_of, complete, confirm, make_ready, reserve

ALL = ["completion", "attendance", "facilitator"]


def make_tested(*kinds: str) -> tuple[Training, Registration, Registration]:
    """Make a training with a test, somebody who passed it and somebody who only attended."""
    training = factories.make_training(
        is_assessment_required=True, minimum_grade=75, certificate_kinds=list(kinds), state="held"
    )
    factories.make_questions(training.course)
    passed, failed = make_ready(training), make_ready(training)
    factories.make_sheet(passed, "post", "A B CD B")
    factories.make_sheet(failed, "post", "A B - -")
    return training, passed, failed


def make_facilitator(training: Training, *, leads: bool = True) -> Registration:
    """Add somebody with a seat as facilitator, who leads the first session or none."""
    registration = factories.make_registration(training=training, state="confirmed", role="facilitator")
    confirm(registration)
    if leads:
        factories.make_facilitator(training.sessions[0], registration.person)
    return registration


def issued_of(training: Training) -> dict[int, str]:
    return {one.registration_id: one.kind for one in certificates_of(training)}


def mismatches(training: Training) -> dict[MismatchKind, set[int]]:
    found = reconcile(list_reconciled(training, as_of=None))
    return {one.kind: {person.registration_id for person in one.people} for one in found}


@pytest.mark.parametrize(
    ("kinds", "of_passed", "of_failed"),
    [
        (["completion"], "completion", None),
        (["completion", "attendance"], "completion", "attendance"),
        (["attendance"], "attendance", "attendance"),
    ],
)
def test_training_says_which_kinds_it_issues(
    session: scoped_session, kinds: list[str], of_passed: str, of_failed: str | None
) -> None:
    training, passed, failed = make_tested(*kinds)
    absent = factories.make_registration(training=training, state="confirmed")
    factories.make_attendance(absent, "absent")
    confirm(absent)
    facilitator = make_facilitator(training)

    complete(training)

    expected = {passed.id: of_passed} | ({failed.id: of_failed} if of_failed else {})
    assert issued_of(training) == expected
    assert [one.serial for one in certificates_of(training)] == list(range(1, len(expected) + 1))
    # One completed, whatever paper says so; nobody is missing one, and the others are not counted as completed.
    assert [seat.person_id for seat in report_queries.get_counts(training, as_of=None).seats] == [passed.person_id]
    assert {MismatchKind.NOT_CERTIFIED, MismatchKind.NOT_COMPLETED}.isdisjoint(mismatches(training))
    told = report_report_queries.read(training, as_of=factories.AFTER).certificates
    assert told["issued"] == (2 if kinds == ["attendance"] else 1)
    assert told.get("attendance", 0) == (1 if kinds == ["completion", "attendance"] else 0)
    assert not candidates.list_candidates(training, as_of=None, registrations=[facilitator])[0].is_ready
    assert workspace_queries.count_progress([training], factories.AFTER)[training.id].eligible_uncertified == 0


@pytest.mark.databases("sqlite", "postgresql")
def test_who_passes_later_exchanges_attendance_for_completion(session: scoped_session) -> None:
    training, _passed, failed = make_tested("completion", "attendance")
    complete(training)
    [old] = [one for one in certificates_of(training) if one.registration_id == failed.id]
    factories.make_sheet(failed, "post", "A B CD B", revision=2)

    assert candidates.find_unsettled(old, as_of=None) is Unsettled.EARNED_MORE
    assert workspace_queries.count_progress([training], factories.AFTER)[training.id].unsettled == 1
    assert mismatches(training)[MismatchKind.NOT_CERTIFIED] == {failed.id}

    new, _job = certificate_operations.reissue(old, reason="passed", actor=OPERATOR, now=factories.AFTER)
    certificate_operations.complete(new.id, b"%PDF-1.7", actor=OPERATOR, now=factories.NOW)
    assert (new.kind, new.facts["kind"], new.facts["replaces"]) == ("completion", "completion", old.number)
    assert (old.kind, old.facts["kind"]) == ("attendance", "attendance")
    assert MismatchKind.NOT_CERTIFIED not in mismatches(training)
    assert workspace_queries.count_progress([training], factories.AFTER)[training.id].unsettled == 0


def test_certificate_that_says_too_much_is_exchanged_for_the_one_that_is_due(session: scoped_session) -> None:
    training, passed, _failed = make_tested("completion", "attendance")
    complete(training)
    [old] = [one for one in certificates_of(training) if one.registration_id == passed.id]
    factories.make_sheet(passed, "post", "A - - -", revision=2)
    assert candidates.find_unsettled(old, as_of=None) is Unsettled.UNEARNED
    assert mismatches(training)[MismatchKind.NOT_COMPLETED] == {passed.id}
    new, _job = certificate_operations.reissue(old, reason="a wrong key", actor=OPERATOR, now=factories.AFTER)
    assert new.kind == "attendance"


def test_changed_plan_makes_no_issued_certificate_wrong(session: scoped_session) -> None:
    training, _passed, _failed = make_tested("completion", "attendance")
    complete(training)
    training.certificate_kinds = ["completion"]
    session.flush()
    assert {one.unsettled for one in candidates.list_statuses(training, as_of=None)} == {None}
    assert workspace_queries.count_progress([training], factories.AFTER)[training.id].unsettled == 0


@pytest.mark.databases("sqlite", "postgresql")
def test_facilitator_gets_one_for_a_session_in_which_people_were_marked(session: scoped_session) -> None:
    training = factories.make_training(certificate_kinds=ALL, is_assessment_required=True, state="held")
    leader, idle = make_facilitator(training), make_facilitator(training, leads=False)
    assert reserve(training) == []  # Nobody was there yet.
    assert _reasons(training) == {leader.id: "session_not_held", idle.id: "leads_no_session"}
    factories.make_mark(make_ready(training), training.sessions[0])
    progress = workspace_queries.count_progress([training], factories.AFTER)[training.id]
    assert (progress.eligible_uncertified, progress.unsettled) == (2, 0)  # And whoever attended, without a test.

    [certificate] = _of(complete(training), leader)
    assert certificate.kind == "facilitator"
    assert _of(certificates_of(training), idle) == []
    assert report_queries.get_counts(training, as_of=None).seats == ()
    assert report_report_queries.read(training, as_of=factories.AFTER).certificates["facilitator"] == 1
    progress = workspace_queries.count_progress([training], factories.AFTER)[training.id]
    assert (progress.eligible_uncertified, progress.unsettled, progress.issued) == (0, 0, 1)

    session.delete(training.sessions[0].facilitators[0])
    session.flush()
    session.expire_all()
    assert candidates.find_unsettled(certificate, as_of=None) is Unsettled.UNEARNED
    assert workspace_queries.count_progress([training], factories.AFTER)[training.id].unsettled == 1
    assert mismatches(training)[MismatchKind.NOT_COMPLETED] == {leader.id}


def test_who_leads_without_a_line_in_the_list_is_named(session: scoped_session) -> None:
    training = factories.make_training(certificate_kinds=ALL)
    make_facilitator(training)
    person = factories.make_person("Ведущий")
    factories.make_facilitator(training.sessions[1], person)
    assert completion_queries.list_unregistered(training) == [person]
    training.certificate_kinds = ["completion"]
    assert completion_queries.list_unregistered(training) == []


def _of(certificates: list[Certificate], registration: Registration) -> list[Certificate]:
    return [one for one in certificates if one.registration_id == registration.id]


def _reasons(training: Training) -> dict[int, str | None]:
    return {one.registration.id: one.eligibility.reason for one in candidates.list_candidates(training, as_of=None)}
