"""A training is finalized when everything agrees, once, and nothing slips in beside it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.policy import Operator
from portal.attendance import operations as attendance_operations
from portal.attendance import queries as attendance
from portal.attendance.models import AttendanceMark
from portal.attendance.operations import NewMark
from portal.audit.models import AuditEntry
from portal.closing import operations as closing_operations
from portal.closing.models import ShortfallReason
from portal.closing.operations import ReasonsChanged, ReasonsRefused, StillOpen
from portal.closing.queries import list_reconciled, list_shortfalls
from portal.closing.rules import MismatchKind, ReasonInput
from portal.evaluation import operations as evaluation_operations
from portal.evaluation import queries as evaluation_queries
from portal.evaluation.rules import EvaluationState
from portal.materials import operations as material_operations
from portal.platform.db import db, transaction
from portal.stock.rules import Reason
from portal.trainings.models import Training
from portal.trainings.operations import TrainingLocked
from portal.trainings.queries import get_training
from tests import factories
from tests.closing.arranged import complete, make_over, miss
from tests.parallel import in_threads
from tests.refusals import raises_refusal

OPERATOR = Operator()


def finalize(training: Training, **values: object) -> None:
    closing_operations.finalize(training, **values, actor=OPERATOR, now=factories.NOW)


def note(training: Training, **wishes: ReasonInput) -> int:
    return closing_operations.note(training, wishes, actor=OPERATOR, now=factories.NOW)


def test_agreeing_training_passes_through_held(session) -> None:
    training = make_over()
    complete(training)
    finalize(training)
    assert training.state == "finalized"
    events = session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert events[-3:] == ["trainings.state_moved", "trainings.state_moved", "closing.books_kept"]
    with pytest.raises(TrainingLocked):
        finalize(training)


@pytest.mark.parametrize(
    ("state", "refusal"),
    [("draft", "not_approved"), ("pending_approval", "not_approved"), ("cancelled_by_host", "training_cancelled")],
)
def test_only_what_took_place_is_finalized(session, state: str, refusal: str) -> None:
    training = make_over(state=state)
    with raises_refusal(refusal):
        finalize(training)
    assert training.state == state


def test_page_waits_for_the_last_session_and_a_command_does_not(session) -> None:
    """Not even on the last day: whatever its last session brings could not be written down any more."""
    training = make_over()
    complete(training)
    just_before = training.ends_at - timedelta(minutes=1)
    with raises_refusal("not_ended"):
        closing_operations.finalize(training, actor=OPERATOR, now=just_before)
    assert training.state == "approved"
    closing_operations.finalize(training, is_ahead=True, actor=OPERATOR, now=just_before)
    assert training.state == "finalized"


def test_page_locks_once_the_last_session_is_over(session) -> None:
    training = make_over()
    complete(training)
    closing_operations.finalize(training, actor=OPERATOR, now=training.ends_at)
    assert training.state == "finalized"


def test_every_mismatch_names_its_people(session) -> None:
    training = make_over()
    complete(training, "Ийгиликтүү")
    factories.make_registration(training=training, person=factories.make_person("Күтөев"), state="waitlisted")
    factories.make_registration(training=training, person=factories.make_person("Белгисиз"), state="confirmed")
    complete(training, "Кагазсыз", is_certified=False)
    factories.make_certificate(miss(training, "Жоков"))
    manual = factories.make_material()
    here = factories.make_stock(manual, place=material_operations.take_training(training))
    factories.make_movement(manual, here, material_operations.take_participants(training), 2, Reason.GIVEN)
    with pytest.raises(StillOpen) as refused:
        finalize(training)
    named = {one.kind: [person.name.split()[0] for person in one.people] for one in refused.value.mismatches}
    assert named == {
        MismatchKind.UNDECIDED: ["Күтөев"],
        MismatchKind.UNMARKED: ["Белгисиз"],
        MismatchKind.REASON_MISSING: ["Жоков"],
        MismatchKind.NOT_CERTIFIED: ["Кагазсыз"],
        MismatchKind.NOT_COMPLETED: ["Жоков"],
        MismatchKind.RECEIPTS: ["Белгисиз", "Жоков", "Ийгиликтүү", "Кагазсыз"],
    }
    assert training.state == "approved"


def test_open_evaluation_is_closed_with_the_training(session, now) -> None:
    training = make_over()
    complete(training)
    evaluation_operations.open_early(training, actor=OPERATOR, now=training.sessions[0].starts_at)
    finalize(training)
    assert evaluation_queries.get_state(training, now) == EvaluationState.CLOSED


def test_reasons_are_appended_and_the_latest_counts(session) -> None:
    training = make_over()
    one, other = miss(training, "Асанов"), miss(training, "Бекова")
    present = complete(training, "Видов")
    wishes = {
        one.reference: ReasonInput("no_show:unknown"),
        other.reference: ReasonInput(""),
        present.reference: ReasonInput("other", "x"),
    }
    assert note(training, **wishes) == 1
    assert note(training, **{one.reference: ReasonInput("no_show:unknown", expected_version="no_show:unknown/")}) == 0
    assert note(training, **{one.reference: ReasonInput("administrative", expected_version="no_show:unknown/")}) == 1
    assert [row.kind for row in session.scalars(select(ShortfallReason).order_by(ShortfallReason.id))] == [
        "no_show",
        "administrative",
    ]
    assert {key: value.choice for key, value in list_shortfalls(training).items()} == {one.id: "administrative"}


def test_reasons_come_all_or_none_and_never_over_anothers(session) -> None:
    training = make_over()
    one, other = miss(training, "Асанов"), miss(training, "Бекова")
    with pytest.raises(ReasonsRefused) as refused:
        note(training, **{one.reference: ReasonInput("administrative"), other.reference: ReasonInput("other")})
    assert refused.value.errors.keys() == {other.reference}
    note(training, **{one.reference: ReasonInput("administrative")})
    with pytest.raises(ReasonsChanged) as stale:
        note(
            training, **{one.reference: ReasonInput("no_show:unknown"), other.reference: ReasonInput("administrative")}
        )
    assert stale.value.registrations.keys() == {one.reference}
    assert len(list_shortfalls(training)) == 1


def test_reason_that_the_marks_give_is_enough(session) -> None:
    training = make_over()
    miss(training, reason="no-show")
    assert list_reconciled(training, as_of=None)[0].shortfall.choice == "no_show:unknown"
    finalize(training)


def test_two_finalize_at_once_and_one_does_it(app: Flask, now) -> None:
    with app.app_context():
        training = make_over()
        complete(training)
        db.session.commit()
        code = training.code

    def attempt(app: Flask) -> str:
        with app.app_context():
            try:
                with transaction():
                    closing_operations.finalize(get_training(code), actor=OPERATOR, now=now)
            except TrainingLocked:
                return "locked"
            return "done"

    assert sorted(in_threads(app, attempt, [(), (), ()])) == ["done", "locked", "locked"]


def test_mark_that_arrives_with_the_lock_is_in_it_or_refused(app: Flask, now) -> None:
    """Whoever is first wins: either the mark opens a mismatch, or the lock refuses the mark."""
    code, reference, session_reference = _one_marked_for_all(app)

    def mark(app: Flask) -> int:
        with app.app_context(), transaction():
            new = NewMark("late-1", reference, session_reference, "absent", now + timedelta(minutes=1))
            return attendance_operations.record(
                get_training(code), marks=[new], device="t", actor=OPERATOR, now=now
            ).applied

    def lock(app: Flask) -> int:
        with app.app_context():
            try:
                with transaction():
                    closing_operations.finalize(get_training(code), actor=OPERATOR, now=now)
            except StillOpen:
                return 0
            return 1

    applied, locked = in_threads(app, lambda app, work: work(app), [(mark,), (lock,)])
    assert applied + locked == 1


def test_mark_past_the_lock_would_leave_a_finalized_training_that_does_not_agree(app: Flask, now) -> None:
    """The control: what the test before prevents happens to whoever writes without the lock."""
    code, reference, session_reference = _one_marked_for_all(app)
    with app.app_context():
        with transaction():
            closing_operations.finalize(get_training(code), actor=OPERATOR, now=now)
        training = get_training(code)
        seat = attendance.find_seats(training, {reference})[reference]
        values = {"marked_at": now, "received_at": now, "marked_by": "nobody", "device": "t"}
        absent = AttendanceMark(
            mark_id="x",
            registration_id=seat.id,
            training_session_id=training.sessions[0].id,
            state="absent",
            **values,
        )
        db.session.add(absent)
        db.session.flush()
        assert list_reconciled(training, as_of=None)[0].is_short
        db.session.rollback()


def _one_marked_for_all(app: Flask) -> tuple[str, str, str]:
    with app.app_context():
        training = make_over(sessions=1)
        registration = complete(training)
        db.session.commit()
        return training.code, registration.reference, training.sessions[0].reference
