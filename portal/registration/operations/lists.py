"""Lists of people that leave the house."""

from datetime import datetime

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.registration.models import Registration
from portal.registration.queries import registrations as queries
from portal.registration.queries.registrations import Sieve
from portal.trainings.models import Training


def export_confirmed(training: Training, *, actor: Actor, now: datetime) -> list[Registration]:
    """Return who is confirmed, by name, and record who took the list along."""
    registrations = queries.list_confirmed(training.id)
    audit.record(
        "registration.exported",
        f"training {training.code}",
        after={"kind": "confirmed", "rows": len(registrations)},
        actor=actor,
        now=now,
    )
    return registrations


def export_sifted(training: Training, sieve: Sieve, *, actor: Actor, now: datetime) -> list[Registration]:
    """Return the registrations that pass a sieve, and record who took the list along."""
    registrations = queries.list_sifted(training.id, sieve)
    audit.record(
        "registration.exported",
        f"training {training.code}",
        after={"kind": "registrations", "rows": len(registrations)},
        actor=actor,
        now=now,
    )
    return registrations
