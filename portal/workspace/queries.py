"""Read the progress of trainings in a fixed number of queries: steps, certificates, materials."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Label,
    SQLColumnExpression,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import joinedload

from portal.access.policy import Actor
from portal.assessments import queries as assessments
from portal.attendance import queries as attendance
from portal.attendance.queries import MARKED_ROLES
from portal.attendance.rules import AttendanceState
from portal.certificates import queries as certificate_queries
from portal.certificates.models import Certificate, CertificateMark
from portal.certificates.rules import CertificateState, Handing
from portal.closing.models import ShortfallReason
from portal.completion import queries as completion_queries
from portal.completion.rules import CertificateKind
from portal.custody.models import ReceiptSignature
from portal.evaluation import queries as evaluation_queries
from portal.mailing import queries as mailing
from portal.mailing.rules import MailKind, Unreached
from portal.materials.models import Handover, StockPlace
from portal.materials.rules import HandoverState, PlaceKind
from portal.nominations.models import NominationList
from portal.people.models import PersonName
from portal.platform import paging
from portal.platform.db import AnySelect, Query, db
from portal.platform.paging import Page
from portal.registration.models import Registration
from portal.registration.rules import RegistrationState
from portal.stock.models import StockBalance
from portal.trainings.models import Training, TrainingSession
from portal.trainings.queries import within_reach
from portal.trainings.rules import Phase, TrainingState
from portal.workspace import rules
from portal.workspace.rules import Progress, SessionProgress, Step, Timing

IS_PARTICIPANT = Registration.role.in_(MARKED_ROLES)
_HAS_SEAT = and_(IS_PARTICIPANT, Registration.state == RegistrationState.CONFIRMED)
_THEIRS = Certificate.registration_id == Registration.id
_IS_ISSUED = Certificate.state == CertificateState.ISSUED.value
_IS_VALID = and_(_IS_ISSUED, Certificate.revoked_at.is_(None), Certificate.replaced_at.is_(None))


@dataclass(frozen=True)
class MarkedSession(SessionProgress):
    """A session and for how many people it is marked; `minutes` is its length."""

    session_id: int
    ends_at: datetime
    minutes: int


Sessions = Mapping[int, Sequence[MarkedSession]]


def is_over(sessions: Sequence[MarkedSession], now: datetime) -> bool:
    """Tell whether the last of these sessions has ended."""
    return all(one.ends_at <= now for one in sessions)


def count(trainings: Sequence[Training], sessions: Sessions, now: datetime) -> AnySelect:
    """Select the id of each of these trainings and sums by their names in Progress; `sessions` holds theirs.

    Minutes count as they stand now. Until the last session has ended nobody is short, and no certificate fails to fit.
    """
    one = _by_registration(trainings, sessions, now).subquery().c
    counted = {
        "names_checked": and_(one.seated, one.named),
        "certified": and_(one.seated, one.certified),
        "issued": and_(one.seated, one.issued),
        "eligible_uncertified": and_(one.due, ~one.certified),
        "unsettled": and_(
            one.over,
            or_(
                and_(one.completion, ~one.completed, ~one.awaited),
                and_(one.attendance, or_(~one.attended, one.full), ~one.awaited),
                and_(one.facilitator, ~one.led),
                and_(one.corrected, one.due),
            ),
        ),
        "unexplained": and_(one.over, one.short),
        "handed_over": and_(one.seated, one.handing == Handing.HANDED_OVER.value),
        "unclaimed": and_(one.seated, one.handing == Handing.UNCLAIMED.value),
    }
    sums = (func.sum(case((condition, 1), else_=0)).label(name) for name, condition in counted.items())
    return select(one.training_id, *sums).group_by(one.training_id)


def _by_registration(trainings: Sequence[Training], sessions: Sessions, now: datetime) -> AnySelect:
    """Select what is true of each registration that may count: of its certificates, and of what it has earned."""
    attended, has_enough, is_marked, is_unexplained = _attended_enough(trainings, sessions, now)
    ids, has_attended = [one.id for one in trainings], and_(_HAS_SEAT, has_enough)
    has_led = completion_queries.has_led(ids, as_of=now)
    over = [one.id for one in trainings if one.is_locked or is_over(sessions[one.id], now)]
    completed = and_(has_attended, assessments.has_passed())
    earned = {
        CertificateKind.COMPLETION: completed,
        CertificateKind.ATTENDANCE: has_attended,
        CertificateKind.FACILITATOR: has_led,
    }
    valid = _certificate(_IS_VALID)
    has_reason = select(ShortfallReason.id).where(ShortfallReason.registration_id == Registration.id).exists()
    query = (
        select(
            Registration.training_id.label("training_id"),
            _HAS_SEAT.label("seated"),
            Registration.training_id.in_(over).label("over"),
            *_certificate_facts(),
            completed.label("completed"),
            has_attended.label("attended"),
            has_led.label("led"),
            and_(_HAS_SEAT, is_marked, is_unexplained, ~has_enough, ~has_reason).label("short"),
            and_(_certificate(_IS_VALID, Certificate.is_for_ceremony), ~has_enough, ~is_marked).label("awaited"),
            _is_due(trainings, {CertificateKind.COMPLETION: completed}).label("full"),
            _is_due(trainings, earned).label("due"),
        )
        .join(Training, Training.id == Registration.training_id)
        .where(Registration.training_id.in_(ids), or_(_HAS_SEAT, has_led, valid))
    )
    return query if attended is None else query.outerjoin(attended, attended.c.registration_id == Registration.id)


def _certificate_facts() -> Iterator[Label[Any]]:
    """Yield what is true of the name of a registration's person, and of its certificates."""
    confirmed_name = and_(
        PersonName.person_id == Registration.person_id,
        PersonName.script == "cyrillic",
        PersonName.confirmed_at.is_not(None),
        PersonName.is_former.is_(False),
    )
    is_lapsed = and_(_IS_ISSUED, Certificate.revoked_at.is_not(None), Certificate.replaced_at.is_(None))
    is_pending = _certificate(Certificate.state == CertificateState.PENDING.value)
    said_last = (
        select(CertificateMark.state)
        .join(Certificate, Certificate.id == CertificateMark.certificate_id)
        .where(_THEIRS, _IS_VALID)
        .order_by(CertificateMark.id.desc())
        .limit(1)
        .correlate(Registration)
    )
    yield select(PersonName.id).where(confirmed_name).exists().label("named")
    yield _certificate(Certificate.state != CertificateState.FAILED).label("certified")
    yield _certificate(_IS_VALID).label("issued")
    yield and_(_certificate(is_lapsed, certificate_queries.is_corrected_since()), ~is_pending).label("corrected")
    for kind in CertificateKind:
        yield _certificate(_IS_VALID, Certificate.kind == kind.value).label(kind.value)
    yield said_last.scalar_subquery().label("handing")


