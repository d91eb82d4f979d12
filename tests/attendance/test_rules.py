"""The arithmetic of shares, which mark counts, and what undo restores; no application."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.attendance import rules
from portal.attendance.rules import AttendanceState, Attended, Counts, Mark, MarkRefusal, Span

NOON = datetime(2026, 9, 14, 6, tzinfo=UTC)


def make_mark(state: str, *, minute: int = 0, mark_id: str = "", **values) -> Mark:
    return Mark(mark_id or f"{state}-{minute}", AttendanceState(state), NOON + timedelta(minutes=minute), **values)


@pytest.mark.parametrize(
    ("attended", "scheduled", "minimum", "is_enough"),
    [
        (576, 720, 80, True),
        (575, 720, 80, False),
        (2, 3, 67, False),  # 66.67 rounds to 67 and is still not enough
        (2, 3, 66, True),
        (0, 720, 0, True),
        (0, 0, 0, False),  # a training without sessions is attended by nobody
        (719, 720, 100, False),
        (720, 720, 100, True),
    ],
)
def test_share_is_compared_as_integers(attended, scheduled, minimum, is_enough):
    assert Attended(attended, scheduled).reaches(minimum) is is_enough


@pytest.mark.parametrize(
    ("mark", "minutes"),
    [
        (make_mark("present"), 180),
        (make_mark("late"), 180),
        (make_mark("late", minutes=150), 150),
        (make_mark("present", minutes=60), 60),
        (make_mark("present", minutes=0), 0),
        (make_mark("present", minutes=999), 180),  # the session was shortened after the mark
        (make_mark("excused"), 0),
        (make_mark("absent"), 0),
        (None, 0),
    ],
)
def test_minutes_of_a_session(mark, minutes):
    assert rules.attended_minutes(mark, 180) == minutes


def span(minutes: int, *, hour: int = 0) -> Span:
    """Return a session that begins `hour` hours after noon."""
    starts_at = NOON + timedelta(hours=hour)
    return Span(starts_at, starts_at + timedelta(minutes=minutes), minutes)


def test_sum_counts_the_unmarked_apart():
    sessions = [(span(180), make_mark("present")), (span(90), make_mark("absent")), (span(60), None)]
    summed = rules.attended(sessions, as_of=None)
    assert (summed.attended, summed.scheduled, summed.unmarked, summed.is_over) == (180, 330, 1, True)


# Three sessions of three hours at noon, 16:00 and 20:00, all marked as present before the first of them.
@pytest.mark.parametrize(
    ("hour", "attended", "so_far", "is_over"),
    [(-1, 0, 0, False), (0, 180, 180, False), (3, 180, 180, False), (8, 540, 540, False), (11, 540, 540, True)],
)
def test_mark_made_ahead_counts_no_minute_before_its_session(hour, attended, so_far, is_over):
    sessions = [(span(180, hour=start), make_mark("present")) for start in (0, 4, 8)]
    summed = rules.attended(sessions, as_of=NOON + timedelta(hours=hour))
    assert (summed.attended, summed.so_far, summed.is_over, summed.scheduled) == (attended, so_far, is_over, 540)


@pytest.mark.parametrize(
    ("states", "minimum", "may_still"),
    [
        (("present", None), 80, True),
        (("absent", None), 80, False),  # half is gone for good
        (("absent", None), 50, True),
        ((None, None), 80, True),  # nobody has looked yet whether they came
        (("absent", "present"), 50, True),  # marked ahead is not there yet
    ],
)
def test_what_is_still_to_come_leaves_it_open(states, minimum, may_still):
    marks = [make_mark(state) if state else None for state in states]
    sessions = list(zip([span(180), span(180, hour=4)], marks, strict=True))
    assert rules.attended(sessions, as_of=NOON + timedelta(hours=3)).may_still_reach(minimum) is may_still
    assert not rules.attended(sessions, as_of=NOON + timedelta(hours=7)).may_still_reach(minimum), "it is over"


def test_counts_say_what_they_count():
    counts = rules.count([make_mark("present"), make_mark("present"), make_mark("late"), make_mark("excused"), None])
    assert counts == Counts(present=2, late=1, excused=1, absent=0, not_marked=1)
    assert (counts.people, counts.marked) == (5, 4)


def test_nobody_is_absent_without_a_mark():
    assert rules.current([]) is None
    assert rules.count([None]).absent == 0


def test_cleared_takes_the_earlier_marks_back():
    assert rules.current([make_mark("absent", minute=1), make_mark("cleared", minute=2)]) is None


def test_decision_outranks_a_later_plain_mark():
    decision = make_mark("excused", minute=1, is_decision=True)
    assert rules.current([decision, make_mark("absent", minute=9)]) is decision


marks = st.builds(
    Mark,
    mark_id=st.text("abcdef", min_size=3, max_size=3),
    state=st.sampled_from(AttendanceState),
    marked_at=st.integers(0, 5).map(lambda minute: NOON + timedelta(minutes=minute)),
    minutes=st.none(),
    is_decision=st.booleans(),
)


@given(st.lists(marks, max_size=12, unique_by=lambda mark: mark.mark_id), st.randoms())
def test_state_does_not_depend_on_the_order_of_arrival(one_order, random):
    other_order = random.sample(one_order, len(one_order))
    assert rules.current(one_order) == rules.current(other_order)
    assert rules.standing(one_order) == rules.standing(other_order)


@given(st.lists(marks, max_size=12, unique_by=lambda mark: mark.mark_id), st.integers(0, 6))
def test_whoever_sees_the_marks_can_outrank_them(known, minute):
    is_decision, marked_at = rules.rank_above(known, NOON + timedelta(minutes=minute))
    wanted = Mark("zzz", AttendanceState.LATE, marked_at, is_decision=is_decision)
    assert rules.current([*known, wanted]) is wanted
    assert marked_at >= NOON + timedelta(minutes=minute)


@given(st.lists(st.sampled_from(["present", "late", "excused", "absent", "cleared"]), max_size=6))
def test_undo_walks_back_through_everything_that_was_marked(states):
    """Each undo restores what counted before, also after undone marks and new ones on top of them."""
    made: list[Mark] = []
    before: list[AttendanceState | None] = []
    for minute, state in enumerate(states):
        counting = rules.current(made)
        before.append(counting.state if counting else None)
        made.append(make_mark(state, minute=minute))
    for minute, expected in enumerate(reversed(before), start=len(states)):
        made.append(undo(made, minute))
        counting = rules.current(made)
        assert (counting.state if counting else None) == expected
    assert rules.standing(made) == []


def undo(made: list[Mark], minute: int) -> Mark:
    standing = rules.standing(made)
    state = standing[-2].state if len(standing) > 1 else "cleared"
    return make_mark(state, minute=minute, mark_id=rules.undo_id(standing[-1].mark_id))


def test_batch_is_read_from_the_id():
    assert rules.batch_of(rules.batch_id("0123456789", "ABCDEFGHJK")) == "0123456789"
    assert rules.batch_of("page-1-2") == ""


@pytest.mark.parametrize(
    ("mark_id", "state", "minutes", "reason", "refusal"),
    [
        ("1", "present", None, "", None),
        ("1", "late", 180, "", None),
        ("1", "cleared", None, "", None),
        ("", "present", None, "", MarkRefusal.BAD_MARK_ID),
        ("x" * 65, "present", None, "", MarkRefusal.BAD_MARK_ID),
        ("a\0b", "present", None, "", MarkRefusal.BAD_MARK_ID),
        ("1", "Present", None, "", MarkRefusal.UNKNOWN_STATE),
        ("1", "not_marked", None, "", MarkRefusal.UNKNOWN_STATE),
        ("1", "late", 181, "", MarkRefusal.BAD_MINUTES),
        ("1", "late", -1, "", MarkRefusal.BAD_MINUTES),
        ("1", "absent", 30, "", MarkRefusal.MINUTES_WITHOUT_PRESENCE),
        ("1", "excused", None, "x" * 301, MarkRefusal.BAD_REASON),
        ("1", "excused", None, "court\u202e", MarkRefusal.BAD_REASON),
    ],
)
def test_content_of_a_mark(mark_id, state, minutes, reason, refusal):
    assert rules.content_refusal(mark_id, state, minutes, reason, 180) == refusal
