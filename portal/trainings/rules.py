"""A training's plan and its checks, its states, and the calendar month."""

from calendar import Calendar
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from typing import Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from portal.catalog.rules import MAX_HOURS
from portal.platform.texts import Text
from portal.records.rules import YEARS, RecordFault, RecordFaultCode, long_faults, text_faults


@dataclass(frozen=True)
class Whereabouts:
    """When and where a training takes place, or would."""

    starts_on: date
    ends_on: date
    venue_id: int
    time_zone: str


MAX_DAYS = 60
MAX_SESSIONS = 200
MAX_SEATS = 10_000
MAX_DEADLINE_DAYS = 365
NOMINATIONS_DUE_DAYS, NAMES_DUE_DAYS = 14, 7
WORKING_LANGUAGES = ("", "ky", "ru", "ky-ru", "en")
# What certificates a training may issue, each kind to those whom its rule names; the usual ones are of completion.
CERTIFICATES = ("completion", "attendance", "facilitator")
USUAL_CERTIFICATES = ("completion",)
_HALVES = ((time(9, 30), time(12, 30)), (time(13, 30), time(16, 30)))


@dataclass(frozen=True)
class PlannedSession:
    """A timed block. `reference` names the session that stands already."""

    titles: Text
    starts_at: datetime
    ends_at: datetime
    reference: str = ""

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


@dataclass(frozen=True)
class PlannedAllotment:
    seats: int
    institution_id: int | None = None
    region_code: str | None = None
    role: str | None = None

    @property
    def sides(self) -> tuple[int | None, str | None, str | None]:
        return (self.institution_id, self.region_code, self.role)


@dataclass(frozen=True)
class Details:
    """What a training says beyond days and seats; all of it may stay open. `contact_id` is the account that mails name.

    Deadlines count back from the first day: until when lists of nominees come, and when the list of names is final.
    """

    objectives: Text = Text()
    profile: Text = Text()
    host_ids: tuple[int, ...] = ()
    working_language: str = ""
    has_interpreter: bool = False
    is_assessment_required: bool = False
    minimum_grade: int | None = None
    certificate_kinds: tuple[str, ...] = USUAL_CERTIFICATES
    people_planned: int | None = None
    nominations_due_days: int = NOMINATIONS_DUE_DAYS
    names_due_days: int = NAMES_DUE_DAYS
    comments: str = ""
    contact_id: int | None = None


# The parts of the details that are one column each.
PLAIN_DETAILS = tuple(
    part.name for part in fields(Details) if part.name not in ("objectives", "profile", "host_ids", "certificate_kinds")
)


@dataclass(frozen=True)
class Plan:
    """A training as it is planned; times of sessions are judged on the venue's clock.

    Without details, those that a training has stay. `is_past_meant` says that a first day that has gone by is no slip.
    """

    titles: Text
    starts_on: date
    ends_on: date
    hours: int
    capacity: int
    minimum_attendance: int
    time_zone: str
    sessions: tuple[PlannedSession, ...]
    allotments: tuple[PlannedAllotment, ...] = ()
    details: Details | None = None
    is_past_meant: bool = False


def plan_faults(plan: Plan) -> list[RecordFault]:
    """Return everything that stands against the plan, in the order of the form."""
    found = [*_text_faults(plan), *_date_faults(plan), *_session_faults(plan), *_seat_faults(plan)]
    return found + list(_detail_faults(plan.details)) if plan.details else found


