"""Read what the agenda page shows beside the blocks: marks, possible facilitators, conflicts."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from portal.access import policy
from portal.access.permissions import Role
from portal.access.policy import Actor
from portal.agenda import rules
from portal.agenda.rules import Booking, Clash, shared_days
from portal.attendance.models import AttendanceMark
from portal.people import name_rules
from portal.people.models import Person
from portal.platform import texts
from portal.platform.db import db
from portal.registration.models import Registration
from portal.registration.rules import RegistrationRole, RegistrationState
from portal.trainings import queries as trainings
from portal.trainings.agenda_rules import clock_moved
from portal.trainings.models import SessionFacilitator, Training, TrainingSession
from portal.trainings.rules import CANCELLED, Whereabouts

LIVE_STATES = (
    RegistrationState.NOMINATED,
    RegistrationState.INVITED,
    RegistrationState.CONFIRMED,
    RegistrationState.WAITLISTED,
)
MOST = 20


@dataclass(frozen=True)
class DoubleRegistration:
    """A person's registration here, the one in another training, and the first and last day that both need."""

    here: Registration
    there: Registration
    days: tuple[date, date] | None


@dataclass(frozen=True)
class DoubleRegistrations:
    """The first of them, and how many there are."""

    rows: list[DoubleRegistration]
    count: int


def list_double_registrations(training: Training, where: Whereabouts) -> DoubleRegistrations:
    """Return the people of a training who are registered in another one on the days of `where`, by name.

    Rows of persons that were merged are of one person. What ended or was cancelled takes no day.
    """
    here, there = aliased(Registration), aliased(Registration)
    one, other = aliased(Person), aliased(Person)
    pairs: Select[Registration, Registration] = (
        select(here, there)
        .join(one, one.id == here.person_id)
        .join(other, func.coalesce(other.merged_into_id, other.id) == func.coalesce(one.merged_into_id, one.id))
        .join(there, there.person_id == other.id)
        .join(Training, Training.id == there.training_id)
        .where(
            here.training_id == training.id,
            here.state.in_(LIVE_STATES),
            there.id != here.id,
            there.training_id != training.id,
            there.state.in_(LIVE_STATES),
            Training.starts_on <= where.ends_on,
            Training.ends_on >= where.starts_on,
            Training.state.not_in([state.value for state in CANCELLED]),
        )
    )
    shown = (
        pairs.options(contains_eager(here.person.of_type(one)), joinedload(there.training).joinedload(Training.region))
        .order_by(one.sort_key, here.id, there.id)
        .limit(MOST)
    )
    rows = [
        DoubleRegistration(here, there, shared_days(where, there.training)) for here, there in db.session.execute(shown)
    ]
    if len(rows) < MOST:
        return DoubleRegistrations(rows, len(rows))
    return DoubleRegistrations(rows, db.session.scalar(select(func.count()).select_from(pairs.subquery())) or 0)


_MOST_OFFERED = 30
_MOST_FOUND = 12
_MOST_WORDS = 5
_LEAST_LETTERS = 2


@dataclass(frozen=True)
class SessionClash:
    """A session here and another one at the same time; who or what both want."""

    here: TrainingSession
    there: TrainingSession
    person: Person | None
    is_within_reach: bool

    @property
    def is_elsewhere(self) -> bool:
        return self.there.training_id != self.here.training_id


@dataclass(frozen=True)
class Conflicts:
    """Everything that a training wants at the same time as itself or another one."""

    facilitators: list[SessionClash]
    venue: list[SessionClash]
    people: DoubleRegistrations

    def __bool__(self) -> bool:
        return self.count > 0

    @property
    def count(self) -> int:
        return len(self.facilitators) + len(self.venue) + self.people.count

    @property
    def by_session(self) -> dict[int, list[SessionClash]]:
        """Return the clashes of each session of the training, by its id."""
        found: dict[int, list[SessionClash]] = defaultdict(list)
        for clash in (*self.facilitators, *self.venue):
            found[clash.here.id].append(clash)
        return found


NO_CONFLICTS = Conflicts([], [], DoubleRegistrations([], 0))


