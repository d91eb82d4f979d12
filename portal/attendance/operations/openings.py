"""Let a session take marks ahead of its hour, by somebody's word and with a reason."""

from datetime import datetime

from portal.access.policy import Actor
from portal.attendance import queries, rules
from portal.attendance.models import SessionOpening
from portal.audit import operations as audit
from portal.platform.db import db
from portal.platform.errors import Refusal
from portal.platform.wording import _l
from portal.trainings.models import TrainingSession
from portal.trainings.operations.locks import lock_open


def open_ahead(session: TrainingSession, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let accounts mark a session ahead of its hour; its minutes count once it begins. Twice is once.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises Refusal: if no reason is given, or one that cannot be kept.
    """
    lock_open(session.training_id)
    if not reason or len(reason) > rules.MAX_REASON or not reason.isprintable():
        raise Refusal("ahead_reason_missing", _l("Say in at most 300 characters why people are marked ahead."))
    if queries.takes_marks(session, actor, now):
        return
    db.session.add(
        SessionOpening(
            training_session_id=session.id,
            starts_at=session.starts_at,
            reason=reason,
            opened_at=now,
            opened_by=actor.label,
        )
    )
    db.session.flush()
    after = {"session": session.reference, "starts_at": session.starts_at.isoformat(), "reason": reason}
    audit.record("attendance.opened_ahead", f"training {session.training.code}", after=after, actor=actor, now=now)
