"""How trainings of the demo end: a reason for whoever missed a day, the lock, a correction, and the first release."""

from contextlib import suppress
from datetime import datetime

from portal.access.policy import Operator
from portal.attendance import queries as attendance
from portal.attendance.operations.marks import Wish as MarkWish
from portal.closing.operations import corrections, finalize, shortfalls
from portal.closing.operations.corrections import Act
from portal.closing.operations.finalize import StillOpen
from portal.closing.queries import standings
from portal.closing.rules.shortfalls import ShortfallCause, ShortfallKind, Wish
from portal.registration.queries import registrations
from portal.reports.operations import publish
from portal.reports.queries import releases
from portal.trainings.models import Training

_REASON = f"{ShortfallKind.NO_SHOW}:{ShortfallCause.WORK_RELATED}"
_NOTE = "Второй день: срочный вызов на место происшествия"
_CORRECTED = "В бумажном листе посещаемости стоит подпись вовремя; отметка «опоздал» сделана по ошибке."


def close(training: Training, *, now: datetime) -> None:
    """Give the reasons that are missing and lock the training, unless something else does not agree yet."""
    if training.is_locked or training.is_cancelled:
        return
    short = [one for one in standings.list_standings(training, as_of=now) if one.is_short and one.shortfall is None]
    if short:
        wishes = {one.reference: Wish(_REASON, _NOTE) for one in short}
        shortfalls.note(training, wishes, actor=Operator(), now=now)
    # What somebody has left open in the demo meanwhile stays theirs to close.
    with suppress(StillOpen):
        finalize.finalize(training, actor=Operator(), now=now)


def correct(training: Training, *, now: datetime) -> None:
    """Set one mark right after the lock, unless something was corrected already."""
    if not training.is_locked or training.corrections:
        return
    session = training.sessions[0]
    for registration in registrations.list_confirmed(training.id):
        mark = attendance.get_current_mark(session, registration)
        if mark is not None and mark.state == "late":
            corrections.correct_mark(
                registration,
                session,
                MarkWish(f"demo-{registration.reference}", "present"),
                act=Act(_CORRECTED, training.corrections),
                actor=Operator(),
                now=now,
            )
            return


def release(trainings: list[Training], k: int, *, now: datetime) -> None:
    """Publish release 1 once every one of these trainings is finalized."""
    if releases.get_last() is None and trainings and all(one.is_locked for one in trainings):
        draft = publish.prepare(max(one.ends_on for one in trainings), k)
        publish.publish(draft, actor=Operator(), now=now)
