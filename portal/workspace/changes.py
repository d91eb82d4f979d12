"""Change, move or cancel a training. It is here because seats and marks of higher floors may prevent a change."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from portal.access.policy import Actor
from portal.agenda.operations import ChangedMeanwhile, SessionHasMarks, TrainingChanged
from portal.attendance.models import AttendanceMark
from portal.audit import operations as audit
from portal.catalog import operations as catalog
from portal.catalog.kinds import VenueElsewhere
from portal.catalog.models import Venue
from portal.catalog.rules import NewVenue
from portal.mailing import operations as mailing
from portal.mailing.queries import find_contact
from portal.mailing.rules import MailKind
from portal.platform import mail
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, ReasonMissing, Refusal
from portal.platform.i18n import _l, text_of
from portal.records.refusals import PlanRefused
from portal.records.rules import YEARS, RecordFault, RecordFaultCode
from portal.registration import queries as registration_queries
from portal.trainings import operations as training_operations
from portal.trainings.agenda_rules import clock_moved
from portal.trainings.documents import list_blocks
from portal.trainings.models import Training, TrainingSession
from portal.trainings.operations import Place, lock_open
from portal.trainings.rules import Plan, TrainingState
from portal.workspace import notified
from portal.workspace.rules import cancel_obstacle, goes_back, move_obstacle, past_faults


class SeatsBelowConfirmed(Refusal):
    """Refuse fewer seats than there are confirmed people; `place` is that of the allotment, None for the whole."""

    message = _l("%(confirmed)s people are confirmed already, so there must be at least as many seats.")

    def __init__(self, confirmed: int, place: int | None) -> None:
        super().__init__(confirmed=confirmed)
        self.place = place


class MarkedSessionStays(Refusal):
    """Refuse to move a session with marks from the form of the whole plan, where nobody would notice."""

    message = _l(
        "People are marked in the session “%(title)s”. Change its time on the agenda page: there it is asked about."
    )


def change_training(
    training: Training, plan: Plan, venue: Venue | NewVenue, *, version: int, actor: Actor, now: datetime
) -> None:
    """Bring a training in line with a changed plan; all of it or nothing.

    :raises TrainingChanged: if another version than `version` stands.
    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises PlanRefused: if something stands against the plan, also a first day that has gone by unless it is meant.
    :raises VenueElsewhere: if the venue is in another region.
    :raises SeatsBelowConfirmed: if there would be fewer seats than confirmed people.
    :raises SessionHasMarks: if a session with marks would go.
    :raises MarkedSessionStays: if a session with marks would move.
    """
    training = lock_open(training.id)
    if training.version != version:
        raise TrainingChanged
    training_operations.ensure_valid(plan, Place(training.course, training.project, training.region, venue), actor)
    if isinstance(venue, Venue) and venue.id != training.venue_id:
        catalog.ensure_in_use(venue)
    today = now.astimezone(ZoneInfo(plan.time_zone)).date()
    if faults := past_faults(plan.starts_on, training.starts_on, today, is_meant=plan.is_past_meant):
        raise PlanRefused(faults)
    before, was = training_operations.recorded(training), mailing.whereabouts(training)
    with db.session.begin_nested():
        _ensure_marked_sessions_stay(training, plan)
        training.venue = catalog.take_venue(venue, training.region) if isinstance(venue, NewVenue) else venue
        training_operations.write(plan, training)
        flag_modified(training, "hours")  # A change of sessions or seats alone is a new version as well.
        db.session.flush()  # One version, whatever is read from here on.
        training_operations.keep(training)
        _ensure_seats(training)
        mailing.keep_former(training, was, now=now)
    after = training_operations.recorded(training)
    audit.record_change("trainings.changed", f"training {training.code}", before, after, actor=actor, now=now)


def _ensure_marked_sessions_stay(training: Training, plan: Plan) -> None:
    planned = {session.reference: (session.starts_at, session.ends_at) for session in plan.sessions}
    gone = [one for one in training.sessions if one.reference not in planned]
    moved = [one for one in training.sessions if planned.get(one.reference) not in (None, (one.starts_at, one.ends_at))]
    for sessions, refusal in ((gone, SessionHasMarks), (moved, MarkedSessionStays)):
        session = _first_marked([one.id for one in sessions])
        if session is not None:
            raise refusal(title=session.title.passage("ru").text)


def _first_marked(ids: list[int]) -> TrainingSession | None:
    marked = (
        select(TrainingSession)
        .join(AttendanceMark, AttendanceMark.training_session_id == TrainingSession.id)
        .where(TrainingSession.id.in_(ids))
        .order_by(TrainingSession.starts_at)
        .limit(1)
    )
    return db.session.scalars(marked).first() if ids else None


def _ensure_seats(training: Training) -> None:
    capacity = registration_queries.get_seating(training).capacity
    if capacity.taken > training.capacity:
        raise SeatsBelowConfirmed(capacity.taken, None)
    places = {allotment.id: place for place, allotment in enumerate(training.allotments)}
    for quota in capacity.quotas:
        if capacity.taken_of(quota) > quota.seats:
            raise SeatsBelowConfirmed(capacity.taken_of(quota), places.get(quota.id))


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
class Notified:
    """How many were told by mail, and how many wait to be told by messenger or phone."""

    by_mail: int = 0
    by_hand: int = 0


def move(training: Training, starts_on: date, venue: Venue, *, act: Act, actor: Actor, now: datetime) -> Notified:
    """Bring a training with all its blocks to other days or another place; each keeps its hour on the venue's clock.

    :raises ChangedMeanwhile: if another version than the one shown stands.
    :raises Conflict: if the training ended, or people are marked or certified in it.
    :raises PlanRefused: if the year cannot be right, or the first day has gone by and nobody says that it is meant.
    :raises VenueElsewhere: if the venue is in another region.
    :raises Refusal: if the training is there already, or the new venue is retired.
    :raises ReasonMissing: if no reason is given.
    """
    training = _open(training, act)
    if obstacle := move_obstacle(training.state, notified.count_papers(training)):
        raise Conflict("move_barred", _l(obstacle.label))
    ensure_moves(training, starts_on, venue)
    today = now.astimezone(ZoneInfo(venue.time_zone)).date()
    if faults := past_faults(starts_on, training.starts_on, today, is_meant=act.is_past_meant):
        raise PlanRefused(faults)
    is_telling = training.ends_on + (starts_on - training.starts_on) >= today
    is_telling = is_telling and not goes_back(starts_on, training.starts_on, today)
    before, was = _recorded(training), mailing.whereabouts(training)
    _shift(training, starts_on, venue)
    training_operations.keep(training)
    db.session.flush()
    mailing.keep_former(training, was, now=now)
    people = _notify(training, MailKind.MOVED, act, actor, now) if is_telling else Notified()
    after = _recorded(training) | {"reason": act.reason, "told": people.by_mail}
    audit.record("trainings.moved", f"training {training.code}", before=before, after=after, actor=actor, now=now)
    return people


def cancel(training: Training, end: TrainingState, *, act: Act, actor: Actor, now: datetime) -> Notified:
    """Cancel a training, by its organizer or by its host: two different ends, each with its reason.

    :raises ChangedMeanwhile: if another version than the one shown stands.
    :raises Conflict: if the training ended or took place, or certificates are issued for it.
    :raises ReasonMissing: if no reason is given.
    """
    training = _open(training, act)
    if obstacle := cancel_obstacle(training.state, notified.count_papers(training)):
        raise Conflict("cancel_barred", _l(obstacle.label))
    before = {"state": training.state}
    training.state, training.cancellation_reason = end.value, act.reason
    db.session.flush()
    people = _notify(training, MailKind.CANCELLED, act, actor, now)
    after = {"state": training.state, "reason": act.reason, "told": people.by_mail}
    audit.record("trainings.cancelled", f"training {training.code}", before=before, after=after, actor=actor, now=now)
    return people


def ensure_moves(training: Training, starts_on: date, venue: Venue) -> None:
    """Refuse a place or day to which the training cannot move.

    :raises PlanRefused: if the year cannot be right.
    :raises VenueElsewhere: if the venue is in another region.
    :raises Refusal: if the training is there already, or the new venue is retired.
    """
    if starts_on.year not in YEARS:
        raise PlanRefused([RecordFault(RecordFaultCode.YEAR_IMPLAUSIBLE, "starts_on", args={"year": starts_on.year})])
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


def _notify(training: Training, kind: MailKind, act: Act, actor: Actor, now: datetime) -> Notified:
    if not act.is_telling:
        return Notified()
    audience = notified.list_audience(training, kind, now)
    if audience.recipients:
        chosen = {one.registration.reference: len(one.mails) for one in audience.recipients}
        mailing.send(training, kind, chosen, actor=actor, now=now)
    addressed = [person for person in audience.facilitators if notified.has_address(person)]
    for message in notified.mails_to(training, kind, addressed, find_contact(training, actor)):
        mail.queue(message, now=now)
    return Notified(audience.by_mail, audience.by_hand)


def _recorded(training: Training) -> dict[str, Any]:
    return {
        "starts_on": training.starts_on.isoformat(),
        "ends_on": training.ends_on.isoformat(),
        "venue": text_of(training.venue, "name", "ru"),
    }