def _certificate(*conditions: SQLColumnExpression[bool]) -> ColumnElement[bool]:
    return select(Certificate.id).where(_THEIRS, *conditions).exists()


def _is_due(
    trainings: Sequence[Training], earned: Mapping[CertificateKind, ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Return whether somebody has earned one of these certificates in a training that issues it."""
    issuing = {kind: [one.id for one in trainings if kind in one.certificate_kinds] for kind in earned}
    return or_(*(and_(Registration.training_id.in_(issuing[kind]), earned[kind]) for kind in earned))


def _attended_enough(
    trainings: Sequence[Training], sessions: Sessions, now: datetime
) -> tuple[Subquery | None, ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    """Return the attendance per registration, whether it is enough, whether it is all there, and unexplained.

    Minutes are compared with the minimum as integers. A reason that a mark gives for a missed session counts as one.
    """
    begun = [one for one in trainings if any(session.marked for session in sessions[one.id])]
    if not begun:
        return None, literal(False), literal(False), literal(False)
    marks = attendance.counting_marks([training.id for training in begun], as_of=now)
    lengths = {session.session_id: session.minutes for one in begun for session in sessions[one.id]}
    scheduled = case(lengths, value=marks.c.training_session_id)
    counted = case((or_(marks.c.minutes.is_(None), marks.c.minutes > scheduled), scheduled), else_=marks.c.minutes)
    was_there = and_(marks.c.has_begun, marks.c.state.in_((AttendanceState.PRESENT.value, AttendanceState.LATE.value)))
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


def progress_of(ids: Sequence[int]) -> tuple[AnySelect, ...]:
    """Return the counts of copies, signatures and acts of these trainings, as the queries of their steps take them."""
    given = (
        select(StockPlace.training_id, literal("copies_given"), func.sum(StockBalance.quantity))
        .join(StockBalance, StockBalance.place_id == StockPlace.id)
        .where(StockPlace.training_id.in_(ids), StockPlace.kind == PlaceKind.PARTICIPANTS.value)
        .group_by(StockPlace.training_id)
    )
    signed = (
        select(Registration.training_id, literal("copies_signed"), func.count())
        .join(ReceiptSignature, ReceiptSignature.registration_id == Registration.id)
        .where(Registration.training_id.in_(ids))
        .group_by(Registration.training_id)
    )
    return given, signed, _acts(ids, "acts_open", "draft", "printed"), _acts(ids, "acts_signed", "signed")


def _acts(ids: Sequence[int], name: str, *states: str) -> AnySelect:
    wanted = [HandoverState(state).value for state in states]
    return (
        select(Handover.training_id, literal(name), func.count())
        .where(Handover.training_id.in_(ids), Handover.state.in_(wanted))
        .group_by(Handover.training_id)
    )


PAGE_SIZE = 30
_OPEN_STATES = (
    TrainingState.DRAFT,
    TrainingState.PENDING_APPROVAL,
    TrainingState.APPROVED,
    TrainingState.HELD,
)
_MOST_OPEN = 100
_COUNTS = {one.name for one in fields(Progress)}


@dataclass(frozen=True)
class Filters:
    """Which trainings a list shows; an empty side lets everything through."""

    state: str = ""
    region: str = ""
    phase: str = ""


@dataclass(frozen=True)
class TrainingRow:
    training: Training
    registered: int
    confirmed: int


@dataclass(frozen=True)
class OpenTraining:
    """A training that is not finished, with its steps."""

    training: Training
    steps: Sequence[Step] = field(default_factory=list)


def page_of_trainings(actor: Actor, filters: Filters, number: int, today: date) -> Page[TrainingRow]:
    """Return one page of the trainings within reach, the latest first."""
    seats = select(Training, _seats(), _seats(RegistrationState.CONFIRMED))
    query = _filtered(within_reach(seats, actor), filters, today).order_by(
        Training.starts_on.desc(), Training.id.desc()
    )
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
    unreached: dict[int, dict[MailKind, Unreached]] = defaultdict(dict)
    for training_id, kind, number in db.session.execute(_people_and_lists(trainings, now)):
        if mailing.is_counted(kind):
            mailing.add_count(unreached[training_id], kind, number)
        else:
            numbers[training_id][kind if kind in _COUNTS else "ended"] += int(number)
    for row in db.session.execute(count(trainings, sessions, now)).mappings():
        numbers[row["training_id"]].update({name: row[name] for name in row if name != "training_id"})
    return {one: Progress(is_over(sessions[one], now), sessions[one], unreached[one], **numbers[one]) for one in ids}


def _filtered(query: Query, filters: Filters, today: date) -> Query:
    if filters.state:
        query = query.where(Training.state == filters.state)
    if filters.region:
        query = query.where(Training.region_code == filters.region)
    phases: dict[str, ColumnElement[bool]] = {
        Phase.UPCOMING: Training.starts_on > today,
        Phase.RUNNING: and_(Training.starts_on <= today, Training.ends_on >= today),
        Phase.OVER: Training.ends_on < today,
    }
    return query.where(phases[filters.phase]) if filters.phase in phases else query


def _seats(state: RegistrationState | None = None) -> ColumnElement[int]:
    query = select(func.count()).where(Registration.training_id == Training.id, IS_PARTICIPANT)
    return (query.where(Registration.state == state) if state else query).scalar_subquery()


def _people_and_lists(trainings: Sequence[Training], now: datetime) -> Any:
    ids = [training.id for training in trainings]
    people = (
        select(Registration.training_id, Registration.state, func.count())
        .where(Registration.training_id.in_(ids), IS_PARTICIPANT)
        .group_by(Registration.training_id, Registration.state)
    )
    lists = (
        select(NominationList.training_id, literal("staged_lists"), func.count())
        .where(NominationList.training_id.in_(ids), NominationList.state == "staged")
        .group_by(NominationList.training_id)
    )
    others = (
        *assessments.progress_of(ids),
        *evaluation_queries.progress_of(ids),
        *mailing.progress_of(trainings, now),
        *progress_of(ids),
    )
    return union_all(people, lists, *others)


def _count_marked(ids: Sequence[int]) -> Mapping[int, list[MarkedSession]]:
    marks, session = attendance.counting_marks(ids, as_of=None), TrainingSession
    query = (
        select(session, func.count(marks.c.registration_id))
        .outerjoin(marks, marks.c.training_session_id == session.id)
        .where(session.training_id.in_(ids))
        .group_by(session.id)
        .order_by(session.starts_at, session.id)
    )
    found: dict[int, list[MarkedSession]] = defaultdict(list)
    for one, marked in db.session.execute(query):
        found[one.training_id].append(MarkedSession(one.local_date, marked, one.id, one.ends_at, one.minutes))
    return found
