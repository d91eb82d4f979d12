"""Read who knows only the days and the place that a training had before it moved."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ScalarSelect, Select, Subquery, and_, func, or_, select, union_all
from sqlalchemy.orm import aliased

from portal.mailing import rules
from portal.mailing.models import FormerPlace, PassedText
from portal.platform.db import db
from portal.platform.mail import MailState, OutboxMail
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.rules.conflicts import Whereabouts

_ABOUT = "registration " + Registration.reference
_KINDS = [kind.value for kind in rules.WITH_DATES]
_LOST = (MailState.FAILED.value, MailState.UNCLEAR.value)


def know_old(ids: Sequence[int], then: Whereabouts | None = None) -> Select[int]:
    """Return a query of the registrations whose people were told last when their training was elsewhere.

    They were told when they were put on the list, and by every letter that names the days. `then` is where the
    training would be, instead of where it is.
    """
    moved = select(FormerPlace.training_id).where(FormerPlace.training_id.in_(ids))
    told, first, earlier = _told(ids if then else moved), aliased(FormerPlace), aliased(FormerPlace)
    since = and_(first.training_id == Registration.training_id, first.until > told.c.told_at)
    before = select(earlier.id).where(
        earlier.training_id == first.training_id, earlier.until > told.c.told_at, earlier.until < first.until
    )
    known = select(first.id).where(since, ~before.correlate(first, told).exists())
    query = select(Registration.id).join(told, told.c.id == Registration.id)
    if then is not None:
        return query.where(
            ~known.where(
                first.starts_on == then.starts_on, first.ends_on == then.ends_on, first.venue_id == then.venue_id
            ).exists()
        )
    is_elsewhere = or_(
        first.starts_on != Training.starts_on, first.ends_on != Training.ends_on, first.venue_id != Training.venue_id
    )
    return query.join(Training, Training.id == Registration.training_id).where(known.where(is_elsewhere).exists())


def last_move() -> ScalarSelect[datetime]:
    """Return, for a query over mails, when the training that is their topic moved last."""
    query = select(func.max(FormerPlace.until)).join(Training, Training.id == FormerPlace.training_id)
    return query.where(OutboxMail.topic == "training " + Training.code).correlate(OutboxMail).scalar_subquery()


def count_moves(training: Training) -> int:
    """Return how often a training has moved."""
    query = select(func.count()).select_from(FormerPlace).where(FormerPlace.training_id == training.id)
    return db.session.scalar(query) or 0


def _told(ids: Sequence[int] | Select[int]) -> Subquery:
    """Return when everybody in these trainings was told of the days last."""
    people = select(Registration.id, Registration.created_at.label("at")).where(Registration.training_id.in_(ids))
    mails = (
        select(Registration.id, OutboxMail.created_at)
        .join(Training, Training.id == Registration.training_id)
        .join(OutboxMail, and_(OutboxMail.topic == "training " + Training.code, OutboxMail.about == _ABOUT))
        .where(Registration.training_id.in_(ids), OutboxMail.kind.in_(_KINDS), OutboxMail.state.not_in(_LOST))
    )
    passed = (
        select(Registration.id, PassedText.passed_at)
        .join(PassedText, PassedText.registration_id == Registration.id)
        .where(Registration.training_id.in_(ids), PassedText.kind.in_(_KINDS))
    )
    every = union_all(people, mails, passed).subquery()
    return select(every.c.id, func.max(every.c.at).label("told_at")).group_by(every.c.id).subquery()
