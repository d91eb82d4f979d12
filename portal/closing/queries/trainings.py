"""Read how far trainings are, in three queries for any number of them, and lists of trainings with their seats."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload

from portal.access.policy import Actor
from portal.attendance import queries as attendance
from portal.attendance.queries import MARKED_ROLES
from portal.attendance.rules import AttendanceState
from portal.certificates.models import Certificate, CertificateMark
from portal.certificates.queries import certificates as papers
from portal.certificates.queries import facilitators
from portal.certificates.rules import CertificateKind, CertificateState, Handing
from portal.closing.models import ShortfallReason
from portal.closing.queries import materials
from portal.closing.rules import steps as rules
from portal.closing.rules.steps import Progress, SessionProgress, Step, Timing
from portal.evaluation.queries import assessments, evaluations
from portal.evaluation.rules.assessments import Moment
from portal.mailing import queries as mailing
from portal.mailing.rules import MailKind, Untold
from portal.people.models import PersonName
from portal.platform import paging
from portal.platform.db import db
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


_SUMS = (
    "names_checked",
    "certified",
    "issued",
    "eligible_uncertified",
    "unsettled",
    "unexplained",
    "handed_over",
    "unclaimed",
)


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
    matching = _sifted(within_reach(select(Training.id), actor), sieve, today)
    rows = db.session.scalar(select(func.count()).select_from(matching.subquery())) or 0
    number = paging.nearest(number, rows, PAGE_SIZE)
    query = (
        _sifted(within_reach(select(Training, _seats(), _seats(RegistrationState.CONFIRMED)), actor), sieve, today)
        .options(joinedload(Training.region), joinedload(Training.venue))
        .order_by(Training.starts_on.desc(), Training.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    return Page([TrainingRow(*row) for row in db.session.execute(query)], number, rows, PAGE_SIZE)


def list_open(actor: Actor, today: date) -> list[OpenTraining]:
    """Return the newest trainings within reach that are neither finalized nor cancelled, by their first day."""
    query = (
        within_reach(select(Training), actor)
        .options(joinedload(Training.region), joinedload(Training.venue))
        .where(Training.state.in_(_OPEN_STATES))
        .order_by(Training.starts_on.desc(), Training.id.desc())
        .limit(_MOST_OPEN)
    )
    trainings = list(db.session.scalars(query))[::-1]
    progress = count_progress(trainings)
    return [OpenTraining(one, rules.list_steps(timing(one), progress[one.id], today)) for one in trainings]


def list_steps(training: Training, today: date) -> list[Step]:
    """Return the steps of one training as it stands today."""
    return rules.list_steps(timing(training), count_progress([training])[training.id], today)


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


def count_progress(trainings: Sequence[Training]) -> dict[int, Progress]:
    """Return the counts of each training, in three queries whatever their number."""
    ids = [training.id for training in trainings]
    if not ids:
        return {}
    sessions = _count_marked(ids)
    numbers: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    untold: dict[int, dict[MailKind, Untold]] = defaultdict(dict)
    for training_id, kind, number in db.session.execute(_people_and_lists(trainings)):
        if mailing.is_counted(kind):
            mailing.add_count(untold[training_id], kind, number)
        else:
            numbers[training_id][_COUNTED.get(kind, "ended")] += int(number)
    for training_id, *sums in db.session.execute(_papers(trainings, sessions)):
        numbers[training_id].update(zip(_SUMS, sums, strict=True))
    return {
        one: replace(Progress(**numbers[one]), sessions=_progress_of(sessions[one]), untold=untold[one]) for one in ids
    }


@dataclass(frozen=True)
class _Marked:
    session_id: int
    local_date: date
    minutes: int
    marked: int


def _progress_of(sessions: Sequence[_Marked]) -> tuple[SessionProgress, ...]:
    return tuple(SessionProgress(one.local_date, one.marked) for one in sessions)


def _sifted(query: Select[Any], sieve: Sieve, today: date) -> Select[Any]:
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
    query = select(func.count()).where(Registration.training_id == Training.id, _IS_PARTICIPANT)
    return (query.where(Registration.state == state) if state else query).scalar_subquery()


_IS_PARTICIPANT = Registration.role.in_(MARKED_ROLES)
_HAS_SEAT = and_(_IS_PARTICIPANT, Registration.state == RegistrationState.CONFIRMED)


def _people_and_lists(trainings: Sequence[Training]) -> Any:
    ids = [training.id for training in trainings]
    people = (
        select(Registration.training_id, Registration.state, func.count())
        .where(Registration.training_id.in_(ids), _IS_PARTICIPANT)
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
        *mailing.progress_of(trainings),
        *materials.progress_of(ids),
    )
    return union_all(people, lists, *others)


def _count_marked(ids: Sequence[int]) -> Mapping[int, list[_Marked]]:
    marks, session = attendance.counting_marks(ids), TrainingSession
    query = (
        select(session, func.count(marks.c.registration_id))
        .outerjoin(marks, marks.c.training_session_id == session.id)
        .where(session.training_id.in_(ids))
        .group_by(session.id)
        .order_by(session.starts_at, session.id)
    )
    found: dict[int, list[_Marked]] = defaultdict(list)
    for one, marked in db.session.execute(query):
        found[one.training_id].append(_Marked(one.id, one.local_date, one.minutes, marked))
    return found


def _papers(trainings: Sequence[Training], sessions: Mapping[int, list[_Marked]]) -> Select[Any]:
    """Count names, certificates, and those who are due one and have none, by training."""
    confirmed_name = and_(
        PersonName.person_id == Registration.person_id,
        PersonName.script == "cyrillic",
        PersonName.confirmed_at.is_not(None),
        PersonName.is_former.is_(False),
    )
    paper = Certificate.registration_id == Registration.id
    is_issued = Certificate.state == CertificateState.ISSUED.value
    is_valid = and_(is_issued, Certificate.revoked_at.is_(None), Certificate.replaced_at.is_(None))
    is_lapsed = and_(is_issued, Certificate.revoked_at.is_not(None), Certificate.replaced_at.is_(None))
    pending = select(Certificate.id).where(paper, Certificate.state == CertificateState.PENDING.value).exists()
    corrected = select(Certificate.id).where(paper, is_lapsed, papers.is_corrected_since()).exists()
    valid = select(Certificate.id).where(paper, is_valid).exists()
    facts = [
        Registration.training_id.label("training_id"),
        _HAS_SEAT.label("seated"),
        select(PersonName.id).where(confirmed_name).exists().label("named"),
        select(Certificate.id).where(paper, Certificate.state != CertificateState.FAILED).exists().label("certified"),
        valid.label("issued"),
        and_(corrected, ~pending).label("corrected"),
        *(
            select(Certificate.id).where(paper, is_valid, Certificate.kind == kind.value).exists().label(kind.value)
            for kind in CertificateKind
        ),
    ]
    said = (
        select(CertificateMark.state)
        .join(Certificate, Certificate.id == CertificateMark.certificate_id)
        .where(paper, is_valid)
        .order_by(CertificateMark.id.desc())
        .limit(1)
    )
    attended, has_enough, is_marked, is_unexplained = _attended_enough(trainings, sessions)
    ahead = select(Certificate.id).where(paper, is_valid, Certificate.is_for_ceremony).exists()
    has_reason = select(ShortfallReason.id).where(ShortfallReason.registration_id == Registration.id).exists()
    is_short = and_(_HAS_SEAT, is_marked, is_unexplained, ~has_enough, ~has_reason)
    has_attended, has_led = and_(_HAS_SEAT, has_enough), facilitators.has_led([one.id for one in trainings])
    completed = and_(has_attended, assessments.has_passed())
    truths = (completed.label("completed"), has_attended.label("attended"), has_led.label("led"))
    query = (
        select(*facts, *truths, is_short.label("short"))
        .add_columns(said.correlate(Registration).scalar_subquery().label("handing"))
        .add_columns(and_(ahead, ~has_enough, ~is_marked).label("awaited"))
        .add_columns(
            _is_due(trainings, {CertificateKind.COMPLETION: completed}).label("full"),
            _is_due(
                trainings,
                {
                    CertificateKind.COMPLETION: completed,
                    CertificateKind.ATTENDANCE: has_attended,
                    CertificateKind.FACILITATOR: has_led,
                },
            ).label("due"),
        )
        .join(Training, Training.id == Registration.training_id)
        .where(Registration.training_id.in_([training.id for training in trainings]), or_(_HAS_SEAT, has_led, valid))
    )
    if attended is not None:
        query = query.outerjoin(attended, attended.c.registration_id == Registration.id)
    one = query.subquery().c
    counted = (
        and_(one.seated, one.named),
        and_(one.seated, one.certified),
        and_(one.seated, one.issued),
        and_(one.due, ~one.certified),
        or_(
            and_(one.completion, ~one.completed, ~one.awaited),
            and_(one.attendance, or_(~one.attended, one.full), ~one.awaited),
            and_(one.facilitator, ~one.led),
            and_(one.corrected, one.due),
        ),
        one.short,
        and_(one.seated, one.handing == Handing.HANDED_OVER.value),
        and_(one.seated, one.handing == Handing.UNCLAIMED.value),
    )
    sums = (func.sum(case((condition, 1), else_=0)) for condition in counted)
    return select(one.training_id, *sums).group_by(one.training_id)


def _is_due(
    trainings: Sequence[Training], earned: Mapping[CertificateKind, ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Return whether somebody has earned one of these certificates in a training that issues it."""
    issuing = {kind: [one.id for one in trainings if kind in one.certificate_kinds] for kind in earned}
    return or_(*(and_(Registration.training_id.in_(issuing[kind]), earned[kind]) for kind in earned))


