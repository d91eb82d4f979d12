"""Let the report of a training leave the house."""

from datetime import datetime

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.trainings.models import Training


def note_report(training: Training, copy: str, language: str, *, actor: Actor, now: datetime) -> None:
    """Record who made which copy of a training's report."""
    audit.record(
        "reports.report_made",
        f"training {training.code}",
        after={"kind": copy, "language": language},
        actor=actor,
        now=now,
    )
