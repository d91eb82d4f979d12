"""Marks are appended once, refused with a reason, taken back, and merged whatever the order of arrival."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from portal.access.policy import Operator
from portal.attendance import operations as attendance_operations
from portal.attendance import queries as attendance_queries
from portal.attendance.models import AttendanceMark
from portal.attendance.operations import MarkInput, MarkRefused, NewMark
from portal.attendance.rules import Counts, MarkRefusal
from portal.audit.models import AuditDetail, AuditEntry
from portal.platform.db import db
from portal.trainings import queries as trainings
from tests import factories, parallel
from tests.refusals import raises_refusal

OPERATOR = Operator()


@pytest.fixture
def training(app):
    training = factories.make_training(days=1, sessions=2)
    factories.make_registrations(training, 3)
    return training


@pytest.fixture
def first(training):
    return training.sessions[0]


@pytest.fixture
def people(training):
    return [row.registration for row in attendance_queries.roster(training.sessions[0]).rows]


def new_mark(registration, session, state="present", *, mark_id="m-1", now=factories.NOW, **values) -> NewMark:
    return NewMark(mark_id, registration.reference, session.reference, state, now, **values)


def record(training, *marks, now=factories.NOW):
    return attendance_operations.record(training, marks=marks, device="file", actor=OPERATOR, now=now)


def wish(session, registration, state, *, now, key="k", **values) -> None:
    row = attendance_queries.roster(session).row_of(registration)
    attendance_operations.mark(
        session, registration, given=MarkInput(key, state, expected=row.last_mark_id, **values), actor=OPERATOR, now=now
    )


def undo(session, registration, *, now) -> None:
    mark_id = attendance_queries.roster(session).row_of(registration).undoable.mark_id
    attendance_operations.undo(session, registration, mark_id=mark_id, actor=OPERATOR, now=now)


def state_of(session, registration) -> str:
    mark = attendance_queries.roster(session).row_of(registration).current
    return mark.state if mark else "not_marked"


def count_marks() -> int:
    return db.session.scalar(select(func.count()).select_from(AttendanceMark))


def test_batch_is_recorded_with_one_entry_in_the_log(training, first, people, now):
    recorded = record(training, *(new_mark(one, first, mark_id=f"m-{one.id}") for one in people))
    assert (recorded.applied, recorded.repeated, recorded.problems) == (3, 0, ())
    assert attendance_queries.roster(first).counts == Counts(present=3)
    entries = db.session.execute(
        select(AuditEntry.subject, AuditDetail.after).join(AuditDetail).where(AuditEntry.event == "attendance.recorded")
    ).all()
    assert entries == [(f"training {training.code}", {"marks": 3, "sessions": [first.reference]})]


def test_repeated_marks_are_counted_and_change_nothing(training, first, people):
    marks = [new_mark(one, first, mark_id=f"m-{one.id}") for one in people]
    record(training, *marks)
    assert record(training, *marks) == attendance_operations.Recorded(0, 3, ())
    assert record(training, marks[0], new_mark(people[0], training.sessions[1], mark_id="m-new"), marks[0]) == (
        attendance_operations.Recorded(1, 2, ())
    )
    assert count_marks() == 4


def test_mark_id_of_another_mark_is_harmless_and_named(training, first, people):
    record(training, new_mark(people[0], first, "absent"))
    recorded = record(training, new_mark(people[1], first, "present"), new_mark(people[0], first, "present"))
    assert recorded == attendance_operations.Recorded(
        0, 2, ((0, MarkRefusal.MARK_ID_TAKEN), (1, MarkRefusal.MARK_ID_TAKEN))
    )
    assert [state_of(first, one) for one in people] == ["absent", "not_marked", "not_marked"]


def test_each_bad_mark_is_refused_and_the_good_ones_stay(training, first, people):
    elsewhere = factories.make_registration(state="confirmed")
    waiting = factories.make_registration(training=training, state="waitlisted")
    guest = factories.make_registration(training=training, state="confirmed", role="guest")
    other_session = elsewhere.training.sessions[0]
    recorded = record(
        training,
        new_mark(people[0], first, mark_id="good"),
        new_mark(elsewhere, first, mark_id="a"),
        new_mark(people[0], other_session, mark_id="b"),
        new_mark(waiting, first, mark_id="c"),
        new_mark(guest, first, mark_id="d"),
        new_mark(people[1], first, "here", mark_id="e"),
        new_mark(people[1], first, "late", mark_id="f", minutes=181),
        new_mark(people[1], first, "excused", mark_id="g", reason="\0"),
        new_mark(people[1], first, mark_id=""),
        NewMark("h", "\0", first.reference, "present", factories.NOW),
    )
    assert recorded.applied == count_marks() == 1
    assert [refusal for _place, refusal in recorded.problems] == [
        MarkRefusal.UNKNOWN_REGISTRATION,
        MarkRefusal.UNKNOWN_SESSION,
        MarkRefusal.NOT_CONFIRMED,
        MarkRefusal.NOT_A_PARTICIPANT,
        MarkRefusal.UNKNOWN_STATE,
        MarkRefusal.BAD_MINUTES,
        MarkRefusal.BAD_REASON,
        MarkRefusal.BAD_MARK_ID,
        MarkRefusal.UNKNOWN_REGISTRATION,
    ]


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        ("finalized", MarkRefusal.TRAINING_FINALIZED),
        ("cancelled_by_organizer", MarkRefusal.TRAINING_CANCELLED),
        ("cancelled_by_host", MarkRefusal.TRAINING_CANCELLED),
    ],
)
def test_closed_training_takes_no_marks_but_knows_those_that_it_has(training, first, people, now, state, refusal):
    old = new_mark(people[0], first, mark_id="old")
    record(training, old)
    training.state = state
    db.session.flush()
    assert record(training, old, new_mark(people[1], first, mark_id="new")) == attendance_operations.Recorded(
        0, 1, ((1, refusal),)
    )
    acts = [
        lambda: wish(first, people[1], "present", now=now),
        lambda: undo(first, people[0], now=now),
        lambda: attendance_operations.mark_all_present(first, actor=OPERATOR, now=now),
        lambda: attendance_operations.undo_all_present(first, batch="0123456789", actor=OPERATOR, now=now),
    ]
    for act in acts:
        with pytest.raises(MarkRefused) as refused:
            act()
        assert refused.value.refusal == refusal
    assert count_marks() == 1


def test_mark_returns_the_roster_before_and_as_it_is_read_after(first, people, now):
    for state in ("late", "present"):
        wanted = MarkInput(
            state, state, expected=attendance_queries.roster(first).row_of(people[0]).last_mark_id, minutes=60
        )
        marked = attendance_operations.mark(first, people[0], given=wanted, actor=OPERATOR, now=now)
        assert marked.number == 1
        assert marked.after == attendance_queries.roster(first) != marked.before
    last = marked.after.row_of(people[0]).undoable.mark_id
    marked = attendance_operations.undo(first, people[0], mark_id=last, actor=OPERATOR, now=now)
    assert marked.after == attendance_queries.roster(first)
    assert marked.after.row_of(people[0]).current.state == "late"


def test_undo_walks_back_and_then_has_nothing_left(first, people, now):
    person = people[0]
    wish(first, person, "late", now=now, key="1", minutes=90)
    wish(first, person, "excused", now=now + timedelta(minutes=1), key="2", reason="суд")
    undo(first, person, now=now + timedelta(minutes=2))
    mark = attendance_queries.roster(first).row_of(person).current
    assert (mark.state, mark.minutes) == ("late", 90)
    undo(first, person, now=now + timedelta(minutes=3))
    assert state_of(first, person) == "not_marked"
    assert attendance_queries.roster(first).row_of(person).undoable is None
    assert count_marks() == 4  # nothing is ever removed


def test_undoing_the_same_mark_twice_is_undoing_it_once(first, people, now):
    wish(first, people[0], "present", now=now, key="1")
    wish(first, people[0], "absent", now=now, key="2")
    last = attendance_queries.roster(first).row_of(people[0]).undoable.mark_id
    for minute in (1, 2):
        attendance_operations.undo(first, people[0], mark_id=last, actor=OPERATOR, now=now + timedelta(minutes=minute))
    assert state_of(first, people[0]) == "present"
    assert count_marks() == 3


def test_undo_of_a_mark_that_is_not_the_last_is_refused(first, people, now):
    wish(first, people[0], "present", now=now, key="1")
    earlier = attendance_queries.roster(first).row_of(people[0]).undoable.mark_id
    wish(first, people[0], "absent", now=now + timedelta(minutes=1), key="2")
    with raises_refusal("nothing_to_undo"):
        attendance_operations.undo(first, people[0], mark_id=earlier, actor=OPERATOR, now=now + timedelta(minutes=2))
    assert state_of(first, people[0]) == "absent"


def test_page_that_did_not_see_the_last_mark_is_refused(first, people, now):
    wish(first, people[0], "absent", now=now, key="1")
    with raises_refusal("marked_meanwhile"):
        attendance_operations.mark(
            first, people[0], given=MarkInput("2", "present", expected=""), actor=OPERATOR, now=now
        )
    assert state_of(first, people[0]) == "absent"


def test_second_click_after_a_lost_answer_is_no_conflict(first, people, now):
    for state in ("present", "present", "late"):
        attendance_operations.mark(
            first, people[0], given=MarkInput("same", state, expected=""), actor=OPERATOR, now=now
        )
    assert state_of(first, people[0]) == "late"
    assert count_marks() == 2


def test_page_outranks_a_device_whose_clock_runs_ahead(training, first, people, now):
    record(training, new_mark(people[0], first, "absent", now=now + timedelta(hours=26)), now=now)
    wish(first, people[0], "present", now=now, key="1")
    assert state_of(first, people[0]) == "present"
    wish(first, people[0], "late", now=now, key="2")
    assert state_of(first, people[0]) == "late"
    undo(first, people[0], now=now)
    assert state_of(first, people[0]) == "present"


def test_all_present_marks_only_the_unmarked_and_can_be_taken_back(first, people, now):
    wish(first, people[0], "excused", now=now, key="1")
    marked = attendance_operations.mark_all_present(first, actor=OPERATOR, now=now)
    assert marked.number == 2
    batch, _number = marked.after.batch
    assert attendance_queries.roster(first).batch == (batch, 2)
    assert attendance_operations.mark_all_present(first, actor=OPERATOR, now=now).number == 0
    wish(first, people[1], "late", now=now + timedelta(minutes=1), key="2")
    undone = attendance_operations.undo_all_present(first, batch=batch, actor=OPERATOR, now=now + timedelta(minutes=2))
    assert undone.number == 1
    assert [state_of(first, one) for one in people] == ["excused", "late", "not_marked"]
    undone = attendance_operations.undo_all_present(first, batch=batch, actor=OPERATOR, now=now + timedelta(minutes=3))
    assert undone.number == 0
    assert attendance_operations.mark_all_present(first, actor=OPERATOR, now=now + timedelta(minutes=4)).number == 1


def test_person_who_lost_the_seat_stays_visible_and_takes_no_marks(first, people, now):
    wish(first, people[0], "present", now=now, key="1")
    people[0].state = "withdrawn"
    people[1].state = "withdrawn"
    db.session.flush()
    roster = attendance_queries.roster(first)
    assert {row.registration.id: row.is_listed for row in roster.rows} == {people[0].id: False, people[2].id: True}
    assert roster.counts == Counts(not_marked=1)
    for act in (lambda: wish(first, people[0], "late", now=now), lambda: undo(first, people[0], now=now)):
        with pytest.raises(MarkRefused) as refused:
            act()
        assert refused.value.refusal == MarkRefusal.NOT_CONFIRMED


arrivals = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from(["present", "late", "excused", "absent", "cleared"]), st.integers(0, 3)
    ),
    max_size=10,
)


@given(arrivals, st.randoms())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_marks_of_two_editors_merge_whatever_the_order_of_arrival(training, people, arrivals, random):
    """The same marks in two orders, with repetitions, lead to the same states."""
    sessions = training.sessions
    outcomes = []
    for order in (arrivals, random.sample(arrivals, len(arrivals)) + arrivals[:2]):
        savepoint = db.session.begin_nested()
        for person, state, minute in order:
            mark_id = f"{person}-{state}-{minute}"
            moment = factories.NOW + timedelta(minutes=minute)
            session = sessions[person % 2]
            record(training, new_mark(people[person // 2], session, state, mark_id=mark_id, now=moment))
        outcomes.append({cell: mark.state for cell, mark in attendance_queries.states(training).items()})
        savepoint.rollback()
        db.session.expire_all()
    assert outcomes[0] == outcomes[1]


def test_same_mark_from_eight_connections_is_one_row(app, training, first, people):
    mark, code = new_mark(people[0], first), training.code
    db.session.commit()
    applied = parallel.in_threads(app, record_apart, [(code, mark)] * 8)
    assert sorted(applied) == [0] * 7 + [1]
    assert count_marks() == 1


def test_sender_that_draws_a_new_id_each_time_doubles_the_mark(app, training, first, people):
    """The control: it is the id that keeps the row single, and nothing else."""
    marks, code = [new_mark(people[0], first, mark_id=f"m-{number}") for number in range(8)], training.code
    db.session.commit()
    applied = parallel.in_threads(app, record_apart, [(code, mark) for mark in marks])
    assert sum(applied) == count_marks() == 8


def test_all_present_from_four_windows_marks_nobody_twice(app, first):
    reference = first.reference
    db.session.commit()
    numbers = parallel.in_threads(app, mark_all_apart, [(reference,)] * 4)
    assert sorted(numbers) == [0, 0, 0, 3]
    assert count_marks() == 3


def test_killed_batch_leaves_nothing_and_is_sent_again(settings, training, first, people):
    marks, code = [new_mark(one, first, mark_id=f"m-{one.id}") for one in people], training.code
    db.session.commit()
    with parallel.killed(settings, record_until_killed, code, marks):
        db.session.rollback()
        assert count_marks() == 0
        assert record(training, *marks).applied == 3
        db.session.commit()
        assert record(training, *marks) == attendance_operations.Recorded(0, 3, ())


def test_mark_is_never_edited(first, people, now):
    mark = factories.make_mark(people[0], first)
    with pytest.raises(Exception, match="append-only"):
        db.session.execute(text("UPDATE attendance_mark SET state = 'late' WHERE id = :id"), {"id": mark.id})


def record_apart(app, code, mark):
    with app.app_context():
        applied = record(trainings.get_training(code), mark).applied
        db.session.commit()
        db.session.remove()
        return applied


def mark_all_apart(app, reference):
    with app.app_context():
        session = trainings.get_session(reference)
        number = attendance_operations.mark_all_present(session, actor=OPERATOR, now=factories.NOW).number
        db.session.commit()
        db.session.remove()
        return number


def record_until_killed(app, reached, code, marks):
    with app.app_context():
        record(trainings.get_training(code), *marks)
        reached()  # everything is written, nothing is committed