def _attended_enough(
    trainings: Sequence[Training], sessions: Mapping[int, list[_Marked]]
) -> tuple[Subquery | None, ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    """Return the attendance per registration, whether it is enough, whether it is all there, and unexplained.

    Minutes are compared with the minimum as integers. A reason that a mark gives for a missed session counts as one.
    """
    begun = [one for one in trainings if any(session.marked for session in sessions[one.id])]
    if not begun:
        return None, literal(False), literal(False), literal(False)
    marks = attendance.counting_marks([training.id for training in begun])
    lengths = {session.session_id: session.minutes for one in begun for session in sessions[one.id]}
    scheduled = case(lengths, value=marks.c.training_session_id)
    counted = case((or_(marks.c.minutes.is_(None), marks.c.minutes > scheduled), scheduled), else_=marks.c.minutes)
    was_there = marks.c.state.in_((AttendanceState.PRESENT.value, AttendanceState.LATE.value))
    is_explained = and_(marks.c.state != AttendanceState.PRESENT.value, marks.c.reason != "")
    attended = (
        select(
            marks.c.registration_id,
            func.sum(case((was_there, counted), else_=0)).label("minutes"),
            func.count().label("sessions"),
            func.sum(case((is_explained, 1), else_=0)).label("explained"),
        )
        .group_by(marks.c.registration_id)
        .subquery()
    )
    needed = {one.id: one.minimum_attendance * sum(s.minutes for s in sessions[one.id]) for one in begun}
    wanted = case(needed, value=Registration.training_id)
    has_enough = func.coalesce(attended.c.minutes, 0) * 100 >= wanted
    of_training = case({one.id: len(sessions[one.id]) for one in begun}, value=Registration.training_id)
    is_marked = func.coalesce(attended.c.sessions, 0) == of_training
    return attended, has_enough, is_marked, func.coalesce(attended.c.explained, 0) == 0


def find_last_change(training: Training) -> LastChange | None:
    """Return who saved a training's plan last."""
    return directory.find_last_change(f"training {training.code}", ("trainings.created", "trainings.changed"))


def find_last_move(training: Training) -> LastChange | None:
    """Return who moved a training to its state, and when; None if it has the state in which it was made."""
    return directory.find_last_change(f"training {training.code}", ("trainings.state_moved",))
