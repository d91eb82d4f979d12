"""Texts of the steps: their names, tasks and notes."""

from collections.abc import Mapping
from typing import Any

from portal.mailing.rules import MailKind
from portal.platform.i18n import _l, ngettext
from portal.workspace.rules import Note, Step, StepKey

LABELS: Mapping[StepKey, Any] = {
    StepKey.PLAN: _l("Plan"),
    StepKey.NOMINATIONS: _l("Nominations"),
    StepKey.CONFIRM: _l("Confirm"),
    StepKey.MAILS: _l("Mails"),
    StepKey.ATTENDANCE: _l("Attendance"),
    StepKey.ASSESSMENTS: _l("Tests"),
    StepKey.EVALUATION: _l("Evaluation"),
    StepKey.MATERIALS: _l("Materials"),
    StepKey.NAMES: _l("Names"),
    StepKey.CERTIFICATES: _l("Certificates"),
    StepKey.CLOSE: _l("Close"),
}
TASKS: Mapping[Note, Any] = {
    Note.DRAFT: _l("Finish the plan"),
    Note.WAITING_FOR_APPROVAL: _l("Get the plan approved"),
    Note.NO_LIST: _l("Import the ministries' list"),
    Note.LISTS_TO_CHECK: _l("Check and import the list"),
    Note.TO_DECIDE: _l("Confirm the nominated"),
    Note.MAILS_DUE: _l("Tell the people"),
    Note.SESSIONS_MARKED: _l("Mark who was there"),
    Note.TEST_OPEN: _l("Close the test when everybody has handed in"),
    Note.TEST_AFTER_MISSING: _l("Open the test after the training"),
    Note.ANSWERED: _l("Collect the evaluations and close"),
    Note.NAMES_CHECKED: _l("Check the names on the certificates"),
    Note.TO_SETTLE: _l("Settle certificates that no longer fit"),
    Note.TO_ISSUE: _l("Issue the certificates"),
    Note.HANDING_OVER: _l("Note who got the certificate"),
    Note.COPIES_SIGNED: _l("Type in who signed for a copy"),
    Note.ACTS_OPEN: _l("Get the hand-over acts signed"),
    Note.REASONS_MISSING: _l("Say why people missed too much"),
    Note.TO_CLOSE: _l("Close the training"),
}
# Where a step is done. The workspace shows no link for a part that is not built.
ENDPOINTS: Mapping[StepKey, str] = {
    StepKey.PLAN: "closing.show",
    StepKey.NOMINATIONS: "nominations.index",
    StepKey.CONFIRM: "registrations.index",
    StepKey.MAILS: "mailing.index",
    StepKey.ATTENDANCE: "attendance.index",
    StepKey.ASSESSMENTS: "assessments.index",
    StepKey.EVALUATION: "evaluations.index",
    StepKey.MATERIALS: "training_materials.index",
    StepKey.NAMES: "names.index",
    StepKey.CERTIFICATES: "certificates.index",
    StepKey.CLOSE: "close.show",
}


def label(step: Step) -> str:
    """Return what a step is called."""
    return str(LABELS[step.key])


def task(step: Step) -> str:
    """Return what there is to do about an open step."""
    return str(TASKS.get(step.note, LABELS[step.key]))


def note(step: Step) -> str:
    """Return the few words beside a step; none where its state says everything."""
    counts = step.counts
    if step.note == Note.MAILS_DUE:
        return ", ".join(str(_untold(kind, people)) for kind, people in counts.items())
    return str(_note(step.note, counts)) % counts if counts else str(_note(step.note, counts))


def _note(kind: Note, counts: Mapping[str, int]) -> Any:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == Note.REASONS_MISSING:
        return ngettext("%(num)s without a reason", "%(num)s without a reason", counts["people"])
    if kind == Note.ACTS_OPEN:
        return ngettext("%(num)s act not signed", "%(num)s acts not signed", counts["acts"])
    if kind == Note.ACTS_SIGNED:
        return ngettext("%(num)s act signed", "%(num)s acts signed", counts["acts"])
    if kind == Note.CORRECTED:
        return ngettext("%(num)s correction", "%(num)s corrections", counts["corrections"])
    return _counted(kind, counts)


