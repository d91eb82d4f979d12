"""Plan a training after the pattern of another one: its sessions, seats and rules, on other days; nothing of people."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from portal.access.policy import Actor
from portal.catalog.rules import NewVenue
from portal.people.models import Region
from portal.platform.texts import Text
from portal.trainings.models import Training, Venue
from portal.trainings.operations import plans
from portal.trainings.rules.agenda import clock_moved
from portal.trainings.rules.plans import Plan, PlannedAllotment
from portal.trainings.rules.states import TrainingState


@dataclass(frozen=True)
class Target:
    """Where and when the copy takes place, and what it is called."""

    titles: Text
    starts_on: date
    region: Region
    venue: Venue | NewVenue
    state: TrainingState = TrainingState.APPROVED


def copy(training: Training, target: Target, *, actor: Actor, now: datetime) -> Training:
    """Make a training like another one, under a code of its own.

    :raises PlanRefused: if something stands against the plan on its new days.
    :raises OutOfReach: if the region is not the actor's.
    :raises VenueElsewhere: if the venue is in another region.
    """
    place = plans.Place(training.course, training.project, target.region, target.venue)
    plan = _plan(training, target, plans.contact_by_default(actor))
    return plans.create(plan, place, state=target.state, copied_from=training, actor=actor, now=now)


def _plan(training: Training, target: Target, contact_id: int | None) -> Plan:
    days = (target.starts_on - training.starts_on).days
    here, there = ZoneInfo(training.time_zone), ZoneInfo(target.venue.time_zone)

    def move(moment: datetime) -> datetime:
        return clock_moved(moment, days, here, there)

    return Plan(
        titles=target.titles or Text.of(training),
        starts_on=target.starts_on,
        ends_on=target.starts_on + (training.ends_on - training.starts_on),
        hours=training.hours,
        capacity=training.capacity,
        minimum_attendance=training.minimum_attendance,
        time_zone=target.venue.time_zone,
        sessions=tuple(
            replace(one, starts_at=move(one.starts_at), ends_at=move(one.ends_at), reference="")
            for one in plans.planned_sessions(training)
        ),
        allotments=tuple(
            PlannedAllotment(one.seats, one.institution_id, one.region_code, one.role) for one in training.allotments
        ),
        details=replace(plans.details_of(training), contact_id=contact_id),
    )
