"""A training's progress and next step, and whether it can be moved or cancelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from portal.mailing.rules import ANSWERED_WITHIN, MailKind, Unreached, list_due
from portal.platform.texts import N_, NN_, Labelled
from portal.records.rules import RecordFault, RecordFaultCode
from portal.trainings.rules import CANCELLED, NAMES_DUE_DAYS, NOMINATIONS_DUE_DAYS, Phase, TrainingState, phase

# By when papers should be issued after the last day.
PAPERS_AFTER = timedelta(days=14)
# By when the books of a training should be closed.
CLOSED_AFTER = timedelta(days=30)


class StepKey(Labelled):
    """The steps of a training's life, in their order."""

    PLAN = "plan", N_("Plan")
    NOMINATIONS = "nominations", N_("Nominations")
    CONFIRM = "confirm", N_("Confirm")
    MAILS = "mails", N_("Mails")
    ATTENDANCE = "attendance", N_("Attendance")
    ASSESSMENTS = "assessments", N_("Tests")
    EVALUATION = "evaluation", N_("Evaluation")
    MATERIALS = "materials", N_("Materials")
    NAMES = "names", N_("Names")
    CERTIFICATES = "certificates", N_("Certificates")
    CLOSE = "close", N_("Close")


class StepState(StrEnum):
    """How a step stands: nothing left, being done, still to come, late or in the way, not possible yet."""

    DONE = "done"
    CURRENT = "current"
    TODO = "todo"
    ATTENTION = "attention"
    LOCKED = "locked"


