"""Read what was corrected in trainings since they were finalized."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from portal.access.policy import Actor
from portal.closing.models import Correction
from portal.platform import paging
from portal.platform.db import db
from portal.platform.paging import Page
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.queries import within_reach

PAGE_SIZE = 30


@dataclass(frozen=True)
class Corrected:
    """How many corrections a training has since a moment, and when the last one was made."""

    training_id: int
    code: str
    corrections: int
    last_at: datetime


def page_of_corrections(training: Training, number: int) -> Page[Correction]:
    """Return one page of a training's corrections with their people, the last one first."""
    query = select(Correction).where(Correction.training_id == training.id).order_by(Correction.number.desc())
    people = joinedload(Correction.registration).joinedload(Registration.person)
    return paging.page(query, number, PAGE_SIZE, options=[people])


def list_of(registration: Registration) -> list[Correction]:
    """Return what was corrected of one person, the last one first."""
    query = (
        select(Correction)
        .options(joinedload(Correction.registration).joinedload(Registration.person))
        .where(Correction.registration_id == registration.id)
        .order_by(Correction.number.desc())
    )
    return list(db.session.scalars(query))


def list_since(
    actor: Actor, since: datetime | None = None, training_ids: Collection[int] | None = None
) -> list[Corrected]:
    """Return the trainings within reach that were corrected since a moment, or ever, by code; whom it concerned stays.

    `training_ids` narrows it to some trainings, such as those of a release.
    """
    query = (
        within_reach(select(Training.id, Training.code, func.count(), func.max(Correction.corrected_at)), actor)
        .join(Correction, Correction.training_id == Training.id)
        .group_by(Training.id, Training.code)
        .order_by(Training.code)
    )
    if since is not None:
        query = query.where(Correction.corrected_at > since)
    if training_ids is not None:
        query = query.where(Training.id.in_(training_ids))
    return [Corrected(*row) for row in db.session.execute(query)]