def list_conflicts(training: Training, actor: Actor, where: Whereabouts | None = None) -> Conflicts:
    """Return the conflicts of a training as it stands, or as it would be elsewhere; a cancelled one wants nothing."""
    if training.is_cancelled:
        return NO_CONFLICTS
    where = where or Whereabouts(training.starts_on, training.ends_on, training.venue_id, training.time_zone)

    def booking(session: TrainingSession, wanted: Hashable) -> Booking:
        """Book a session: one of the training at the time at which it is, or would be, elsewhere."""
        starts, ends = session.starts_at, session.ends_at
        if session.training_id == training.id:
            days = (where.starts_on - training.starts_on).days
            zones = ZoneInfo(training.time_zone), ZoneInfo(where.time_zone)
            starts, ends = (clock_moved(moment, days, *zones) for moment in (starts, ends))
        return Booking(wanted, session, session.training_id, starts, ends, session.room)

    leading = [booking(session, person) for person, session in trainings.list_sessions_led(training, where)]
    staying = [booking(session, where.venue_id) for session in trainings.list_sessions_at_venue(training, where)]
    return Conflicts(
        facilitators=[_clash(one, training, actor) for one in rules.clashes(leading) if one.involves(training.id)],
        venue=[_clash(one, training, actor) for one in rules.room_clashes(staying) if one.involves(training.id)],
        people=list_double_registrations(training, where),
    )


def count_marks(session_ids: Iterable[int]) -> dict[int, int]:
    """Return how many people are marked in each of these sessions; sessions without marks are left out."""
    mark = AttendanceMark
    query = (
        select(mark.training_session_id, func.count(mark.registration_id.distinct()))
        .where(mark.training_session_id.in_(list(session_ids)))
        .group_by(mark.training_session_id)
        .order_by(mark.training_session_id)
    )
    return dict(db.session.execute(query).all())


def list_facilitators(training: Training, actor: Actor, chosen: Collection[int] = ()) -> list[Person]:
    """Return who is offered to lead a session: those chosen, those registered as facilitators, those who led before."""
    led = (
        trainings.within_reach(select(SessionFacilitator.person_id), actor)
        .join(TrainingSession, TrainingSession.id == SessionFacilitator.training_session_id)
        .join(Training, Training.id == TrainingSession.training_id)
        .group_by(SessionFacilitator.person_id)
        .order_by(func.max(TrainingSession.starts_at).desc(), SessionFacilitator.person_id)
        .limit(_MOST_OFFERED)
    )
    registered = select(Registration.person_id).where(
        Registration.training_id == training.id, Registration.role == RegistrationRole.FACILITATOR.value
    )
    ids = {*chosen, *db.session.scalars(led), *db.session.scalars(registered)}
    return list(db.session.scalars(_people().where(Person.id.in_(ids))))


def find_people(words: str, actor: Actor) -> list[Person]:
    """Return people within reach whose name has these words, in either script and any usual spelling."""
    wanted = words.split()[:_MOST_WORDS]
    if not wanted:
        return []
    return list(db.session.scalars(_within_reach(actor).where(*map(_holds, wanted)).limit(_MOST_FOUND)))


def list_within_reach(ids: Collection[int], actor: Actor) -> list[Person]:
    """Return those of these people whom the actor reaches, by name."""
    return list(db.session.scalars(_within_reach(actor).where(Person.id.in_(ids)))) if ids else []


def _within_reach(actor: Actor) -> Select[Person]:
    """Return the query of people who serve in the actor's regions or are registered in a training there."""
    query = _people().where(Person.merged_into_id.is_(None))
    if actor.role == Role.ADMINISTRATOR or actor.reach.regions is None:
        return query
    here = trainings.within_reach(select(Registration.person_id).join(Registration.training), actor)
    return query.where(or_(Person.region_code.in_(actor.reach.regions), Person.id.in_(here)))


def _people() -> Select[Person]:
    return select(Person).options(joinedload(Person.institution)).order_by(Person.sort_key, Person.id)


def _holds(word: str) -> ColumnElement[bool]:
    found = [Person.search_text.contains(texts.fold(word), autoescape=True)]
    if word.isalpha() and len(word) >= _LEAST_LETTERS:
        found.extend(Person.match_key.contains(key, autoescape=True) for key in name_rules.match_keys(word) if key)
    return or_(*found)


def _clash(clash: Clash, training: Training, actor: Actor) -> SessionClash:
    there = clash.other_than(training.id)
    here = clash.first if there is clash.second else clash.second
    person = clash.first.wanted if isinstance(clash.first.wanted, Person) else None
    return SessionClash(here.key, there.key, person, policy.reaches(actor, there.key.training.scope))
