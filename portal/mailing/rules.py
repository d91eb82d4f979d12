"""The kinds of mail: who gets them, when they can be sent, and when they are sent automatically."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from portal.platform.texts import N_, Labelled
from portal.registration.rules import RegistrationState
from portal.trainings.rules import TrainingState, has_ended

EVENING = time(18)
# How long after the last session, or after the issue, a mail still goes by itself: a worker may have stood still.
LATEST = timedelta(days=3)
# The participants' links end then, so nobody answers any more.
ANSWERED_WITHIN = timedelta(days=14)


class MailKind(Labelled):
    """What participants are notified of, in the order of a training's life."""

    INVITATION = "invitation", N_("Invitation")
    CONFIRMATION = "confirmation", N_("Confirmation of the seat")
    WAITLISTED = "waitlisted", N_("Waiting list")
    DECLINED = "declined", N_("No seat this time")
    REMINDER = "reminder", N_("Reminder")
    MOVED = "moved", N_("New date or place")
    CANCELLED = "cancelled", N_("Training cancelled")
    EVALUATION = "evaluation", N_("Request to evaluate")
    CERTIFICATE = "certificate", N_("Certificate ready")


AUTOMATIC = (MailKind.REMINDER, MailKind.EVALUATION, MailKind.CERTIFICATE)
# A link is of use only to who still takes part.
WITH_LINK = frozenset(MailKind) - {MailKind.WAITLISTED, MailKind.DECLINED, MailKind.CANCELLED}
WITH_CALENDAR = frozenset({MailKind.CONFIRMATION, MailKind.REMINDER, MailKind.MOVED, MailKind.CANCELLED})

# Letters that name the days and the place: whoever had one knows them.
WITH_DATES = (
    MailKind.INVITATION,
    MailKind.CONFIRMATION,
    MailKind.WAITLISTED,
    MailKind.REMINDER,
    MailKind.MOVED,
)

_S = RegistrationState
_COUNT_ON_IT = frozenset({_S.NOMINATED, _S.INVITED, _S.CONFIRMED, _S.WAITLISTED})
STATES: Mapping[MailKind, frozenset[RegistrationState]] = {
    MailKind.INVITATION: frozenset({_S.NOMINATED, _S.INVITED}),
    MailKind.CONFIRMATION: frozenset({_S.CONFIRMED}),
    MailKind.WAITLISTED: frozenset({_S.WAITLISTED}),
    MailKind.DECLINED: frozenset({_S.DECLINED}),
    MailKind.REMINDER: frozenset({_S.CONFIRMED}),
    MailKind.MOVED: _COUNT_ON_IT,
    MailKind.CANCELLED: _COUNT_ON_IT,
    MailKind.EVALUATION: frozenset({_S.CONFIRMED}),
    MailKind.CERTIFICATE: frozenset({_S.CONFIRMED}),
}
_CANCELLED = (TrainingState.CANCELLED_BY_ORGANIZER, TrainingState.CANCELLED_BY_HOST)
_UNDER_WAY = (TrainingState.APPROVED, TrainingState.HELD)


class MailStatus(Labelled):
    """What one person has of one mail."""

    TO_SEND = "to_send", N_("Not sent yet")
    NO_ADDRESS = "no_address", N_("No e-mail")
    QUEUED = "queued", N_("In the queue")
    SENT = "sent", N_("Sent")
    FAILED = "failed", N_("Not delivered")
    UNCLEAR = "unclear", N_("Unclear")
    PASSED_ON = "passed_on", N_("Passed on")


# Who has been notified, or will be without anybody's doing.
NOTIFIED = frozenset({MailStatus.QUEUED, MailStatus.SENT, MailStatus.PASSED_ON})


@dataclass(frozen=True)
class Timing:
    """What of a training decides when mails are possible; the moments are those of its sessions."""

    state: str
    starts_on: date
    ends_on: date
    zone: tzinfo
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()

    def is_over(self, now: datetime) -> bool:
        """Tell whether the last day has come and its last session is over."""
        return has_ended(self.ends_on, self.ends_at, self.zone, now)


@dataclass(frozen=True)
class Unreached:
    """How many people a mail has not reached: those to whom it can go, and those who need the text by messenger."""

    to_mail: int = 0
    by_hand: int = 0
    is_switched_off: bool = False


@dataclass(frozen=True)
class Due:
    """A mail that somebody has to see to: to how many, and by when."""

    kind: MailKind
    people: int
    due_on: date


