"""Change the plan of a training: here, because seats and marks of higher floors stand against some changes."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from portal.access.policy import Actor
from portal.attendance.models import AttendanceMark
from portal.audit import operations as audit
from portal.catalog import operations as catalog
from portal.catalog.rules import NewVenue
from portal.mailing import operations as mailing
from portal.platform.db import db
from portal.platform.errors import Conflict, Refusal
from portal.platform.wording import _l
from portal.records.refusals import PlanRefused
from portal.registration.queries import seats
from portal.trainings.models import Training, TrainingSession, Venue
from portal.trainings.operations import days, plans
from portal.trainings.operations.locks import lock_open
from portal.trainings.operations.plans import Place
from portal.trainings.rules.ends import past_faults
from portal.trainings.rules.plans import Plan


class TrainingChanged(Conflict):
    """Refuse to overwrite what somebody else has saved meanwhile."""

    message = _l("Somebody else has saved this training meanwhile. Yours is kept below: compare, then save again.")


class ChangedMeanwhile(TrainingChanged):
    """Refuse the same on a page that shows how the training stands now."""

    message = _l("Somebody else has changed this training meanwhile. Look at how it stands now, then decide again.")


class SeatsBelowConfirmed(Refusal):
    """Refuse fewer seats than there are confirmed people; `place` is that of the allotment, None for the whole."""

    message = _l("%(confirmed)s people are confirmed already, so there must be at least as many seats.")

    def __init__(self, confirmed: int, place: int | None) -> None:
        super().__init__(confirmed=confirmed)
        self.place = place


class SessionHasMarks(Refusal):
    """Refuse to take out a session in which people are marked."""

    message = _l("People are marked in the session “%(title)s”; it cannot be taken out.")


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
    plans.require(plan, Place(training.course, training.project, training.region, venue), actor)
    if isinstance(venue, Venue) and venue.id != training.venue_id:
        catalog.ensure_in_use(venue)
    today = now.astimezone(ZoneInfo(plan.time_zone)).date()
    if faults := past_faults(plan.starts_on, training.starts_on, today, is_meant=plan.is_past_meant):
        raise PlanRefused(faults)
    before, was = plans.recorded(training), mailing.whereabouts(training)
    with db.session.begin_nested():
        _require_marked_sessions(training, plan)
        training.venue = catalog.take_venue(venue, training.region) if isinstance(venue, NewVenue) else venue
        plans.write(plan, training)
        flag_modified(training, "hours")  # A change of sessions or seats alone is a new version as well.
        db.session.flush()  # One version, whatever is read from here on.
        days.keep(training)
        _require_seats(training)
        mailing.keep_former(training, was, now=now)
    _record(training, before, actor, now)


def _require_marked_sessions(training: Training, plan: Plan) -> None:
    planned = {session.reference: (session.starts_at, session.ends_at) for session in plan.sessions}
    gone = [one for one in training.sessions if one.reference not in planned]
    moved = [one for one in training.sessions if planned.get(one.reference) not in (None, (one.starts_at, one.ends_at))]
    for sessions, refusal in ((gone, SessionHasMarks), (moved, MarkedSessionStays)):
        session = _first_marked([one.id for one in sessions])
        if session is not None:
            raise refusal(title=session.title_ru or session.title_ky or session.title_en)


def _first_marked(ids: list[int]) -> TrainingSession | None:
    marked = (
        select(TrainingSession)
        .join(AttendanceMark, AttendanceMark.training_session_id == TrainingSession.id)
        .where(TrainingSession.id.in_(ids))
        .order_by(TrainingSession.starts_at)
        .limit(1)
    )
    return db.session.scalars(marked).first() if ids else None


def _require_seats(training: Training) -> None:
    room = seats.get_seating(training).room
    if room.taken > training.capacity:
        raise SeatsBelowConfirmed(room.taken, None)
    places = {allotment.id: place for place, allotment in enumerate(training.allotments)}
    for quota in room.quotas:
        if room.taken_of(quota) > quota.seats:
            raise SeatsBelowConfirmed(room.taken_of(quota), places.get(quota.id))


def _record(training: Training, before: dict[str, Any], actor: Actor, now: datetime) -> None:
    after = plans.recorded(training)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        audit.record(
            "trainings.changed",
            f"training {training.code}",
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
            actor=actor,
            now=now,
        )
