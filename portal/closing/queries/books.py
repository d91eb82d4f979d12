"""The books of a finalized training as hashes: what stands in them now, and whether the log says the same.

Copies may still come back after the lock: of movements the books hold those until then. The columns are named one by
one: a column that is added later must not change the hashes that stand in the log.
"""

import hashlib
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select

from portal.attendance.models import AttendanceMark
from portal.audit import queries as audit
from portal.audit.queries import Fault, Told
from portal.audit.rules import canonical
from portal.evaluation.models.assessments import Assessment, AssessmentSheet
from portal.materials.models.materials import StockPlace
from portal.materials.models.stock import StockMovement
from portal.platform.db import AnySelect, db
from portal.registration.models import Registration, RegistrationDecision
from portal.trainings.models import Training, TrainingSession
from portal.trainings.rules.states import TrainingState

KEPT = "closing.books_kept"
_LAST_MOVEMENT = "last_movement"


def describe(training: Training) -> dict[str, Any]:
    """Return a hash of each of the books as they stand, and the last movement of copies that is among them."""
    moved = select(func.max(StockMovement.id)).where(_is_moved_at(training))
    return _hashes(training, db.session.scalar(moved) or 0)


def list_unkept() -> list[Training]:
    """Return the finalized trainings whose books the log does not hold."""
    kept = {told.subject for told in audit.list_told((KEPT,))}
    return [training for training in _list_finalized() if subject_of(training) not in kept]


def list_faults() -> tuple[int, list[Fault]]:
    """Return how many books were compared with the log, and which differ from what it says."""
    latest = {told.subject: told for told in audit.list_told((KEPT,))}
    finalized = {subject_of(training): training for training in _list_finalized()}
    faults = [
        Fault(told.entry, subject, "is finalized in the log and not in the database")
        for subject, told in latest.items()
        if subject not in finalized
    ]
    for subject, training in finalized.items():
        told = latest.get(subject)
        if told is None:
            faults.append(Fault(None, subject, "is finalized, and its books are not in the log"))
        else:
            problem = _problem_of(training, told)
            faults += [Fault(told.entry, subject, problem)] if problem else []
    return len(finalized), faults


def subject_of(training: Training) -> str:
    """Return the training's name in the log."""
    return f"training {training.code}"


def _problem_of(training: Training, told: Told) -> str:
    """Return which books are not as the log knows them; copies that came back after the lock are none of them."""
    stands = _hashes(training, told.after[_LAST_MOVEMENT])
    differing = sorted(name for name, value in stands.items() if told.after.get(name) != value)
    return f"changed since the log was told: {', '.join(differing)}" if differing else ""


def _list_finalized() -> list[Training]:
    query = select(Training).where(Training.state == TrainingState.FINALIZED.value).order_by(Training.id)
    return list(db.session.scalars(query))


def _hashes(training: Training, last_movement: int) -> dict[str, Any]:
    registration = Registration.training_id == training.id
    sessions = select(
        *_columns(TrainingSession, "id", "reference", "local_date", "starts_at", "ends_at"),
    ).where(TrainingSession.training_id == training.id)
    registrations = select(
        *_columns(Registration, "id", "reference", "person_id", "role", "order", "replaces_id"),
        *_columns(Registration, "institution_id", "region_code", "post", "rank", "state"),
    ).where(registration)
    decisions = select(
        *_columns(RegistrationDecision, "id", "registration_id", "sequence", "state", "cause", "reason", "said_by"),
        *_columns(RegistrationDecision, "decided_at", "decided_by"),
    )
    marks = select(
        *_columns(AttendanceMark, "id", "mark_id", "training_session_id", "registration_id", "state", "minutes"),
        *_columns(AttendanceMark, "reason", "is_decision", "marked_at", "received_at", "marked_by"),
    )
    sheets = select(
        *_columns(AssessmentSheet, "id", "registration_id", "revision", "letters", "points", "maximum"),
        *_columns(AssessmentSheet, "source", "entered_at", "entered_by"),
        Assessment.moment,
    ).join(Assessment, Assessment.id == AssessmentSheet.assessment_id)
    movements = select(
        *_columns(StockMovement, "id", "reference", "batch", "material_id", "from_place_id", "to_place_id"),
        *_columns(StockMovement, "quantity", "reason", "moved_on", "note", "recorded_at", "recorded_by"),
    ).where(_is_moved_at(training), StockMovement.id <= last_movement)
    ours = select(Registration.id).where(registration)
    return {
        "sessions": _hash(sessions),
        "registrations": _hash(registrations),
        "decisions": _hash(decisions.where(RegistrationDecision.registration_id.in_(ours))),
        "marks": _hash(marks.where(AttendanceMark.registration_id.in_(ours))),
        "sheets": _hash(sheets.where(AssessmentSheet.registration_id.in_(ours))),
        "movements": _hash(movements),
        _LAST_MOVEMENT: last_movement,
    }


def _columns(model: Any, *names: str) -> list[Any]:
    return [getattr(model, name) for name in names]


def _hash(query: AnySelect) -> str:
    """Return the SHA-256 of the rows in the order of their first column, the same on both databases."""
    digest = hashlib.sha256()
    first = query.selected_columns[0]
    for row in db.session.execute(query.order_by(first).execution_options(yield_per=1000)):
        digest.update(canonical([_plain(value) for value in row]).encode() + b"\n")
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _is_moved_at(training: Training) -> Any:
    places = select(StockPlace.id).where(StockPlace.training_id == training.id)
    return or_(StockMovement.from_place_id.in_(places), StockMovement.to_place_id.in_(places))
