"""Close evaluations whose time is over, and settle closed ones."""

from datetime import datetime
from typing import Any

import structlog

from portal.access.policy import Operator
from portal.evaluation import operations, queries
from portal.evaluation.models import Evaluation, EvaluationAnswer, EvaluationBallot, EvaluationTurnout
from portal.platform import jobs
from portal.platform.db import db, forget_old_rows, reading_session, transaction
from portal.platform.errors import Conflict
from portal.trainings.models import Training

log = structlog.get_logger(__name__)
_WORKER = Operator(label="worker")


@jobs.handler(operations.SETTLE)
def run_settle(_progress: jobs.Progress, *, code: str) -> dict[str, Any]:
    """Take the earlier versions of the rows, whose order would tell when answers came, out of the database's files."""
    forget_old_rows(EvaluationAnswer, EvaluationBallot, EvaluationTurnout, Evaluation)
    return {"code": code}


def close_due(now: datetime) -> int:
    """Close the evaluations whose time is over, each in its own transaction; return how many."""
    with reading_session():
        due = queries.list_due(now)
    closed = 0
    for training_id in due:
        try:
            with transaction():
                operations.close(db.session.get_one(Training, training_id), actor=_WORKER, now=now)
        except Conflict:  # Somebody has closed it, or the training, meanwhile.
            continue
        closed += 1
        log.info("evaluation_closed", training=training_id)
    return closed
