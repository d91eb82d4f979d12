"""How the steps of a training follow from its counts, its dates and today."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.mailing.rules import MailKind, Unreached
from portal.workspace import rules as workspace_rules
from portal.workspace import views as workspace_views
from portal.workspace.rules import Note, Progress, SessionProgress, Step, StepKey, StepState, Timing

FIRST, LAST = date(2026, 9, 14), date(2026, 9, 15)
TIMING = Timing("approved", FIRST, LAST)
EARLY = FIRST - timedelta(days=30)
EMPTY = (SessionProgress(FIRST, 0), SessionProgress(LAST, 0))
DAY = timedelta(days=1)


def step(key: StepKey, progress: Progress, today: date, timing: Timing = TIMING) -> Step:
    """Return one of the steps."""
    return next(one for one in workspace_rules.list_steps(timing, progress, today) if one.key == key)


def states(progress: Progress, today: date, timing: Timing = TIMING) -> list[str]:
    """Return the states of all steps in order."""
    return [one.state.value for one in workspace_rules.list_steps(timing, progress, today)]


def marked(first: int, last: int) -> tuple[SessionProgress, ...]:
    """Return how many people are marked on the first and on the last day."""
    return (SessionProgress(FIRST, first), SessionProgress(LAST, last))


@pytest.mark.parametrize(
    ("progress", "state", "note"),
    [
        (Progress(), StepState.LOCKED, Note.NOBODY_YET),
        (Progress(confirmed=3), StepState.TODO, Note.NO_TEST),
        (Progress(confirmed=3, pre_open=1, pre_sheets=2), StepState.CURRENT, Note.TEST_OPEN),
        (Progress(confirmed=3, pre_closed=1, pre_sheets=2), StepState.TODO, Note.TESTED_BEFORE),
        (Progress(confirmed=3, pre_closed=1, post_closed=1), StepState.TODO, Note.TESTED_BEFORE),  # By mistake.
        (Progress(confirmed=3, pre_closed=1, post_closed=1, post_sheets=2), StepState.DONE, Note.TESTED_BOTH),
    ],
)
def test_tests_are_done_when_the_one_after_is_closed(progress: Progress, state: StepState, note: Note) -> None:
    found = step(StepKey.ASSESSMENTS, progress, EARLY)
    assert (found.state, found.note) == (state, note)


def test_required_test_is_due_on_the_last_day() -> None:
    progress = Progress(confirmed=3, pre_closed=1)
    timing = Timing("approved", FIRST, LAST, is_assessment_required=True)
    assert step(StepKey.ASSESSMENTS, progress, LAST, timing).state == StepState.CURRENT
    assert step(StepKey.ASSESSMENTS, progress, LAST + DAY, timing).state == StepState.ATTENTION
    assert step(StepKey.ASSESSMENTS, progress, LAST + DAY).state == StepState.TODO


@pytest.mark.parametrize(
    ("untold", "today", "state", "counts"),
    [
        ({}, EARLY, StepState.TODO, {}),
        ({}, LAST + DAY, StepState.DONE, {}),
        ({MailKind.INVITATION: Unreached(2, 1)}, EARLY, StepState.CURRENT, {"invitation": 3}),
        ({MailKind.CONFIRMATION: Unreached(0, 1)}, FIRST - DAY, StepState.ATTENTION, {"confirmation": 1}),
        ({MailKind.CONFIRMATION: Unreached(0, 1)}, LAST + DAY, StepState.DONE, {}),  # Too late to be of use.
        ({MailKind.REMINDER: Unreached(5, 2)}, FIRST - 2 * DAY, StepState.TODO, {}),
        (
            {MailKind.REMINDER: Unreached(5, 2)},
            FIRST - DAY,
            StepState.CURRENT,
            {"reminder": 2},
        ),  # Five go alone.
        ({MailKind.REMINDER: Unreached(5, 2, is_switched_off=True)}, FIRST - DAY, StepState.CURRENT, {"reminder": 7}),
        ({MailKind.REMINDER: Unreached(5, 2)}, FIRST, StepState.TODO, {}),
        ({MailKind.EVALUATION: Unreached(5, 2)}, LAST + 3 * DAY, StepState.CURRENT, {"evaluation": 2}),
        ({MailKind.EVALUATION: Unreached(5, 2)}, LAST + 4 * DAY, StepState.ATTENTION, {"evaluation": 7}),
        ({MailKind.EVALUATION: Unreached(5, 2)}, LAST + 15 * DAY, StepState.DONE, {}),  # Nobody can answer any more.
    ],
)
def test_mails_are_due_where_nothing_goes_by_itself(untold, today: date, state: StepState, counts) -> None:
    found = step(StepKey.MAILS, Progress(confirmed=9, unreached=untold), today)
    assert (found.state, found.counts) == (state, counts)


def test_new_training_waits_for_its_list() -> None:
    assert states(Progress(sessions=EMPTY), EARLY) == ["done", "current", *["locked"] * 9]


def test_waiting_list_wants_its_decisions_after_the_last_day() -> None:
    progress = Progress(confirmed=2, waitlisted=3)
    assert step(StepKey.CONFIRM, progress, TIMING.ends_on).note == Note.CONFIRMED
    late = step(StepKey.CONFIRM, progress, TIMING.ends_on + timedelta(days=1))
    assert (late.note, late.counts["people"]) == (Note.TO_DECIDE, 3)


def test_certificate_that_no_longer_fits_comes_first() -> None:
    progress = Progress(confirmed=3, sessions=marked(3, 3), certified=2, issued=2, eligible_uncertified=1, unsettled=1)
    found = step(StepKey.CERTIFICATES, progress, LAST)
    assert (found.state, found.note, found.counts) == (StepState.ATTENTION, Note.TO_SETTLE, {"people": 1})


def test_whole_life() -> None:
    listed = Progress(nominated=3, sessions=EMPTY)
    assert states(listed, EARLY) == ["done", "done", "current", "todo", *["locked"] * 7]
    confirmed = Progress(confirmed=3, sessions=EMPTY)
    assert states(confirmed, EARLY) == [*["done"] * 3, *["todo"] * 8]
    running = Progress(confirmed=3, sessions=marked(3, 0), names_checked=1)
    assert states(running, FIRST) == [*["done"] * 3, *["todo"] * 5, "current", "todo", "todo"]
    over = Progress(
        confirmed=3,
        copies_given=3,
        copies_signed=3,
        sessions=marked(3, 3),
        post_closed=1,
        post_sheets=3,
        names_checked=3,
    )
    assert states(over, LAST + DAY)[6] == "current"
    done = replace(over, evaluation_forms=2, evaluations_closed=1)
    assert states(replace(done, eligible_uncertified=2), LAST + DAY) == [*["done"] * 9, "current", "current"]
    assert states(replace(done, certified=2, issued=2), LAST + DAY) == [*["done"] * 10, "current"]


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ({}, (StepState.TODO, Note.NONE_GIVEN)),
        ({"copies_given": 3, "copies_signed": 2}, (StepState.CURRENT, Note.COPIES_SIGNED)),
        ({"copies_given": 3, "copies_signed": 3, "acts_open": 1}, (StepState.CURRENT, Note.ACTS_OPEN)),
        ({"copies_given": 3, "copies_signed": 3, "acts_signed": 1}, (StepState.DONE, Note.COPIES_GIVEN)),
        ({"acts_signed": 1}, (StepState.DONE, Note.ACTS_SIGNED)),
    ],
)
def test_materials_are_done_when_papers_say_what_the_stock_says(counts, found) -> None:
    one = step(StepKey.MATERIALS, Progress(confirmed=3, **counts), LAST)
    assert (one.state, one.note) == found


@pytest.mark.parametrize(
    ("counts", "today", "found"),
    [
        ({}, FIRST, (StepState.TODO, Note.AFTER_LAST_DAY)),
        ({}, LAST, (StepState.TODO, Note.CEREMONY)),
        ({"issued": 3}, LAST, (StepState.DONE, Note.ISSUED)),
        ({"issued": 3, "handed_over": 1}, LAST, (StepState.CURRENT, Note.HANDING_OVER)),
        ({"issued": 3, "handed_over": 1, "unclaimed": 1}, LAST + 15 * DAY, (StepState.ATTENTION, Note.HANDING_OVER)),
        ({"issued": 3, "handed_over": 2, "unclaimed": 1}, LAST + 15 * DAY, (StepState.DONE, Note.HANDED_OVER)),
    ],
)
def test_who_begins_to_note_who_got_a_certificate_says_it_of_all(counts, today, found) -> None:
    one = step(StepKey.CERTIFICATES, Progress(confirmed=3, certified=counts.get("issued", 0), **counts), today)
    assert (one.state, one.note) == found
    assert workspace_views.note_of(one) is not None


@pytest.mark.parametrize(
    ("state", "corrections", "unexplained", "today", "found"),
    [
        ("approved", 0, 2, LAST, (StepState.TODO, Note.AFTER_LAST_DAY)),
        ("held", 0, 2, LAST + DAY, (StepState.CURRENT, Note.REASONS_MISSING)),
        ("held", 0, 0, LAST + DAY, (StepState.CURRENT, Note.TO_CLOSE)),
        ("held", 0, 0, LAST + 31 * DAY, (StepState.ATTENTION, Note.TO_CLOSE)),
        ("finalized", 0, 2, LAST + 31 * DAY, (StepState.DONE, Note.FINALIZED)),
        ("finalized", 2, 0, LAST + 31 * DAY, (StepState.DONE, Note.CORRECTED)),
    ],
)
def test_closing_comes_last_and_asks_for_the_reasons_first(state, corrections, unexplained, today, found) -> None:
    timing = Timing(state, FIRST, LAST, corrections=corrections)
    last = workspace_rules.list_steps(
        timing, Progress(confirmed=3, sessions=marked(3, 3), unexplained=unexplained), today
    )[-1]
    assert (last.key, last.state, last.note) == (StepKey.CLOSE, *found)


@pytest.mark.parametrize(
    ("key", "progress", "due_on"),
    [
        (StepKey.NOMINATIONS, Progress(sessions=EMPTY), FIRST - timedelta(days=14)),
        (StepKey.NOMINATIONS, Progress(staged_lists=1, sessions=EMPTY), FIRST - timedelta(days=14)),
        (StepKey.CONFIRM, Progress(nominated=1, sessions=EMPTY), FIRST - timedelta(days=7)),
        (StepKey.CERTIFICATES, Progress(confirmed=1, certified=1, eligible_uncertified=1), LAST + timedelta(days=14)),
    ],
)
def test_step_is_late_on_the_day_after_it_was_due(key: StepKey, progress: Progress, due_on: date) -> None:
    assert step(key, progress, due_on).state == StepState.CURRENT
    late = step(key, progress, due_on + DAY)
    assert (late.state, late.due_on) == (StepState.ATTENTION, due_on)


def test_draft_is_the_first_thing_to_do() -> None:
    steps = workspace_rules.list_steps(Timing("draft", FIRST, LAST), Progress(sessions=EMPTY), EARLY)
    assert (steps[0].state, steps[0].note) == (StepState.CURRENT, Note.DRAFT)
    assert workspace_rules.next_step(steps) == steps[0]


def test_session_of_today_is_current_and_one_of_yesterday_is_late() -> None:
    progress = Progress(confirmed=3, sessions=EMPTY)
    assert step(StepKey.ATTENDANCE, progress, FIRST).state == StepState.CURRENT
    late = step(StepKey.ATTENDANCE, progress, LAST)
    assert (late.state, late.due_on) == (StepState.ATTENTION, FIRST)


def test_evaluation_is_due_two_weeks_after_the_end() -> None:
    progress = Progress(confirmed=3, sessions=marked(3, 3), evaluation_forms=1, evaluations_open=1)
    assert step(StepKey.EVALUATION, Progress(confirmed=3, sessions=EMPTY), LAST).state == StepState.TODO
    assert step(StepKey.EVALUATION, progress, FIRST).state == StepState.CURRENT  # opened by hand
    last_day = LAST + timedelta(days=14)
    found = step(StepKey.EVALUATION, progress, last_day)
    assert (found.state, found.note, found.counts) == (StepState.CURRENT, Note.ANSWERED, {"forms": 1, "people": 3})
    assert step(StepKey.EVALUATION, progress, last_day + DAY).state == StepState.ATTENTION


def test_somebody_confirmed_late_opens_attendance_again() -> None:
    progress = Progress(confirmed=4, sessions=marked(3, 3))
    assert step(StepKey.ATTENDANCE, progress, LAST + DAY).state == StepState.ATTENTION


def test_names_are_due_by_the_last_day() -> None:
    progress = Progress(confirmed=3, names_checked=2, sessions=marked(3, 3))
    assert step(StepKey.NAMES, progress, EARLY).state == StepState.TODO
    assert step(StepKey.NAMES, progress, LAST).state == StepState.CURRENT
    assert step(StepKey.NAMES, progress, LAST + DAY).state == StepState.ATTENTION


def test_names_left_at_the_lock_are_nobodys_work() -> None:
    progress = Progress(confirmed=3, names_checked=2, sessions=marked(3, 3))
    late = LAST + timedelta(days=30)
    assert step(StepKey.NAMES, progress, late).is_open
    assert not step(StepKey.NAMES, progress, late, Timing("finalized", FIRST, LAST)).is_open


def test_nobody_to_issue_for_is_not_done() -> None:
    progress = Progress(confirmed=3, sessions=marked(3, 3), names_checked=3)
    found = step(StepKey.CERTIFICATES, progress, LAST + DAY)
    assert (found.state, found.note) == (StepState.TODO, Note.NOBODY_ELIGIBLE)


@pytest.mark.parametrize("state", ["cancelled_by_organizer", "cancelled_by_host"])
def test_cancelled_training_waits_for_nothing(state: str) -> None:
    steps = workspace_rules.list_steps(Timing(state, FIRST, LAST), Progress(nominated=3, sessions=EMPTY), LAST)
    assert not any(one.is_open for one in steps)
    assert workspace_rules.next_step(steps) is None


def test_late_step_comes_before_an_earlier_one_that_is_not() -> None:
    progress = Progress(confirmed=3, staged_lists=0, nominated=0, names_checked=0, sessions=marked(2, 0))
    steps = workspace_rules.list_steps(TIMING, progress, LAST)
    found = workspace_rules.next_step(steps)
    assert found is not None
    assert found.key == StepKey.ATTENDANCE