class Note(StrEnum):
    """What is said beside a step, and the task where the step is open.

    The counts of the step fill in the words, the first of them decides between one and many; `more` is said instead
    where the last of them is not zero.
    """

    words: str | tuple[str, str]
    task: str
    more: str

    def __new__(cls, value: str, words: str | tuple[str, str] = "", task: str = "", more: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_, member.words, member.task, member.more = value, words, task, more
        return member

    DRAFT = "draft", N_("draft"), N_("Finish the plan")
    WAITING_FOR_APPROVAL = "waiting_for_approval", N_("not approved yet"), N_("Get the plan approved")
    CANCELLED = "cancelled", N_("cancelled")
    SESSIONS = "sessions", NN_("%(num)s session", "%(num)s sessions")
    NO_LIST = "no_list", N_("no list yet"), N_("Import the ministries' list")
    LISTS_TO_CHECK = (
        "lists_to_check",
        NN_("%(num)s list to check", "%(num)s lists to check"),
        N_("Check and import the list"),
    )
    NOMINATED = "nominated", NN_("%(num)s person", "%(num)s people")
    TO_DECIDE = "to_decide", NN_("%(num)s to decide", "%(num)s to decide"), N_("Confirm the nominated")
    CONFIRMED = "confirmed", NN_("%(num)s person", "%(num)s people"), "", N_("%(people)s, %(waiting)s waiting")
    NOBODY_NOMINATED = "nobody_nominated", N_("nobody yet")
    NOBODY_YET = "nobody_yet", N_("nobody yet")
    MAILS_DUE = "mails_due", "", N_("Tell the people")
    MAILS_LATER = "mails_later", N_("nothing due now")
    MAILS_DONE = "mails_done"
    BEGINS = "begins"
    SESSIONS_MARKED = "sessions_marked", N_("%(marked)s of %(sessions)s sessions"), N_("Mark who was there")
    NO_TEST = "no_test", N_("none yet")
    TEST_OPEN = "test_open", N_("open, %(done)s of %(people)s"), N_("Close the test when everybody has handed in")
    TESTED_BEFORE = "tested_before", N_("%(pre)s before")
    TESTED_BOTH = "tested_both", N_("%(pre)s before, %(post)s after")
    TEST_AFTER_MISSING = "test_after_missing", N_("the one after is missing"), N_("Open the test after the training")
    ANSWERED = "answered", N_("%(forms)s of %(people)s answered"), N_("Collect the evaluations and close")
    NAMES_CHECKED = "names_checked", N_("%(checked)s of %(people)s"), N_("Check the names on the certificates")
    AFTER_LAST_DAY = "after_last_day"
    CEREMONY = "ceremony", N_("from noon, for the ceremony")
    ISSUED = "issued", N_("%(issued)s issued")
    HANDING_OVER = "handing_over", N_("%(handed)s of %(issued)s handed over"), N_("Note who got the certificate")
    HANDED_OVER = (
        "handed_over",
        N_("%(handed)s handed over"),
        "",
        N_("%(handed)s handed over, %(unclaimed)s not collected"),
    )
    TO_SETTLE = "to_settle", N_("%(people)s to settle"), N_("Settle certificates that no longer fit")
    TO_ISSUE = (
        "to_issue",
        NN_("%(num)s to issue", "%(num)s to issue"),
        N_("Issue the certificates"),
        N_("%(people)s more to issue"),
    )
    NOBODY_ELIGIBLE = "nobody_eligible", N_("nobody has met the rules")
    NONE_GIVEN = "none_given", N_("none given")
    COPIES_SIGNED = "copies_signed", N_("%(signed)s of %(given)s signed"), N_("Type in who signed for a copy")
    COPIES_GIVEN = "copies_given", N_("%(given)s given")
    ACTS_OPEN = (
        "acts_open",
        NN_("%(num)s act not signed", "%(num)s acts not signed"),
        N_("Get the hand-over acts signed"),
    )
    ACTS_SIGNED = "acts_signed", NN_("%(num)s act signed", "%(num)s acts signed")
    REASONS_MISSING = (
        "reasons_missing",
        NN_("%(num)s without a reason", "%(num)s without a reason"),
        N_("Say why people missed too much"),
    )
    TO_CLOSE = "to_close", N_("not closed yet"), N_("Close the training")
    FINALIZED = "finalized", N_("finalized")
    CORRECTED = "corrected", NN_("%(num)s correction", "%(num)s corrections")


# What is said of each kind of mail that is due.
MAILS_DUE = {
    MailKind.INVITATION: NN_("%(num)s invitation", "%(num)s invitations"),
    MailKind.CONFIRMATION: NN_("%(num)s confirmation", "%(num)s confirmations"),
    MailKind.MOVED: NN_("%(num)s person knows the old dates", "%(num)s people know the old dates"),
    MailKind.REMINDER: NN_("%(num)s reminder", "%(num)s reminders"),
    MailKind.EVALUATION: NN_("%(num)s request to evaluate", "%(num)s requests to evaluate"),
}


@dataclass(frozen=True)
class SessionProgress:
    """How many of the confirmed people are marked in a session."""

    local_date: date
    marked: int


@dataclass(frozen=True)
class Progress:
    """The counts of one training from which its steps follow; people are participants and alternates.

    `is_over` tells that the last session has ended.
    """

    is_over: bool = True
    sessions: Sequence[SessionProgress] = ()
    unreached: Mapping[MailKind, Unreached] = field(default_factory=dict)
    staged_lists: int = 0
    nominated: int = 0
    invited: int = 0
    waitlisted: int = 0
    confirmed: int = 0
    ended: int = 0
    pre_open: int = 0
    pre_closed: int = 0
    pre_sheets: int = 0
    post_open: int = 0
    post_closed: int = 0
    post_sheets: int = 0
    evaluation_forms: int = 0
    evaluations_open: int = 0
    evaluations_closed: int = 0
    names_checked: int = 0
    certified: int = 0
    issued: int = 0
    handed_over: int = 0
    unclaimed: int = 0
    eligible_uncertified: int = 0
    unsettled: int = 0
    unexplained: int = 0
    copies_given: int = 0
    copies_signed: int = 0
    acts_open: int = 0
    acts_signed: int = 0

    @property
    def registered(self) -> int:
        """Return how many people were ever nominated."""
        return self.nominated + self.invited + self.waitlisted + self.confirmed + self.ended

    @property
    def sessions_marked(self) -> int:
        """Return in how many sessions everybody is marked."""
        return sum(session.marked >= self.confirmed for session in self.sessions)


@dataclass(frozen=True)
class Timing:
    """What of a training decides when its steps are due."""

    state: str
    starts_on: date
    ends_on: date
    nominations_due_days: int = NOMINATIONS_DUE_DAYS
    names_due_days: int = NAMES_DUE_DAYS
    is_assessment_required: bool = False
    corrections: int = 0

    @property
    def nominations_due_on(self) -> date:
        return self.starts_on - timedelta(days=self.nominations_due_days)

    @property
    def names_due_on(self) -> date:
        return self.starts_on - timedelta(days=self.names_due_days)

    @property
    def is_cancelled(self) -> bool:
        return self.state in CANCELLED


@dataclass(frozen=True)
class Step:
    """One step: how it stands, what is said beside it, and by when it should be done."""

    key: StepKey
    state: StepState
    note: Note
    counts: dict[str, int] = field(default_factory=dict)
    due_on: date | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether something can be done about it now."""
        return self.state in (StepState.CURRENT, StepState.ATTENTION)


def list_steps(timing: Timing, progress: Progress, today: date) -> list[Step]:
    if timing.is_cancelled:
        plan = Step(StepKey.PLAN, StepState.DONE, Note.CANCELLED)
        return [plan, *(Step(key, StepState.LOCKED, Note.CANCELLED) for key in list(StepKey)[1:])]
    return [
        _plan(timing, progress, today),
        _nominations(timing, progress, today),
        _confirm(timing, progress, today),
        _mails(timing, progress, today),
        _attendance(timing, progress, today),
        _assessments(timing, progress, today),
        _evaluation(timing, progress, today),
        _materials(timing, progress, today),
        _names(timing, progress, today),
        _certificates(timing, progress, today),
        _close(timing, progress, today),
    ]


def next_step(steps: Sequence[Step]) -> Step | None:
    """Return what is to be done first: what is late, otherwise what is under way, in the order of the steps."""
    late = (step for step in steps if step.state == StepState.ATTENTION)
    return next(late, None) or next((step for step in steps if step.is_open), None)


def _open(key: StepKey, note: Note, due_on: date, today: date, **counts: int) -> Step:
    state = StepState.ATTENTION if due_on < today else StepState.CURRENT
    return Step(key, state, note, counts, due_on)


def _plan(timing: Timing, progress: Progress, today: date) -> Step:
    notes = {TrainingState.DRAFT.value: Note.DRAFT, TrainingState.PENDING_APPROVAL.value: Note.WAITING_FOR_APPROVAL}
    note = notes.get(timing.state)
    if note is not None:
        return _open(StepKey.PLAN, note, timing.nominations_due_on, today)
    return Step(StepKey.PLAN, StepState.DONE, Note.SESSIONS, {"sessions": len(progress.sessions)})


def _nominations(timing: Timing, progress: Progress, today: date) -> Step:
    due_on = timing.nominations_due_on
    if progress.staged_lists:
        return _open(StepKey.NOMINATIONS, Note.LISTS_TO_CHECK, due_on, today, lists=progress.staged_lists)
    if not progress.registered:
        return _open(StepKey.NOMINATIONS, Note.NO_LIST, due_on, today)
    return Step(StepKey.NOMINATIONS, StepState.DONE, Note.NOMINATED, {"people": progress.registered})


def _confirm(timing: Timing, progress: Progress, today: date) -> Step:
    """Ask for a decision about everybody; the waiting list is one until the last day."""
    due_on, undecided = timing.names_due_on, progress.nominated + progress.invited
    if today > timing.ends_on:
        undecided += progress.waitlisted
    if undecided:
        return _open(StepKey.CONFIRM, Note.TO_DECIDE, due_on, today, people=undecided)
    counts = {"people": progress.confirmed, "waiting": progress.waitlisted}
    if not progress.registered:
        return Step(StepKey.CONFIRM, StepState.LOCKED, Note.NOBODY_NOMINATED)
    return Step(StepKey.CONFIRM, StepState.DONE, Note.CONFIRMED, counts)


def _mails(timing: Timing, progress: Progress, today: date) -> Step:
    """Say what has to be told now; what goes by itself is nobody's task."""
    if not progress.registered:
        return Step(StepKey.MAILS, StepState.LOCKED, Note.NOBODY_NOMINATED)
    days = {"starts_on": timing.starts_on, "ends_on": timing.ends_on, "names_due_on": timing.names_due_on}
    due = [] if timing.state == TrainingState.FINALIZED else list_due(progress.unreached, **days, today=today)
    if due:
        counts = {one.kind.value: one.people for one in due}
        return _open(StepKey.MAILS, Note.MAILS_DUE, min(one.due_on for one in due), today, **counts)
    if today <= timing.ends_on:
        return Step(StepKey.MAILS, StepState.TODO, Note.MAILS_LATER)
    return Step(StepKey.MAILS, StepState.DONE, Note.MAILS_DONE)


def _attendance(timing: Timing, progress: Progress, today: date) -> Step:
    if not progress.confirmed:
        return Step(StepKey.ATTENDANCE, StepState.LOCKED, Note.NOBODY_YET)
    counts = {"marked": progress.sessions_marked, "sessions": len(progress.sessions)}
    begun = (one for one in progress.sessions if one.local_date <= today)
    unmarked = [one.local_date for one in begun if one.marked < progress.confirmed]
    if unmarked:
        return _open(StepKey.ATTENDANCE, Note.SESSIONS_MARKED, min(unmarked), today, **counts)
    if phase(timing.starts_on, timing.ends_on, today) == Phase.UPCOMING:
        return Step(StepKey.ATTENDANCE, StepState.TODO, Note.BEGINS, due_on=timing.starts_on)
    is_done = progress.sessions_marked == len(progress.sessions)
    state = StepState.DONE if is_done else StepState.TODO
    return Step(StepKey.ATTENDANCE, state, Note.SESSIONS_MARKED, counts)


def _assessments(timing: Timing, progress: Progress, today: date) -> Step:
    """Tests are voluntary unless the training asks for the one after; then it is due on the last day."""
    if not progress.confirmed:
        return Step(StepKey.ASSESSMENTS, StepState.LOCKED, Note.NOBODY_YET)
    counts = {"pre": progress.pre_sheets, "post": progress.post_sheets, "people": progress.confirmed}
    if progress.pre_open or progress.post_open:
        counts["done"] = counts["post"] if progress.post_open else counts["pre"]
        return Step(StepKey.ASSESSMENTS, StepState.CURRENT, Note.TEST_OPEN, counts, timing.ends_on)
    if progress.post_closed and progress.post_sheets:
        return Step(StepKey.ASSESSMENTS, StepState.DONE, Note.TESTED_BOTH, counts)
    if timing.is_assessment_required and today >= timing.ends_on:
        return _open(StepKey.ASSESSMENTS, Note.TEST_AFTER_MISSING, timing.ends_on, today)
    note = Note.TESTED_BEFORE if progress.pre_closed else Note.NO_TEST
    return Step(StepKey.ASSESSMENTS, StepState.TODO, note, counts)


def _evaluation(timing: Timing, progress: Progress, today: date) -> Step:
    if not progress.confirmed:
        return Step(StepKey.EVALUATION, StepState.LOCKED, Note.NOBODY_YET)
    counts = {"forms": progress.evaluation_forms, "people": progress.confirmed}
    if progress.evaluations_closed:
        return Step(StepKey.EVALUATION, StepState.DONE, Note.ANSWERED, counts)
    if today <= timing.ends_on and not progress.evaluations_open:
        return Step(StepKey.EVALUATION, StepState.TODO, Note.AFTER_LAST_DAY)
    return _open(StepKey.EVALUATION, Note.ANSWERED, timing.ends_on + ANSWERED_WITHIN, today, **counts)


def _materials(timing: Timing, progress: Progress, today: date) -> Step:
    """Copies are voluntary; who gave some must have as many signatures, and an act that was begun is finished."""
    counts = {"given": progress.copies_given, "signed": progress.copies_signed}
    if counts["given"] != counts["signed"]:
        return _open(StepKey.MATERIALS, Note.COPIES_SIGNED, timing.ends_on + PAPERS_AFTER, today, **counts)
    if progress.acts_open:
        due_on = timing.ends_on + PAPERS_AFTER
        return _open(StepKey.MATERIALS, Note.ACTS_OPEN, due_on, today, acts=progress.acts_open)
    if progress.acts_signed and not counts["given"]:
        return Step(StepKey.MATERIALS, StepState.DONE, Note.ACTS_SIGNED, {"acts": progress.acts_signed})
    if counts["given"]:
        return Step(StepKey.MATERIALS, StepState.DONE, Note.COPIES_GIVEN, counts)
    return Step(StepKey.MATERIALS, StepState.TODO if progress.confirmed else StepState.LOCKED, Note.NONE_GIVEN)


def _names(timing: Timing, progress: Progress, today: date) -> Step:
    if not progress.confirmed:
        return Step(StepKey.NAMES, StepState.LOCKED, Note.NOBODY_YET)
    counts = {"checked": progress.names_checked, "people": progress.confirmed}
    # After the lock the names that are left belong to people without a certificate.
    if progress.names_checked >= progress.confirmed or timing.state == TrainingState.FINALIZED:
        return Step(StepKey.NAMES, StepState.DONE, Note.NAMES_CHECKED, counts)
    if today < timing.starts_on:
        return Step(StepKey.NAMES, StepState.TODO, Note.NAMES_CHECKED, counts, timing.ends_on)
    return _open(StepKey.NAMES, Note.NAMES_CHECKED, timing.ends_on, today, **counts)


def _certificates(timing: Timing, progress: Progress, today: date) -> Step:
    if progress.unsettled:
        return Step(StepKey.CERTIFICATES, StepState.ATTENTION, Note.TO_SETTLE, {"people": progress.unsettled})
    if not progress.confirmed:
        return Step(StepKey.CERTIFICATES, StepState.LOCKED, Note.NOBODY_YET)
    due_on, is_over = timing.ends_on + PAPERS_AFTER, progress.is_over and today >= timing.ends_on
    if progress.eligible_uncertified and is_over:
        counts = {"people": progress.eligible_uncertified, "issued": progress.issued}
        return _open(StepKey.CERTIFICATES, Note.TO_ISSUE, due_on, today, **counts)
    if progress.issued:
        step = _handing_over(timing, progress, today)
        # What was issued ahead is not the end of it: whether the marks bear it out is seen when the training is over.
        return step if is_over else replace(step, state=StepState.TODO)
    if today == timing.ends_on:
        return Step(StepKey.CERTIFICATES, StepState.TODO, Note.CEREMONY)
    if today < timing.ends_on:
        return Step(StepKey.CERTIFICATES, StepState.TODO, Note.AFTER_LAST_DAY)
    return Step(StepKey.CERTIFICATES, StepState.TODO, Note.NOBODY_ELIGIBLE)


def _handing_over(timing: Timing, progress: Progress, today: date) -> Step:
    """Nobody has to note who got a paper; who has begun says it of all of them."""
    counts = {"issued": progress.issued, "people": progress.confirmed}
    if not progress.handed_over + progress.unclaimed:
        return Step(StepKey.CERTIFICATES, StepState.DONE, Note.ISSUED, counts)
    counts |= {"handed": progress.handed_over, "unclaimed": progress.unclaimed}
    if progress.handed_over + progress.unclaimed < progress.issued and timing.state != TrainingState.FINALIZED:
        return _open(StepKey.CERTIFICATES, Note.HANDING_OVER, timing.ends_on + PAPERS_AFTER, today, **counts)
    return Step(StepKey.CERTIFICATES, StepState.DONE, Note.HANDED_OVER, counts)


def _close(timing: Timing, progress: Progress, today: date) -> Step:
    """Come last: what else is open stands in the steps before, and only the reasons are given here."""
    if timing.state == TrainingState.FINALIZED:
        note = Note.CORRECTED if timing.corrections else Note.FINALIZED
        return Step(StepKey.CLOSE, StepState.DONE, note, {"corrections": timing.corrections})
    if not progress.confirmed:
        return Step(StepKey.CLOSE, StepState.LOCKED, Note.NOBODY_YET)
    if today <= timing.ends_on:
        return Step(StepKey.CLOSE, StepState.TODO, Note.AFTER_LAST_DAY)
    due_on = timing.ends_on + CLOSED_AFTER
    if progress.unexplained:
        return _open(StepKey.CLOSE, Note.REASONS_MISSING, due_on, today, people=progress.unexplained)
    return _open(StepKey.CLOSE, Note.TO_CLOSE, due_on, today)


class Obstacle(Labelled):
    FINALIZED = "finalized", N_("The training is finalized: it took place, and stays as it was.")
    CANCELLED = "cancelled", N_("The training is cancelled already.")
    TOOK_PLACE = "took_place", N_("The training took place. Take that back first, if it did not.")
    MARKED = (
        "marked",
        N_("People are marked in this training: it cannot be moved. Change single blocks in the agenda."),
    )
    CERTIFIED = "certified", N_("Certificates are issued for this training. Revoke them first.")


@dataclass(frozen=True)
class Papers:
    """What stands on paper of a training: people marked, certificates that are worth something."""

    marked: int = 0
    certified: int = 0


def goes_back(starts_on: date, was: date, today: date) -> bool:
    """Tell whether a training would come to begin on a day that has gone by: nobody is told of it."""
    return starts_on != was and starts_on < today


def past_faults(starts_on: date, was: date, today: date, *, is_meant: bool) -> list[RecordFault]:
    """Return what stands against a first day that has gone by, unless somebody has said that it is meant."""
    is_slip = goes_back(starts_on, was, today) and not is_meant
    return [RecordFault(RecordFaultCode.PAST_NOT_MEANT, "is_past_meant")] if is_slip else []


def move_obstacle(state: str, papers: Papers) -> Obstacle | None:
    """Return why a training cannot be moved: marks and certificates name its days."""
    return cancel_obstacle(state, papers) or (Obstacle.MARKED if papers.marked else None)


def cancel_obstacle(state: str, papers: Papers) -> Obstacle | None:
    """Return why a training cannot be cancelled; one that broke off after its first marks can."""
    if state == TrainingState.FINALIZED:
        return Obstacle.FINALIZED
    if state == TrainingState.HELD:
        return Obstacle.TOOK_PLACE
    if state in CANCELLED:
        return Obstacle.CANCELLED
    return Obstacle.CERTIFIED if papers.certified else None
