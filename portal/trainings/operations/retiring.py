"""Retire courses and venues that are no longer used, and restore them: what was planned with them keeps them."""

from datetime import datetime
from typing import TypeVar

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.platform.db import db, lock
from portal.platform.errors import Refusal
from portal.platform.wording import _l
from portal.trainings.models import Course, Venue

Retirable = TypeVar("Retirable", bound=Course | Venue)


def retire(record: Course | Venue, *, actor: Actor, now: datetime) -> None:
    """Retire a course or venue; one that is retired stays so since it was first."""
    record = lock(type(record), record.id)
    if record.retired_at is None:
        record.retired_at = now
        _record(record, "trainings.course_retired", "trainings.venue_retired", actor=actor, now=now)


def restore(record: Course | Venue, *, actor: Actor, now: datetime) -> None:
    """Offer a course or venue again."""
    record = lock(type(record), record.id)
    if record.retired_at is not None:
        record.retired_at = None
        _record(record, "trainings.course_restored", "trainings.venue_restored", actor=actor, now=now)


def require_in_use(record: Course | Venue) -> None:
    """Refuse what is retired.

    :raises Refusal: if it is.
    """
    if record.retired_at is not None:
        name = record.code if isinstance(record, Course) else record.name_ru or record.name_ky or record.name_en
        raise Refusal(
            "retired", _l("“%(name)s” is retired. Choose another one, or let it be restored first."), name=name
        )


def _record(record: Course | Venue, of_course: str, of_venue: str, *, actor: Actor, now: datetime) -> None:
    db.session.flush()
    is_course = isinstance(record, Course)
    subject = f"course {record.code}" if isinstance(record, Course) else f"venue {record.id}"
    audit.record(of_course if is_course else of_venue, subject, actor=actor, now=now)
