"""Read what is kept of those who take part, and how it was corrected."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from portal.people.models import Person
from portal.platform.db import db
from portal.registration.models import Registration
from portal.registration.rules.facts import OF_PERSON
from portal.trainings.models import Training


def facts_of(registration: Registration) -> dict[str, Any]:
    """Return what is kept of somebody: as at the time of the training what may change, the rest of the person."""
    return {name: getattr(registration.person, name) for name in OF_PERSON} | _service(registration)


def present_facts_of(person: Person) -> dict[str, Any]:
    """Return what is known of a person now, whatever the training."""
    return {name: getattr(person, name) for name in OF_PERSON} | _service(person)


def list_outdated(registration_ids: Collection[int]) -> set[int]:
    """Return which of these registrations are not the person's latest: a later training has one of its own."""
    later, its_training = aliased(Registration), aliased(Training)
    query = (
        select(Registration.id)
        .join(Training, Training.id == Registration.training_id)
        .join(later, later.person_id == Registration.person_id)
        .join(its_training, its_training.id == later.training_id)
        .where(Registration.id.in_(registration_ids), its_training.starts_on > Training.starts_on)
        .distinct()
    )
    return set(db.session.scalars(query))


def _service(one: Registration | Person) -> dict[str, Any]:
    institution = one.institution.code if one.institution else ""
    return {"institution": institution, "region": one.region_code or "", "post": one.post, "rank": one.rank}
