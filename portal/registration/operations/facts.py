"""Set right what is kept of somebody as it was at the time of a training."""

from datetime import datetime

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.people.models import Institution, Region
from portal.platform.db import db
from portal.registration.models import Registration
from portal.trainings.operations.locks import lock_open


def restate(
    registration: Registration,
    *,
    institution: Institution | None,
    region: Region | None,
    correction: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say of which institution and region somebody came to a finalized training; the person's own record stays.

    :raises TrainingClosed: if the training is finalized, unless `correction` is the open one, or cancelled.
    """
    lock_open(registration.training_id, correction=correction)
    before = facts_of(registration)
    registration.institution, registration.region = institution, region
    db.session.flush()
    audit.record(
        "registration.restated",
        f"registration {registration.reference}",
        before=before,
        after=facts_of(registration),
        actor=actor,
        now=now,
    )


def facts_of(registration: Registration) -> dict[str, str]:
    """Return the codes of institution and region as they stand."""
    institution = registration.institution.code if registration.institution else ""
    return {"institution": institution, "region": registration.region.code if registration.region else ""}
