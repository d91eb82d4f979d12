"""How the demo's trainings end: a reason for missing a day, the lock, a correction, the first release."""

from contextlib import suppress
from datetime import datetime

from portal.access.policy import Operator
from portal.attendance import queries as attendance
from portal.attendance.operations import Wish as MarkWish
from portal.attendance.rules import AttendanceState
from portal.closing import corrections
from portal.closing import operations as closing_operations
from portal.closing import queries as closing_queries
from portal.closing.corrections import Act
from portal.closing.operations import StillOpen
from portal.closing.rules import ShortfallCause, ShortfallKind, Wish
from portal.registration import queries as registration_queries
from portal.reports import operations as report_operations
from portal.reports import queries as report_queries
from portal.trainings.models import Training

_REASON = f"{ShortfallKind.NO_SHOW}:{ShortfallCause.WORK_RELATED}"
_NOTE = "Второй день: срочный вызов на место происшествия"
_CORRECTED = "В бумажном листе посещаемости стоит подпись вовремя; отметка «опоздал» сделана по ошибке."


def close(training: Training, *, now: datetime) -> None:
    """Give the reasons that are missing and lock the training, unless something else does not agree yet."""
    if training.is_locked or training.is_cancelled:
        return
    short = [
        one for one in closing_queries.list_reconciled(training, as_of=now) if one.is_short and one.shortfall is None
    ]
    if short:
        wishes = {one.reference: Wish(_REASON, _NOTE) for one in short}
        closing_operations.note(training, wishes, actor=Operator(), now=now)
    # What somebody has left open in the demo meanwhile stays theirs to close.
    with suppress(StillOpen):
        closing_operations.finalize(training, actor=Operator(), now=now)


def correct(training: Training, *, now: datetime) -> None:
    """Set one mark right after the lock, unless something was corrected already."""
    if not training.is_locked or training.corrections:
        return
    session = training.sessions[0]
    for registration in registration_queries.list_confirmed(training.id):
        mark = attendance.get_current_mark(session, registration)
        if mark is not None and mark.state == "late":
            corrections.correct_mark(
                registration,
                session,
                MarkWish(f"demo-{registration.reference}", AttendanceState.PRESENT),
                act=Act(_CORRECTED, training.corrections),
                actor=Operator(),
                now=now,
            )
            return


def release(trainings: list[Training], k: int, *, now: datetime) -> None:
    """Publish release 1 once every one of these trainings is finalized."""
    if report_queries.get_last() is None and trainings and all(one.is_locked for one in trainings):
        draft = report_operations.prepare(max(one.ends_on for one in trainings), k)
        report_operations.publish(draft, actor=Operator(), now=now)
