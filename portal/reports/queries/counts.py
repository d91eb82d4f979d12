"""Read what is counted of many trainings, in a number of queries that does not grow with them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from portal.access.policy import Actor
from portal.attendance import queries as attendance
from portal.attendance.rules import Attended
from portal.certificates.rules import eligibility
from portal.evaluation.queries import figures
from portal.evaluation.rules import assessments
from portal.evaluation.rules.assessments import Standing
from portal.materials.queries import handed
from portal.people import queries as people
from portal.people.models import Person
from portal.people.rules.records import LANGUAGES
from portal.platform.db import db
from portal.registration.models import Registration
from portal.registration.rules.states import RegistrationState
from portal.reports.rules.counting import UNKNOWN, Seat, TrainingFacts
from portal.trainings.models import Project, Training
from portal.trainings.queries import within_reach
from portal.trainings.rules.states import TrainingState

_OVER = (TrainingState.HELD, TrainingState.FINALIZED)


def list_finalized(until: date) -> list[TrainingFacts]:
    """Return the counts of every finalized training that ended by a day, by its last day."""
    return _list((Training.state == TrainingState.FINALIZED) & (Training.ends_on <= until))


def list_live(actor: Actor) -> list[TrainingFacts]:
    """Return the counts of every training within reach that was held, finalized or not."""
    within = within_reach(select(Training.id), actor)
    return _list(Training.state.in_(_OVER) & Training.id.in_(within))


def get_counts(training: Training) -> TrainingFacts:
    """Return the counts of one training as they stand, finalized or not."""
    return _list(Training.id == training.id)[0]


def list_confirmed(training: Training) -> list[Seat]:
    """Return the seats of everybody who is confirmed in a training, whether completed or not."""
    roots, sexes, bodies = *_persons(), _institutions()
    ids = select(Training.id).where(Training.id == training.id)
    return [_seat(one, roots, sexes, bodies) for one in _without_doubles(_registrations(ids), roots)]


def list_unfinished(until: date) -> list[Training]:
    """Return the trainings that were held by a day and are not finalized, which no release counts."""
    query = select(Training).where(Training.state == TrainingState.HELD, Training.ends_on <= until)
    return list(db.session.scalars(query.order_by(Training.ends_on, Training.id)))


def _list(wanted: ColumnElement[bool]) -> list[TrainingFacts]:
    columns = (Training, Project.code)
    query = select(*columns).join(Project, Project.id == Training.project_id, isouter=True)
    trainings = db.session.execute(query.where(wanted).order_by(Training.ends_on, Training.id)).all()
    if not trainings:
        return []
    ids = select(Training.id).where(wanted)
    attended, scores = attendance.attended_in(ids), figures.list_scores(ids)
    seats, minutes, came = _people(ids, {one.id: one for one, _project in trainings}, attended, scores)
    copies = handed.copies_handed_over(ids)
    pairs, forms = figures.paired_percents(ids, scores), figures.forms_of(ids)
    return [
        replace(
            _facts(training, project or ""),
            seats=tuple(seats[training.id]),
            attended=came[training.id],
            minutes=minutes[training.id],
            pairs=tuple(pairs.get(training.id, ())),
            copies=copies.get(training.id, 0),
            **forms.get(training.id, {}),
        )
        for training, project in trainings
    ]


def _facts(training: Training, project: str) -> TrainingFacts:
    return TrainingFacts(
        id=training.id,
        code=training.code,
        project=project,
        titles={language: getattr(training, f"title_{language}") for language in LANGUAGES},
        region=training.region_code,
        starts_on=training.starts_on,
        ends_on=training.ends_on,
        is_final=training.is_locked,
        corrections=training.corrections,
    )


def _people(
    ids: Select[tuple[int]],
    trainings: Mapping[int, Training],
    attended: Mapping[int, Attended],
    scores: Mapping[tuple[int, str], tuple[int, int]],
) -> tuple[dict[int, list[Seat]], dict[int, int], dict[int, int]]:
    """Return by training the completed seats, the attended minutes, and how many people came."""
    roots, sexes, bodies = *_persons(), _institutions()
    seats: dict[int, list[Seat]] = defaultdict(list)
    minutes: dict[int, int] = defaultdict(int)
    came: dict[int, int] = defaultdict(int)
    for one in _without_doubles(_registrations(ids), roots):
        training, share = trainings[one.training_id], attended[one.id]
        minutes[training.id] += share.attended
        came[training.id] += share.attended > 0
        if not _has_completed(training, one, share, scores):
            continue
        seats[training.id].append(_seat(one, roots, sexes, bodies))
    return seats, minutes, came


def _seat(
    one: Any, roots: Mapping[int, int], sexes: Mapping[int, str | None], bodies: Mapping[int | None, tuple[str, str]]
) -> Seat:
    """Return a registration as a seat, as at the time of its training."""
    root = roots.get(one.person_id, one.person_id)
    institution, service = bodies.get(one.institution_id, (UNKNOWN, UNKNOWN))
    return Seat(root, sexes.get(root, one.sex) or UNKNOWN, one.region_code or UNKNOWN, institution, service)


def _has_completed(
    training: Training, one: Any, share: Attended, scores: Mapping[tuple[int, str], tuple[int, int]]
) -> bool:
    test = Standing.NOT_REQUIRED
    if training.is_assessment_required:
        test = assessments.standing(scores.get((one.id, assessments.Moment.POST.value)), training.minimum_grade)
    return eligibility(
        state=one.state,
        role=one.role,
        attended=share,
        minimum=training.minimum_attendance,
        is_cancelled=False,
        test=test,
    ).is_eligible


def _registrations(ids: Select[tuple[int]]) -> list[Any]:
    query = (
        select(
            Registration.id,
            Registration.training_id,
            Registration.person_id,
            Registration.state,
            Registration.role,
            Registration.institution_id,
            Registration.region_code,
            Person.sex,
        )
        .join(Person, Person.id == Registration.person_id)
        .where(
            Registration.training_id.in_(ids),
            Registration.state == RegistrationState.CONFIRMED,
            Registration.role.in_(attendance.MARKED_ROLES),
        )
        .order_by(Registration.id)
    )
    return list(db.session.execute(query))


def _without_doubles(registrations: Iterable[Any], roots: Mapping[int, int]) -> list[Any]:
    """Return one registration of each person in a training: of two merged ones, that of the survivor counts."""
    found: dict[tuple[int, int], Any] = {}
    for one in registrations:
        root = roots.get(one.person_id, one.person_id)
        if one.person_id == root or (one.training_id, root) not in found:
            found[one.training_id, root] = one
    return list(found.values())


def _persons() -> tuple[dict[int, int], dict[int, str | None]]:
    """Return who survives each merged person, and the sex of the survivors."""
    survivors = select(Person.merged_into_id).where(Person.merged_into_id.is_not(None))
    query = select(Person.id, Person.merged_into_id, Person.sex)
    rows = db.session.execute(query.where(Person.merged_into_id.is_not(None) | Person.id.in_(survivors))).all()
    into = {row.id: row.merged_into_id for row in rows if row.merged_into_id is not None}
    roots = {}
    for one in into:
        root = one
        while root in into:
            root = into[root]
        roots[one] = root
    return roots, {row.id: row.sex for row in rows if row.merged_into_id is None}


def _institutions() -> dict[int | None, tuple[str, str]]:
    """Return the top institution and the institution itself of each, by codes."""
    known = {one.id: one for one in people.list_institutions()}
    found: dict[int | None, tuple[str, str]] = {}
    for one in known.values():
        top = one
        while top.parent_id is not None:
            top = known[top.parent_id]
        found[one.id] = top.code, one.code
    return found
