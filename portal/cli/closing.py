"""Close a training from the command line."""

from collections.abc import Sequence
from typing import Any

import click

from portal.access.policy import Operator
from portal.cli.output import Refused, command
from portal.cli.warnings import Warned, before_end
from portal.closing.operations import finalize, wording
from portal.closing.operations.finalize import StillOpen
from portal.closing.rules.reconciliation import Mismatch
from portal.platform import clock
from portal.platform.db import db
from portal.trainings import queries as trainings


@command("finalize-training")
@click.argument("code")
def finalize_training(code: str) -> dict[str, Any]:
    """Lock the training CODE if everything in it agrees; otherwise name what does not, and whom it concerns."""
    training = trainings.get_training(code)
    if training is None:
        raise Refused(f"There is no training {code}.")
    mismatches: Sequence[Mismatch] = ()
    warnings: list[str] = []
    if not training.is_locked:
        now = clock.now()
        warnings = before_end(training, Warned.LOCKED_AHEAD, now)
        try:
            finalize.finalize(training, is_ahead=True, actor=Operator(), now=now)
        except StillOpen as refusal:
            db.session.rollback()
            mismatches = refusal.mismatches
    return {
        "state": training.state,
        "mismatches": [_line(one) for one in mismatches],
        "warnings": warnings,
        "exit_code": 1 if mismatches else 0,
    }


def _line(mismatch: Mismatch) -> dict[str, Any]:
    return {
        "kind": mismatch.kind.value,
        "problem": wording.mismatch(mismatch),
        "people": [{"registration": one.reference, "name": one.name} for one in mismatch.people],
    }
