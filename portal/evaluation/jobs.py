"""What remains to be done when an evaluation is closed."""

from typing import Any

from portal.evaluation.models.evaluations import Evaluation, EvaluationAnswer, EvaluationBallot, EvaluationTurnout
from portal.evaluation.operations import evaluations
from portal.platform import jobs
from portal.platform.db import forget_old_rows


@jobs.handler(evaluations.SETTLE)
def run_settle(_progress: jobs.Progress, *, code: str) -> dict[str, Any]:
    """Take the earlier versions of the rows, whose order would tell when answers came, out of the database's files."""
    forget_old_rows(EvaluationAnswer, EvaluationBallot, EvaluationTurnout, Evaluation)
    return {"code": code}