def list_due(
    unreached: Mapping[MailKind, Unreached], *, starts_on: date, ends_on: date, names_due_on: date, today: date
) -> list[Due]:
    """Return what has to be told now by somebody's doing, in the order of a training's life.

    Invitations and seats are told until the list of names is final, new days and a new place until the day before; a
    reminder is of use on that day, a request to evaluate as long as it can be answered. Whoever has an address is left
    to a mail that goes by itself.
    """
    eve, late = starts_on - timedelta(days=1), ends_on + LATEST
    found = []
    for kind, due_on, is_now, goes_by_itself in (
        (MailKind.INVITATION, names_due_on, today <= ends_on, False),
        (MailKind.CONFIRMATION, names_due_on, today <= ends_on, False),
        (MailKind.MOVED, eve, today <= ends_on, False),
        (MailKind.REMINDER, eve, today == eve, True),
        (MailKind.EVALUATION, late, ends_on < today <= ends_on + ANSWERED_WITHIN, today <= late),
    ):
        one = unreached.get(kind, Unreached())
        people = one.by_hand + (0 if goes_by_itself and not one.is_switched_off else one.to_mail)
        if is_now and people:
            found.append(Due(kind, people, due_on))
    return found


def status_of(mail_state: str | None, *, has_address: bool, is_passed_on: bool) -> MailStatus:
    """Return what somebody has: a mail that left outranks everything, a text passed on outranks one that failed."""
    if mail_state == "sent":
        return MailStatus.SENT
    if is_passed_on:
        return MailStatus.PASSED_ON
    if mail_state is None:
        return MailStatus.TO_SEND if has_address else MailStatus.NO_ADDRESS
    return MailStatus(mail_state) if mail_state in ("failed", "unclear") else MailStatus.QUEUED


def occasion(kind: MailKind, starts_on: date, number: str = "", moves: int = 0) -> str:
    """Return what makes a mail another one than the last of its kind: the new date, the next move, the new certificate.

    `moves` is how often the training has moved: to another place on the same days is news too.
    """
    if kind == MailKind.MOVED:
        return f"{starts_on.isoformat()}.{moves}"
    if kind == MailKind.REMINDER:
        return starts_on.isoformat()
    return number if kind == MailKind.CERTIFICATE else ""


def key(kind: MailKind, occasion_: str, reference: str, attempt: int) -> str:
    """Return the key under which one mail is queued once."""
    return f"{stem(kind, occasion_, reference)}:{attempt}"


def stem(kind: MailKind, occasion_: str, reference: str) -> str:
    """Return what the keys of all attempts have in common."""
    return ":".join(filter(None, (kind.value, "registration", reference, occasion_)))


def is_possible(kind: MailKind, timing: Timing, now: datetime) -> bool:
    """Tell whether a mail of this kind says something true about the training now."""
    if kind == MailKind.CANCELLED:
        return timing.state in _CANCELLED
    if timing.state in _CANCELLED:
        return False
    if kind == MailKind.CERTIFICATE:
        return timing.is_over(now)
    if timing.state == TrainingState.FINALIZED and kind != MailKind.EVALUATION:
        return False
    today = timing.today(now)
    if kind == MailKind.EVALUATION:
        return today >= timing.starts_on
    return today <= timing.ends_on


def sends_by_itself(kind: MailKind, timing: Timing, now: datetime) -> bool:
    """Tell whether this is the time for a mail to go without anybody's doing.

    The reminder goes in the evening before by the venue's clock, the request to evaluate after the last session.
    A certificate is told of after its own issue, but not before the last session has ended.
    """
    if kind == MailKind.CERTIFICATE:
        return timing.state in (*_UNDER_WAY, TrainingState.FINALIZED) and timing.is_over(now)
    if timing.state not in _UNDER_WAY or timing.starts_at is None or timing.ends_at is None:
        return False
    if kind == MailKind.REMINDER:
        return evening_before(timing.starts_at, timing.zone) <= now < timing.starts_at
    return timing.ends_at <= now < timing.ends_at + LATEST


def is_news(issued_at: datetime, timing: Timing, now: datetime) -> bool:
    """Tell whether people are still to hear of a certificate: for some days after its issue, or after the training."""
    return max(issued_at, timing.ends_at or issued_at) > now - LATEST


def evening_before(starts_at: datetime, zone: tzinfo) -> datetime:
    day = starts_at.astimezone(zone).date() - timedelta(days=1)
    return datetime.combine(day, EVENING, zone)