def _counted(kind: Note, counts: Mapping[str, int]) -> Any:
    match kind:
        case Note.SESSIONS:
            return ngettext("%(num)s session", "%(num)s sessions", counts["sessions"])
        case Note.LISTS_TO_CHECK:
            return ngettext("%(num)s list to check", "%(num)s lists to check", counts["lists"])
        case Note.NOMINATED:
            return ngettext("%(num)s person", "%(num)s people", counts["people"])
        case Note.TO_DECIDE:
            return ngettext("%(num)s to decide", "%(num)s to decide", counts["people"])
        case Note.CONFIRMED if counts["waiting"]:
            return _l("%(people)s, %(waiting)s waiting")
        case Note.CONFIRMED:
            return ngettext("%(num)s person", "%(num)s people", counts["people"])
        case Note.HANDED_OVER if counts["unclaimed"]:
            return _l("%(handed)s handed over, %(unclaimed)s not collected")
        case Note.TO_ISSUE if counts["issued"]:
            return _l("%(people)s more to issue")
        case Note.TO_ISSUE:
            return ngettext("%(num)s to issue", "%(num)s to issue", counts["people"])
        case _:
            return _COUNTED[kind]


def _untold(kind: str, people: int) -> Any:
    match kind:
        case MailKind.INVITATION:
            return ngettext("%(num)s invitation", "%(num)s invitations", people)
        case MailKind.CONFIRMATION:
            return ngettext("%(num)s confirmation", "%(num)s confirmations", people)
        case MailKind.MOVED:
            return ngettext("%(num)s person knows the old dates", "%(num)s people know the old dates", people)
        case MailKind.REMINDER:
            return ngettext("%(num)s reminder", "%(num)s reminders", people)
        case _:
            return ngettext("%(num)s request to evaluate", "%(num)s requests to evaluate", people)


_PLAIN: Mapping[Note, Any] = {
    Note.DRAFT: _l("draft"),
    Note.WAITING_FOR_APPROVAL: _l("not approved yet"),
    Note.CANCELLED: _l("cancelled"),
    Note.NO_LIST: _l("no list yet"),
    Note.NOBODY_NOMINATED: _l("nobody yet"),
    Note.NOBODY_YET: _l("nobody yet"),
    Note.MAILS_LATER: _l("nothing due now"),
    Note.MAILS_DONE: "",
    Note.BEGINS: "",
    Note.NO_TEST: _l("none yet"),
    Note.TEST_AFTER_MISSING: _l("the one after is missing"),
    Note.AFTER_LAST_DAY: "",
    Note.CEREMONY: _l("from noon, for the ceremony"),
    Note.NOBODY_ELIGIBLE: _l("nobody has met the rules"),
    Note.NONE_GIVEN: _l("none given"),
    Note.TO_CLOSE: _l("not closed yet"),
    Note.FINALIZED: _l("finalized"),
}
_COUNTED: Mapping[Note, Any] = {
    Note.COPIES_SIGNED: _l("%(signed)s of %(given)s signed"),
    Note.COPIES_GIVEN: _l("%(given)s given"),
    Note.SESSIONS_MARKED: _l("%(marked)s of %(sessions)s sessions"),
    Note.TEST_OPEN: _l("open, %(done)s of %(people)s"),
    Note.TESTED_BEFORE: _l("%(pre)s before"),
    Note.TESTED_BOTH: _l("%(pre)s before, %(post)s after"),
    Note.ANSWERED: _l("%(forms)s of %(people)s answered"),
    Note.NAMES_CHECKED: _l("%(checked)s of %(people)s"),
    Note.TO_SETTLE: _l("%(people)s to settle"),
    Note.ISSUED: _l("%(issued)s issued"),
    Note.HANDING_OVER: _l("%(handed)s of %(issued)s handed over"),
    Note.HANDED_OVER: _l("%(handed)s handed over"),
}
