"""Tell the log what the books of a finalized training say, so that no later change of them passes unseen."""

from datetime import datetime

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.closing.queries import books as queries
from portal.platform.db import db
from portal.trainings.models import Training


def keep(training: Training, *, actor: Actor, now: datetime) -> None:
    """Record the hashes of what was finalized, or corrected after that."""
    db.session.flush()
    audit.record(queries.KEPT, queries.subject_of(training), after=queries.describe(training), actor=actor, now=now)


def keep_missing(*, actor: Actor, now: datetime) -> int:
    """Record those of trainings that were finalized before the log was told of books; return how many."""
    unkept = queries.list_unkept()
    for training in unkept:
        keep(training, actor=actor, now=now)
    return len(unkept)
