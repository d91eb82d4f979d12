"""Read figures of many trainings in a fixed number of queries; read releases within the actor's reach."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, select
from sqlalchemy.orm import aliased, contains_eager, defer, joinedload

from portal.access.permissions import Role
from portal.access.policy import Actor, reaches
from portal.assessments import queries as assessment_queries
from portal.attendance import queries as attendance
from portal.audit import queries as audit
from portal.audit.chain import canonical
from portal.audit.queries import Mismatch, Recorded
from portal.catalog.models import Project
from portal.completion import queries as completion
from portal.completion.rules import Eligibility
from portal.evaluation import queries as evaluation_queries
from portal.handovers import queries as handover_queries
from portal.people import queries as people
from portal.people.models import Institution, Person
from portal.platform import paging
from portal.platform.db import db
from portal.platform.paging import Page
from portal.platform.texts import LANGUAGES
from portal.registration.models import Registration
from portal.registration.rules import RegistrationState
from portal.reports.models import Release, ReleasePart
from portal.reports.rules import UNKNOWN, Part, Seat, TrainingFacts, in_order
from portal.trainings.models import Training
from portal.trainings.queries import within_reach
from portal.trainings.rules import TrainingState

Scores = Mapping[tuple[int, str], tuple[int, int]]
Bodies = Mapping[int | None, tuple[str, str]]

_OVER = (TrainingState.HELD, TrainingState.FINALIZED)


def list_finalized(until: date) -> list[TrainingFacts]:
    """Return the counts of every finalized training that ended by a day, by its last day."""
    is_meant = (Training.state == TrainingState.FINALIZED) & (Training.ends_on <= until)
    return _list(is_meant, people.list_institutions(), as_of=None)


def list_live(actor: Actor, institutions: Sequence[Institution], *, as_of: datetime) -> list[TrainingFacts]:
    """Return the counts of every training within reach that was held, finalized or not, as they stand then."""
    within = within_reach(select(Training.id), actor)
    return _list(Training.state.in_(_OVER) & Training.id.in_(within), institutions, as_of=as_of)


def get_counts(training: Training, *, as_of: datetime | None) -> TrainingFacts:
    """Return the counts of one training as they stand then, finalized or not."""
    return _list(Training.id == training.id, people.list_institutions(), as_of=as_of)[0]


def list_confirmed(training: Training) -> list[Seat]:
    """Return the seats of everybody who is confirmed in a training, whether completed or not."""
    bodies = _by_id(people.list_institutions())
    return [_seat(one, bodies) for one in _registrations(select(Training.id).where(Training.id == training.id))]


def list_unfinished(until: date) -> list[Training]:
    """Return the trainings that were held by a day and are not finalized, which no release counts."""
    query = select(Training).where(Training.state == TrainingState.HELD, Training.ends_on <= until)
    return list(db.session.scalars(query.order_by(Training.ends_on, Training.id)))


def list_books(until: date) -> dict[str, int | None]:
    """Return how the books stand of every training that ended by a day and was held."""
    query = select(Training.code, Training.state, Training.corrections)
    rows = db.session.execute(query.where(Training.state.in_(_OVER), Training.ends_on <= until).order_by(Training.code))
    return {code: corrections if state == TrainingState.FINALIZED else None for code, state, corrections in rows}


def _list(
    wanted: ColumnElement[bool], institutions: Sequence[Institution], *, as_of: datetime | None
) -> list[TrainingFacts]:
    """Return the counts of the trainings wanted; six questions, however many they are."""
    ids = select(Training.id).where(wanted)
    trainings = _trainings(ids)
    if not trainings:
        return []
    registrations, scores = _registrations(ids), assessment_queries.list_scores(ids)
    judged = completion.judge_participants([row.Training for row in trainings], registrations, scores, as_of=as_of)
    bodies = _by_id(institutions)
    by_training: dict[int, list[Any]] = defaultdict(list)
    for one in registrations:
        by_training[one.training_id].append(one)
    return [_facts(row, by_training[row.Training.id], judged, scores, bodies) for row in trainings]


def _trainings(ids: Select[int]) -> Sequence[Any]:
    """Return trainings with what stands behind them as sums: forms, copies, and whether their tests compare."""
    forms, copies, comparable = (
        evaluation_queries.closed_forms(ids),
        handover_queries.copies_handed_over(ids),
        assessment_queries.comparable(ids),
    )
    sums = [func.coalesce(one, 0) for one in (forms.c.forms, forms.c.rated, forms.c.favorable, copies.c.copies)]
    query = (
        select(Training, Project.code, comparable.c.training_id.is_not(None).label("is_comparable"), *sums)
        .join(Project, Project.id == Training.project_id, isouter=True)
        .join(forms, forms.c.training_id == Training.id, isouter=True)
        .join(copies, copies.c.training_id == Training.id, isouter=True)
        .join(comparable, comparable.c.training_id == Training.id, isouter=True)
    )
    return db.session.execute(query.where(Training.id.in_(ids)).order_by(Training.ends_on, Training.id)).all()


def _facts(
    row: Any, registrations: Sequence[Any], judged: Mapping[int, Eligibility], scores: Scores, bodies: Bodies
) -> TrainingFacts:
    training, project, is_comparable, *sums = row
    forms, rated, favorable, copies = map(int, sums)
    completed = [one for one in registrations if judged[one.id].is_eligible]
    pairs = [assessment_queries.paired(scores, one.id) for one in registrations] if is_comparable else []
    return TrainingFacts(
        id=training.id,
        code=training.code,
        project=project or "",
        titles={language: getattr(training, f"title_{language}") for language in LANGUAGES},
        region=training.region_code,
        starts_on=training.starts_on,
        ends_on=training.ends_on,
        seats=tuple(_seat(one, bodies) for one in completed),
        attended=sum(judged[one.id].attended.attended > 0 for one in registrations),
        minutes=max((judged[one.id].attended.scheduled for one in completed), default=0),
        pairs=tuple(pair for pair in pairs if pair),
        forms=forms,
        rated=rated,
        favorable=favorable,
        copies=copies,
    )


def _seat(one: Any, bodies: Bodies) -> Seat:
    """Return a registration as a seat, as at the time of its training."""
    institution, service = bodies.get(one.institution_id, (UNKNOWN, UNKNOWN))
    return Seat(one.survivor_id, one.sex or UNKNOWN, one.region_code or UNKNOWN, institution, service)


def _registrations(ids: Select[int]) -> list[Any]:
    """Return whoever takes part, with who that is in the end; of two merged ones, that of the survivor counts."""
    survivors, survivor = people.survivors(), aliased(Person)
    root_id = func.coalesce(survivors.c.survivor_id, Registration.person_id)
    query = (
        select(
            Registration.id,
            Registration.training_id,
            Registration.person_id,
            Registration.state,
            Registration.role,
            Registration.institution_id,
            Registration.region_code,
            survivor.id.label("survivor_id"),
            survivor.sex,
        )
        .join(survivors, survivors.c.id == Registration.person_id, isouter=True)
        .join(survivor, survivor.id == root_id)
        .where(
            Registration.training_id.in_(ids),
            Registration.state == RegistrationState.CONFIRMED,
            Registration.role.in_(attendance.MARKED_ROLES),
        )
        .order_by(Registration.id)
    )
    found: dict[tuple[int, int], Any] = {}
    for one in db.session.execute(query):
        if one.person_id == one.survivor_id or (one.training_id, one.survivor_id) not in found:
            found[one.training_id, one.survivor_id] = one
    return list(found.values())


def _by_id(institutions: Sequence[Institution]) -> dict[int | None, tuple[str, str]]:
    """Return the top institution and the institution itself of each, by codes."""
    known = {one.id: one for one in institutions}
    found: dict[int | None, tuple[str, str]] = {}
    for one in known.values():
        top = one
        while top.parent_id is not None:
            top = known[top.parent_id]
        found[one.id] = top.code, one.code
    return found


PAGE_SIZE = 30


def everything() -> Release:
    """Return what only those reach who see all regions and projects."""
    return Release()


def get_last() -> Release | None:
    """Return the latest release."""
    return db.session.scalars(select(Release).order_by(Release.number.desc()).limit(1)).first()


def get_part(release_number: int, part_code: str) -> ReleasePart | None:
    """Return one part of one release."""
    query = (
        select(ReleasePart)
        .join(ReleasePart.release)
        .options(contains_eager(ReleasePart.release), joinedload(ReleasePart.project))
        .where(Release.number == release_number, ReleasePart.code == part_code)
    )
    return db.session.scalars(query).one_or_none()


def find_latest(actor: Actor) -> ReleasePart | None:
    """Return the part of the latest release that somebody reaches; of several projects the first."""
    query = _within(_parts(), actor).order_by(Release.number.desc(), ReleasePart.project_id.is_not(None), Project.code)
    return db.session.scalars(query.limit(1)).first()


def list_neighbors(part: ReleasePart, actor: Actor) -> list[ReleasePart]:
    """Return the parts of the same release within reach, without what they say."""
    query = _within(_parts(), actor).where(ReleasePart.release_id == part.release_id)
    return list(db.session.scalars(query.options(defer(ReleasePart.content)).order_by(Project.code)))


def page_of_parts(actor: Actor, number: int) -> Page[ReleasePart]:
    """Return one page of what somebody reaches, the latest release first, without what the parts say."""
    query = _within(_parts(), actor)
    query = query.order_by(Release.number.desc(), ReleasePart.project_id.is_not(None), Project.code)
    return paging.page(query, number, PAGE_SIZE, options=[defer(ReleasePart.content)])


def list_earlier() -> dict[str, list[Part]]:
    """Return the parts of all releases with what stands behind them, by project, in the order of the releases."""
    query = (
        select(ReleasePart.code, ReleasePart.content, ReleasePart.basis)
        .join(Release, Release.id == ReleasePart.release_id)
        .order_by(Release.number)
    )
    found: dict[str, list[Part]] = defaultdict(list)
    for code, content, basis in db.session.execute(query):
        found[code].append(Part(code, json.loads(content), basis))
    return dict(found)


def content_of(part: ReleasePart) -> dict[str, Any]:
    return in_order(json.loads(part.content))


def is_unchanged(part: ReleasePart) -> bool:
    """Tell whether the stored text still has the hash that was published with it."""
    return hashlib.sha256(part.content.encode()).hexdigest() == part.sha256


def _parts() -> Select[ReleasePart]:
    return (
        select(ReleasePart)
        .join(ReleasePart.release)
        .join(ReleasePart.project, isouter=True)
        .options(contains_eager(ReleasePart.release), contains_eager(ReleasePart.project))
    )


def _within(query: Select[ReleasePart], actor: Actor) -> Select[ReleasePart]:
    """Limit a query over parts to what the actor reaches; the same rule as `policy.reaches`."""
    if actor.role == Role.DONOR:
        return query.where(ReleasePart.project_id.in_(actor.reach.project_ids))
    return query if reaches(actor, everything().scope) else query.where(false())


def list_faults() -> tuple[int, list[Mismatch]]:
    """Return how many releases were compared with the log, and which are not what was published."""
    told = {one.subject: one for one in audit.list_recorded(("reports.released",))}
    there = {f"release {one.number}": one for one in db.session.scalars(select(Release).order_by(Release.number))}
    faults = [Mismatch(one.entry, name, "is gone") for name, one in told.items() if name not in there]
    for name, release in there.items():
        entry = told[name].entry if name in told else None
        problem = _problem_of(release, told.get(name))
        if problem:
            faults.append(Mismatch(entry, name, problem))
    return len(there), faults


def _problem_of(release: Release, told: Recorded | None) -> str:
    """Return what of a release is not as it was published; empty if all is."""
    if told is None:
        return "is not in the log"
    query = select(ReleasePart).where(ReleasePart.release_id == release.id).order_by(ReleasePart.id)
    parts = list(db.session.scalars(query))
    changed = sorted(part.code for part in parts if not is_unchanged(part))
    if changed:
        return f"what it says is not what its hash covers: {', '.join(changed)}"
    if whole_hash(release.number, release.until, release.k, parts) != told.after.get("sha256"):
        return "it is not the one that was published"
    return "" if recorded(release) == told.after else "the list of releases says otherwise than the log"


def whole_hash(number: int, until: date, k: int, parts: Sequence[ReleasePart]) -> str:
    """Return the hash of a release: of its number, day and k and the hashes of its parts in their order."""
    facts = canonical([number, until.isoformat(), k, [[part.code, part.sha256] for part in parts]])
    return hashlib.sha256(facts.encode()).hexdigest()


def recorded(release: Release) -> dict[str, Any]:
    return {
        "until": release.until.isoformat(),
        "k": release.k,
        "trainings": release.trainings,
        "people": release.people,
        "hidden_cells": release.hidden_cells,
        "sha256": release.sha256,
    }
