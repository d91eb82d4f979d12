"""Move a training to other days or another place, or cancel it, and tell everyone who counts on it in the same act."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.catalog import operations as catalog
from portal.closing import mails
from portal.closing.operations.changes import ChangedMeanwhile
from portal.closing.queries import told as queries
from portal.mailing import operations as mailing
from portal.mailing.queries import find_contact
from portal.mailing.rules import MailKind
from portal.platform import mail
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.languages import text_of
from portal.platform.wording import _l
from portal.records.refusals import PlanRefused
from portal.records.rules import YEARS, PlanFault, PlanFaultCode
from portal.trainings.documents import list_blocks
from portal.trainings.models import Training, Venue
from portal.trainings.operations import days
from portal.trainings.operations.refusals import VenueElsewhere
from portal.trainings.rules.agenda import clock_moved
from portal.trainings.rules.ends import Obstacle, cancel_obstacle, goes_back, move_obstacle, past_faults
from portal.trainings.rules.states import TrainingState

WORDS: Mapping[Obstacle, Any] = {
    Obstacle.FINALIZED: _l("The training is finalized: it took place, and stays as it was."),
    Obstacle.CANCELLED: _l("The training is cancelled already."),
    Obstacle.TOOK_PLACE: _l("The training took place. Take that back first, if it did not."),
    Obstacle.MARKED: _l("People are marked in this training: it cannot be moved. Change single blocks in the agenda."),
    Obstacle.CERTIFIED: _l("Certificates are issued for this training. Revoke them first."),
}


class MoveBarred(Conflict):
    """Refuse to move a training as it stands."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__()
        self.message = WORDS[obstacle]


class CancelBarred(Conflict):
    """Refuse to cancel a training as it stands."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__()
        self.message = WORDS[obstacle]


class ReasonMissing(Refusal):
    """Refuse an end without a reason."""

    message = _l("Say why in a few words.")


@dataclass(frozen=True)
class Act:
    """How it is done: the version that was shown, the reason for the books, and whether people are told at once.

    `is_past_meant` says that a first day that has gone by is no slip; then nobody is told.
    """

    version: int
    reason: str
    is_telling: bool = True
    is_past_meant: bool = False


@dataclass(frozen=True)
class Told:
    """How many were told by mail, and how many wait to be told by messenger or phone."""

    by_mail: int = 0
    by_hand: int = 0


def move(training: Training, starts_on: date, venue: Venue, *, act: Act, actor: Actor, now: datetime) -> Told:
    """Bring a training with all its blocks to other days or another place; each keeps its hour on the venue's clock.

    :raises ChangedMeanwhile: if another version than the one shown stands.
    :raises MoveBarred: if the training ended, or people are marked or certified in it.
    :raises PlanRefused: if the year cannot be right, or the first day has gone by and nobody says that it is meant.
    :raises VenueElsewhere: if the venue is in another region.
    :raises Refusal: if the training is there already.
    :raises Refusal: if the new venue is retired.
    :raises ReasonMissing: if no reason is given.
    """
    training = _open(training, act)
    obstacle = move_obstacle(training.state, queries.count_papers(training))
    if obstacle is not None:
        raise MoveBarred(obstacle)
    require_move(training, starts_on, venue)
    today = now.astimezone(ZoneInfo(venue.time_zone)).date()
    if faults := past_faults(starts_on, training.starts_on, today, is_meant=act.is_past_meant):
        raise PlanRefused(faults)
    is_telling = training.ends_on + (starts_on - training.starts_on) >= today
    is_telling = is_telling and not goes_back(starts_on, training.starts_on, today)
    before, was = _recorded(training), mailing.whereabouts(training)
    _shift(training, starts_on, venue)
    days.keep(training)
    db.session.flush()
    mailing.keep_former(training, was, now=now)
    told = _tell(training, MailKind.MOVED, act, actor, now) if is_telling else Told()
    after = _recorded(training) | {"reason": act.reason, "told": told.by_mail}
    audit.record("trainings.moved", f"training {training.code}", before=before, after=after, actor=actor, now=now)
    return told


def cancel(training: Training, end: TrainingState, *, act: Act, actor: Actor, now: datetime) -> Told:
    """Cancel a training, by its organizer or by its host: two different ends, each with its reason.

    :raises ChangedMeanwhile: if another version than the one shown stands.
    :raises CancelBarred: if the training ended or took place, or certificates are issued for it.
    :raises ReasonMissing: if no reason is given.
    """
    training = _open(training, act)
    obstacle = cancel_obstacle(training.state, queries.count_papers(training))
    if obstacle is not None:
        raise CancelBarred(obstacle)
    before = {"state": training.state}
    training.state, training.cancellation_reason = end.value, act.reason
    db.session.flush()
    told = _tell(training, MailKind.CANCELLED, act, actor, now)
    after = {"state": training.state, "reason": act.reason, "told": told.by_mail}
    audit.record("trainings.cancelled", f"training {training.code}", before=before, after=after, actor=actor, now=now)
    return told


def require_move(training: Training, starts_on: date, venue: Venue) -> None:
    """Refuse a place or day to which the training cannot move.

    :raises PlanRefused: if the year cannot be right.
    :raises VenueElsewhere: if the venue is in another region.
    :raises Refusal: if the training is there already.
    :raises Refusal: if the new venue is retired.
    """
    if starts_on.year not in YEARS:
        raise PlanRefused([PlanFault(PlanFaultCode.YEAR_IMPLAUSIBLE, "starts_on", args={"year": starts_on.year})])
    if venue.region_code != training.region_code:
        raise VenueElsewhere
    if venue.id != training.venue_id:
        catalog.ensure_in_use(venue)
    if starts_on == training.starts_on and venue.id == training.venue_id:
        raise Refusal("nothing_moves", _l("The training is there already: choose another day or place."))


def _open(training: Training, act: Act) -> Training:
    training = lock(Training, training.id)
    if training.version != act.version:
        raise ChangedMeanwhile
    if not act.reason.strip():
        raise ReasonMissing
    return training


def _shift(training: Training, starts_on: date, venue: Venue) -> None:
    by = (starts_on - training.starts_on).days
    old, new = ZoneInfo(training.time_zone), ZoneInfo(venue.time_zone)
    for block in list_blocks(training):
        block.starts_at = clock_moved(block.starts_at, by, old, new)
        block.ends_at = clock_moved(block.ends_at, by, old, new)
        block.local_date += timedelta(days=by)
    training.starts_on, training.ends_on = starts_on, training.ends_on + timedelta(days=by)
    training.venue = venue


def _tell(training: Training, kind: MailKind, act: Act, actor: Actor, now: datetime) -> Told:
    if not act.is_telling:
        return Told()
    audience = queries.list_audience(training, kind, now)
    if audience.recipients:
        chosen = {one.registration.reference: len(one.mails) for one in audience.recipients}
        mailing.send(training, kind, chosen, actor=actor, now=now)
    addressed = [person for person in audience.facilitators if queries.has_address(person)]
    for message in mails.to_facilitators(training, kind, addressed, find_contact(training, actor)):
        mail.queue(message, now=now)
    return Told(audience.by_mail, audience.by_hand)


def _recorded(training: Training) -> dict[str, Any]:
    return {
        "starts_on": training.starts_on.isoformat(),
        "ends_on": training.ends_on.isoformat(),
        "venue": text_of(training.venue, "name", "ru"),
    }