def hours_of(sessions: tuple[PlannedSession, ...]) -> int:
    """Return the scheduled hours, the last begun one counted whole."""
    return -(-sum(session.minutes for session in sessions) // 60)


def propose_sessions(starts_on: date, ends_on: date, time_zone: str) -> list[PlannedSession]:
    """Return a morning and an afternoon session for each day, numbered in three languages."""
    if not starts_on <= ends_on < starts_on + timedelta(days=MAX_DAYS):
        return []
    zone = ZoneInfo(time_zone)
    days = [starts_on + timedelta(days=number) for number in range((ends_on - starts_on).days + 1)]
    halves = [(day, begin, end) for day in days for begin, end in _HALVES]
    return [
        PlannedSession(
            Text(f"{number}-сабак", f"Занятие {number}", f"Session {number}"),
            datetime.combine(day, begin, zone),
            datetime.combine(day, end, zone),
        )
        for number, (day, begin, end) in enumerate(halves, start=1)
    ]


def _text_faults(plan: Plan) -> Iterator[RecordFault]:
    if not plan.titles:
        yield RecordFault(RecordFaultCode.TITLE_MISSING, "title_ru")
    yield from text_faults(plan.titles, "title")


def _date_faults(plan: Plan) -> Iterator[RecordFault]:
    days = (plan.ends_on - plan.starts_on).days + 1
    if plan.starts_on.year not in YEARS:
        yield RecordFault(RecordFaultCode.YEAR_IMPLAUSIBLE, "starts_on", args={"year": plan.starts_on.year})
    elif days < 1:
        yield RecordFault(RecordFaultCode.ENDS_BEFORE_START, "ends_on")
    elif days > MAX_DAYS:
        yield RecordFault(RecordFaultCode.TOO_MANY_DAYS, "ends_on", args={"days": days, "most": MAX_DAYS})


def _session_faults(plan: Plan) -> Iterator[RecordFault]:
    if not plan.sessions:
        yield RecordFault(RecordFaultCode.SESSIONS_MISSING, "sessions")
    if len(plan.sessions) > MAX_SESSIONS:
        yield RecordFault(RecordFaultCode.SESSIONS_TOO_MANY, "sessions", args={"most": MAX_SESSIONS})
        return
    zone = ZoneInfo(plan.time_zone)
    for place, session in enumerate(plan.sessions):
        if not session.titles:
            yield RecordFault(RecordFaultCode.SESSION_TITLE_MISSING, "title_ru", place)
        yield from text_faults(session.titles, "title", place)
        starts, ends = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
        if session.ends_at <= session.starts_at:
            yield RecordFault(RecordFaultCode.SESSION_ENDS_BEFORE_START, "ends_at", place)
        elif not plan.starts_on <= starts.date() <= plan.ends_on:
            args = {"date": starts.date(), "first": plan.starts_on, "last": plan.ends_on}
            yield RecordFault(RecordFaultCode.SESSION_OUTSIDE_DAYS, "local_date", place, args)
        elif ends.date() != starts.date():
            yield RecordFault(RecordFaultCode.SESSION_OVER_MIDNIGHT, "ends_at", place)
    yield from _overlaps(plan)


def _overlaps(plan: Plan) -> Iterator[RecordFault]:
    right = [entry for entry in enumerate(plan.sessions) if entry[1].ends_at > entry[1].starts_at]
    for (first, earlier), (second, later) in pairwise(sorted(right, key=lambda entry: entry[1].starts_at)):
        if later.starts_at < earlier.ends_at:
            place, other = max(first, second), min(first, second)
            yield RecordFault(RecordFaultCode.SESSIONS_OVERLAP, "starts_at", place, {"other": other + 1})


def _seat_faults(plan: Plan) -> Iterator[RecordFault]:
    yield from _seats_within(plan.capacity, "capacity")
    if not 0 <= plan.minimum_attendance <= 100:
        yield RecordFault(RecordFaultCode.MINIMUM_NOT_PERCENT, "minimum_attendance")
    if not 1 <= plan.hours <= MAX_HOURS:
        yield RecordFault(RecordFaultCode.HOURS_IMPLAUSIBLE, "hours", args={"most": MAX_HOURS})
    seen = set()
    for place, allotment in enumerate(plan.allotments):
        if allotment.seats > plan.capacity:
            args = {"seats": allotment.seats, "capacity": plan.capacity}
            yield RecordFault(RecordFaultCode.ALLOTMENT_OVER_CAPACITY, "seats", place, args)
        else:
            yield from _seats_within(allotment.seats, "seats", place)
        if allotment.sides in seen:
            yield RecordFault(RecordFaultCode.ALLOTMENT_TWICE, "institution_id", place)
        seen.add(allotment.sides)


def _seats_within(seats: int, name: str, place: int | None = None) -> Iterator[RecordFault]:
    if seats < 1:
        yield RecordFault(RecordFaultCode.SEATS_TOO_FEW, name, place)
    elif seats > MAX_SEATS:
        yield RecordFault(RecordFaultCode.SEATS_TOO_MANY, name, place, {"most": MAX_SEATS})


def _detail_faults(details: Details) -> Iterator[RecordFault]:
    for name in ("objectives", "profile"):
        for column, text in getattr(details, name).columns(name).items():
            yield from long_faults(text, column)
    yield from long_faults(details.comments, "comments")
    if details.working_language not in WORKING_LANGUAGES:
        yield RecordFault(RecordFaultCode.LANGUAGE_UNKNOWN, "working_language")
    if details.minimum_grade is not None and not 0 <= details.minimum_grade <= 100:
        yield RecordFault(RecordFaultCode.GRADE_NOT_PERCENT, "minimum_grade")
    if not {"completion", "attendance"} & set(details.certificate_kinds) or set(details.certificate_kinds) - set(
        CERTIFICATES
    ):
        yield RecordFault(RecordFaultCode.CERTIFICATES_MISSING, "certificate_kinds")
    if details.people_planned is not None and not 1 <= details.people_planned <= MAX_SEATS:
        yield RecordFault(RecordFaultCode.PEOPLE_IMPLAUSIBLE, "people_planned", args={"most": MAX_SEATS})
    yield from _deadline_faults(details)


def _deadline_faults(details: Details) -> Iterator[RecordFault]:
    for name in ("nominations_due_days", "names_due_days"):
        if not 0 <= getattr(details, name) <= MAX_DEADLINE_DAYS:
            yield RecordFault(RecordFaultCode.DEADLINE_IMPLAUSIBLE, name, args={"most": MAX_DEADLINE_DAYS})
            return
    if details.names_due_days > details.nominations_due_days:
        yield RecordFault(RecordFaultCode.DEADLINES_REVERSED, "names_due_days")


FIRST, LAST = date(2000, 1, 1), date(2099, 12, 1)


class Lasting(Protocol):
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...


T = TypeVar("T", bound=Lasting)


@dataclass(frozen=True)
class Entry(Generic[T]):
    """What goes on on a day; `is_first` where the sheet shows it for the first time."""

    training: T
    is_first: bool


@dataclass(frozen=True)
class Day(Generic[T]):
    day: date
    is_in_month: bool
    entries: tuple[Entry[T], ...]


def month_of(text: str, today: date) -> date:
    """Return the first day of the month that is written as 2026-11, else of this month."""
    year, _dash, month = text.partition("-")
    if not (year.isascii() and year.isdigit() and month.isascii() and month.isdigit()):
        return today.replace(day=1)
    if not (FIRST.year <= int(year) <= LAST.year and 1 <= int(month) <= 12):
        return today.replace(day=1)
    return date(int(year), int(month), 1)


def beside(month: date, step: int) -> date | None:
    """Return the first day of the next month or the one before; None at the edge of what is planned."""
    number = month.year * 12 + month.month - 1 + step
    other = date(number // 12, number % 12 + 1, 1)
    return other if FIRST <= other <= LAST else None


def bounds(month: date) -> tuple[date, date]:
    """Return the first and last day of the sheet: whole weeks, Monday to Sunday."""
    days = list(Calendar().itermonthdates(month.year, month.month))
    return days[0], days[-1]


def sheet(month: date, trainings: Iterable[T]) -> Iterator[Day[T]]:
    """Yield every day of the sheet with what goes on."""
    known = list(trainings)
    for day in Calendar().itermonthdates(month.year, month.month):
        entries = (
            Entry(one, is_first=day == max(one.starts_on, month))
            for one in known
            if one.starts_on <= day <= one.ends_on
        )
        yield Day(day, day.month == month.month, tuple(entries))


class TrainingState(StrEnum):
    """The stored states; what follows from dates is derived by `phase`."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"
    HELD = "held"
    FINALIZED = "finalized"
    CANCELLED_BY_ORGANIZER = "cancelled_by_organizer"
    CANCELLED_BY_HOST = "cancelled_by_host"


CANCELLED = (TrainingState.CANCELLED_BY_ORGANIZER, TrainingState.CANCELLED_BY_HOST)

# Where a training may go by hand. It is finalized by reconciliation, and cancelled with a reason.
MOVES: Mapping[TrainingState, tuple[TrainingState, ...]] = {
    TrainingState.DRAFT: (TrainingState.PENDING_APPROVAL,),
    TrainingState.PENDING_APPROVAL: (TrainingState.APPROVED, TrainingState.DRAFT),
    TrainingState.APPROVED: (TrainingState.HELD, TrainingState.PENDING_APPROVAL),
    TrainingState.HELD: (TrainingState.APPROVED,),
}


def can_move(state: str, to: TrainingState) -> bool:
    return to in MOVES.get(TrainingState(state), ())


def has_ended(ends_on: date, ends_at: datetime | None, zone: tzinfo, now: datetime) -> bool:
    """Tell whether the last day has come, on the venue's calendar, and the last session is over."""
    return now.astimezone(zone).date() >= ends_on and (ends_at is None or ends_at <= now)


class Phase(StrEnum):
    """Where an approved training stands on a given day; derived, never stored."""

    UPCOMING = "upcoming"
    RUNNING = "running"
    OVER = "over"


def phase(starts_on: date, ends_on: date, today: date) -> Phase:
    if today < starts_on:
        return Phase.UPCOMING
    return Phase.RUNNING if today <= ends_on else Phase.OVER
