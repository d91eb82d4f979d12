"""Count by training who has a confirmed name and a certificate, who is due one, and whose does not fit the marks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Label, SQLColumnExpression, Subquery, and_, case, func, literal, or_, select

from portal.attendance import queries as attendance
from portal.attendance.queries import MARKED_ROLES
from portal.attendance.rules import AttendanceState
from portal.certificates.models import Certificate, CertificateMark
from portal.certificates.queries import certificates as papers
from portal.certificates.queries import facilitators
from portal.certificates.rules import CertificateKind, CertificateState, Handing
from portal.closing.models import ShortfallReason
from portal.evaluation.queries import assessments
from portal.people.models import PersonName
from portal.platform.db import AnySelect
from portal.registration.models import Registration
from portal.registration.rules.states import RegistrationState
from portal.trainings.models import Training

# The counts of `count`, in their order: fields of the steps' progress.
SUMS = (
    "names_checked",
    "certified",
    "issued",
    "eligible_uncertified",
    "unsettled",
    "unexplained",
    "handed_over",
    "unclaimed",
)
IS_PARTICIPANT = Registration.role.in_(MARKED_ROLES)
_HAS_SEAT = and_(IS_PARTICIPANT, Registration.state == RegistrationState.CONFIRMED)
_THEIRS = Certificate.registration_id == Registration.id
_IS_ISSUED = Certificate.state == CertificateState.ISSUED.value
_IS_VALID = and_(_IS_ISSUED, Certificate.revoked_at.is_(None), Certificate.replaced_at.is_(None))


@dataclass(frozen=True)
class MarkedSession:
    """A session and for how many people it is marked; `minutes` is its length."""

    session_id: int
    local_date: date
    ends_at: datetime
    minutes: int
    marked: int


Sessions = Mapping[int, Sequence[MarkedSession]]


def is_over(sessions: Sequence[MarkedSession], now: datetime) -> bool:
    """Tell whether the last of these sessions has ended."""
    return all(one.ends_at <= now for one in sessions)


def count(trainings: Sequence[Training], sessions: Sessions, now: datetime) -> AnySelect:
    """Select the id and the sums of each of these trainings; `sessions` holds theirs by training.

    Minutes count as they stand now. Until the last session has ended nobody is short, and no certificate fails to fit.
    """
    one = _by_registration(trainings, sessions, now).subquery().c
    counted = (
        and_(one.seated, one.named),
        and_(one.seated, one.certified),
        and_(one.seated, one.issued),
        and_(one.due, ~one.certified),
        and_(
            one.over,
            or_(
                and_(one.completion, ~one.completed, ~one.awaited),
                and_(one.attendance, or_(~one.attended, one.full), ~one.awaited),
                and_(one.facilitator, ~one.led),
                and_(one.corrected, one.due),
            ),
        ),
        and_(one.over, one.short),
        and_(one.seated, one.handing == Handing.HANDED_OVER.value),
        and_(one.seated, one.handing == Handing.UNCLAIMED.value),
    )
    sums = (func.sum(case((condition, 1), else_=0)) for condition in counted)
    return select(one.training_id, *sums).group_by(one.training_id)


def _by_registration(trainings: Sequence[Training], sessions: Sessions, now: datetime) -> AnySelect:
    """Select what is true of each registration that may count: of its certificates, and of what it has earned."""
    attended, has_enough, is_marked, is_unexplained = _attended_enough(trainings, sessions, now)
    ids, has_attended = [one.id for one in trainings], and_(_HAS_SEAT, has_enough)
    has_led = facilitators.has_led(ids, as_of=now)
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
    yield and_(_certificate(is_lapsed, papers.is_corrected_since()), ~is_pending).label("corrected")
    for kind in CertificateKind:
        yield _certificate(_IS_VALID, Certificate.kind == kind.value).label(kind.value)
    yield said_last.scalar_subquery().label("handing")


def _certificate(*conditions: SQLColumnExpression[bool]) -> ColumnElement[bool]:
    """Return whether the registration has such a certificate."""
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
