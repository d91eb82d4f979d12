"""Read how far trainings are, in three queries for any number of them, and lists of trainings with their seats."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, select, union_all
from sqlalchemy.orm import joinedload

from portal.access.policy import Actor
from portal.attendance import queries as attendance
from portal.closing.queries import certified, materials
from portal.closing.rules import steps as rules
from portal.closing.rules.steps import Progress, SessionProgress, Step, Timing
from portal.evaluation.queries import assessments, evaluations
from portal.evaluation.rules.assessments import Moment
from portal.mailing import queries as mailing
from portal.mailing.rules import MailKind, Untold
from portal.platform import paging
from portal.platform.db import Query, db
from portal.platform.paging import Page
from portal.registration.models import NominationList, Registration
from portal.registration.rules.states import RegistrationState
from portal.trainings import queries as directory
from portal.trainings.models import Training, TrainingSession
from portal.trainings.queries import LastChange, within_reach
from portal.trainings.rules.states import Phase, TrainingState

PAGE_SIZE = 30
_OPEN_STATES = (
    TrainingState.DRAFT,
    TrainingState.PENDING_APPROVAL,
    TrainingState.APPROVED,
    TrainingState.HELD,
)
_MOST_OPEN = 100
_COUNTED = {
    RegistrationState.NOMINATED.value: "nominated",
    RegistrationState.INVITED.value: "invited",
    RegistrationState.WAITLISTED.value: "waitlisted",
    RegistrationState.CONFIRMED.value: "confirmed",
    "staged": "staged_lists",
    **{f"{moment}_{what}": f"{moment}_{what}" for moment in Moment for what in ("open", "closed", "sheets")},
    "evaluation_forms": "evaluation_forms",
    "evaluations_open": "evaluations_open",
    "evaluations_closed": "evaluations_closed",
    **materials.COUNTED,
}


@dataclass(frozen=True)
class Sieve:
    """Which trainings a list shows; an empty side lets everything through."""

    state: str = ""
    region: str = ""
    phase: str = ""


@dataclass(frozen=True)
class TrainingRow:
    """One line of the list of trainings."""

    training: Training
    registered: int
    confirmed: int


@dataclass(frozen=True)
class OpenTraining:
    """A training that is not finished, with its steps."""

    training: Training
    steps: Sequence[Step] = field(default_factory=list)


def page_of_trainings(actor: Actor, sieve: Sieve, number: int, today: date) -> Page[TrainingRow]:
    """Return one page of the trainings within reach, the latest first."""
    seats = select(Training, _seats(), _seats(RegistrationState.CONFIRMED))
    query = _sifted(within_reach(seats, actor), sieve, today).order_by(Training.starts_on.desc(), Training.id.desc())
    page = paging.page(query, number, PAGE_SIZE, options=(joinedload(Training.region), joinedload(Training.venue)))
    return page.showing([TrainingRow(*row) for row in page.items])


def list_open(actor: Actor, now: datetime) -> list[OpenTraining]:
    """Return the newest trainings within reach that are neither finalized nor cancelled, by their first day."""
    query = (
        within_reach(select(Training), actor)
        .options(joinedload(Training.region), joinedload(Training.venue))
        .where(Training.state.in_(_OPEN_STATES))
        .order_by(Training.starts_on.desc(), Training.id.desc())
        .limit(_MOST_OPEN)
    )
    trainings = list(db.session.scalars(query))[::-1]
    progress = count_progress(trainings, now)
    return [OpenTraining(one, rules.list_steps(timing(one), progress[one.id], one.day_at(now))) for one in trainings]


def list_steps(training: Training, now: datetime) -> list[Step]:
    """Return the steps of one training as it stands now."""
    return rules.list_steps(timing(training), count_progress([training], now)[training.id], training.day_at(now))


def timing(training: Training) -> Timing:
    """Return what of a training decides when its steps are due."""
    return Timing(
        training.state,
        training.starts_on,
        training.ends_on,
        training.nominations_due_days,
        training.names_due_days,
        training.is_assessment_required,
        training.corrections,
    )


def count_progress(trainings: Sequence[Training], now: datetime) -> dict[int, Progress]:
    """Return the counts of each training as they stand now, in three queries whatever their number."""
    ids = [training.id for training in trainings]
    if not ids:
        return {}
    sessions = _count_marked(ids)
    numbers: dict[int, dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    untold: dict[int, dict[MailKind, Untold]] = defaultdict(dict)
    for training_id, kind, number in db.session.execute(_people_and_lists(trainings, now)):
        if mailing.is_counted(kind):
            mailing.add_count(untold[training_id], kind, number)
        else:
            numbers[training_id][_COUNTED.get(kind, "ended")] += int(number)
    for training_id, *sums in db.session.execute(certified.count(trainings, sessions, now)):
        numbers[training_id].update(zip(certified.SUMS, sums, strict=True))
    return {
        one: replace(
            Progress(**numbers[one]),
            sessions=_progress_of(sessions[one]),
            untold=untold[one],
            is_over=certified.is_over(sessions[one], now),
        )
        for one in ids
    }


def _progress_of(sessions: Sequence[certified.MarkedSession]) -> tuple[SessionProgress, ...]:
    return tuple(SessionProgress(one.local_date, one.marked) for one in sessions)


def _sifted(query: Query, sieve: Sieve, today: date) -> Query:
    if sieve.state:
        query = query.where(Training.state == sieve.state)
    if sieve.region:
        query = query.where(Training.region_code == sieve.region)
    phases: dict[str, ColumnElement[bool]] = {
        Phase.UPCOMING: Training.starts_on > today,
        Phase.RUNNING: and_(Training.starts_on <= today, Training.ends_on >= today),
        Phase.OVER: Training.ends_on < today,
    }
    return query.where(phases[sieve.phase]) if sieve.phase in phases else query


def _seats(state: RegistrationState | None = None) -> ColumnElement[int]:
    query = select(func.count()).where(Registration.training_id == Training.id, certified.IS_PARTICIPANT)
    return (query.where(Registration.state == state) if state else query).scalar_subquery()


def _people_and_lists(trainings: Sequence[Training], now: datetime) -> Any:
    ids = [training.id for training in trainings]
    people = (
        select(Registration.training_id, Registration.state, func.count())
        .where(Registration.training_id.in_(ids), certified.IS_PARTICIPANT)
        .group_by(Registration.training_id, Registration.state)
    )
    lists = (
        select(NominationList.training_id, literal("staged"), func.count())
        .where(NominationList.training_id.in_(ids), NominationList.state == "staged")
        .group_by(NominationList.training_id)
    )
    others = (
        *assessments.progress_of(ids),
        *evaluations.progress_of(ids),
        *mailing.progress_of(trainings, now),
        *materials.progress_of(ids),
    )
    return union_all(people, lists, *others)


def _count_marked(ids: Sequence[int]) -> Mapping[int, list[certified.MarkedSession]]:
    marks, session = attendance.counting_marks(ids, as_of=None), TrainingSession
    query = (
        select(session, func.count(marks.c.registration_id))
        .outerjoin(marks, marks.c.training_session_id == session.id)
        .where(session.training_id.in_(ids))
        .group_by(session.id)
        .order_by(session.starts_at, session.id)
    )
    found: dict[int, list[certified.MarkedSession]] = defaultdict(list)
    for one, marked in db.session.execute(query):
        found[one.training_id].append(certified.MarkedSession(one.id, one.local_date, one.ends_at, one.minutes, marked))
    return found


def find_last_change(training: Training) -> LastChange | None:
    """Return who saved a training's plan last."""
    return directory.find_last_change(f"training {training.code}", ("trainings.created", "trainings.changed"))


def find_last_move(training: Training) -> LastChange | None:
    """Return who moved a training to its state, and when; None if it has the state in which it was made."""
    return directory.find_last_change(f"training {training.code}", ("trainings.state_moved",))
