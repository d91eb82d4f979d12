"""Who gets a certificate and why not, what a certificate is worth today, and whether a typed name fits."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from typing import Any

from portal.attendance.rules import Attended
from portal.evaluation.rules.assessments import Standing
from portal.people.rules.names import match_keys
from portal.registration.rules.states import RegistrationRole, RegistrationState


class CertificateKind(StrEnum):
    """What the paper says: was there, completed the course by its rules, or led a part of it."""

    ATTENDANCE = "attendance"
    COMPLETION = "completion"
    FACILITATOR = "facilitator"


class CertificateState(StrEnum):
    """A number with facts, then a file; or a number that stays void."""

    PENDING = "pending"
    ISSUED = "issued"
    FAILED = "failed"


class Validity(StrEnum):
    """What a stranger learns of a certificate."""

    VALID = "valid"
    REPLACED = "replaced"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class Unsettled(StrEnum):
    """How a certificate and the rule have come apart since its issue; each waits for somebody's decision."""

    UNEARNED = "unearned"
    EARNED_AGAIN = "earned_again"
    EARNED_MORE = "earned_more"


class Leads(StrEnum):
    """What somebody leads in a training: nothing, a session that is planned, or one in which people were marked."""

    NOTHING = "nothing"
    PLANNED = "planned"
    HELD = "held"


class RevokeClass(StrEnum):
    """Why a certificate is taken back; the last one is said of a paper that was printed and given to nobody."""

    ISSUED_IN_ERROR = "issued_in_error"
    RULE_NOT_MET = "rule_not_met"
    FALSE_DATA = "false_data"
    AUTHORITY = "authority"
    OTHER = "other"
    NOT_HANDED_OVER = "not_handed_over"


# What one account may ask another to confirm.
ASKED_CLASSES = tuple(one for one in RevokeClass if one != RevokeClass.NOT_HANDED_OVER)


class Verdict(StrEnum):
    """What becomes of the wish to revoke a certificate: said by a second person, or taken back by the first."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Handing(StrEnum):
    """What is said of a printed certificate; `cleared` takes back what was said before."""

    HANDED_OVER = "handed_over"
    UNCLAIMED = "unclaimed"
    VOID = "void"
    CLEARED = "cleared"


class Recipient(StrEnum):
    """Who got a paper that was handed over."""

    SELF = "self"
    ON_BEHALF = "on_behalf"
    SENT = "sent"


class Entry(StrEnum):
    """What the issue register says of a number."""

    PENDING = "pending"
    OPEN = "open"
    HANDED_OVER = "handed_over"
    UNCLAIMED = "unclaimed"
    REPLACED = "replaced"
    REVOKED = "revoked"
    VOID = "void"


class PrintOrder(StrEnum):
    """In which order papers lie on the table."""

    NAME = "name"
    INSTITUTION = "institution"
    SEAT = "seat"


class Window(StrEnum):
    """Whether certificates may be issued before the last session ends: too early, now, or nothing left to assume."""

    BEFORE = "before"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True)
class Block:
    """A session of the last day."""

    id: int
    starts_at: datetime
    ends_at: datetime


class Ineligible(StrEnum):
    """Why somebody gets no certificate."""

    TRAINING_CANCELLED = "training_cancelled"
    NOT_CONFIRMED = "not_confirmed"
    NOT_A_PARTICIPANT = "not_a_participant"
    NO_SESSIONS = "no_sessions"
    STILL_RUNNING = "still_running"
    NOT_MARKED = "not_marked"
    BELOW_MINIMUM = "below_minimum"
    NOT_TESTED = "not_tested"
    BELOW_GRADE = "below_grade"
    LEADS_NO_SESSION = "leads_no_session"
    SESSION_NOT_HELD = "session_not_held"


# What may come yet while a training is not over.
_STILL_TO_COME = frozenset({Ineligible.STILL_RUNNING, Ineligible.NOT_TESTED, Ineligible.SESSION_NOT_HELD})
# What a training issues unless its plan says otherwise.
USUAL = frozenset({CertificateKind.COMPLETION})


@dataclass(frozen=True)
class Eligibility:
    """Whether somebody has completed the training, and if not, the first reason; the minutes say by how much.

    `kinds` are the certificates that the training issues, `has_led` tells of a facilitator.
    """

    reason: Ineligible | None
    attended: Attended
    minimum: int
    kinds: frozenset[CertificateKind] = USUAL
    has_led: bool = False

    @property
    def is_eligible(self) -> bool:
        """Tell whether the training was completed: what is counted, whatever paper is issued for it."""
        return self.reason is None

    @property
    def is_undecided(self) -> bool:
        """Tell whether what is missing may still come, since the training is not over."""
        return not self.attended.is_over and self.reason in _STILL_TO_COME

    @property
    def has_attended(self) -> bool:
        """Tell whether enough was attended: the test is asked for last."""
        return self.reason is None or self.reason in _TEST_REASONS.values()

    @property
    def due(self) -> CertificateKind | None:
        """Return the one certificate that is issued for this, the one that says most; None if there is none."""
        earned = (
            (CertificateKind.FACILITATOR, self.has_led),
            (CertificateKind.COMPLETION, self.is_eligible),
            (CertificateKind.ATTENDANCE, self.has_attended),
        )
        return next((kind for kind, is_earned in earned if is_earned and kind in self.kinds), None)

    def is_true(self, kind: str) -> bool:
        """Tell whether a certificate of this kind says what holds today, whatever the training issues by now."""
        if kind == CertificateKind.FACILITATOR:
            return self.has_led
        return self.is_eligible if kind == CertificateKind.COMPLETION else self.has_attended


_LEADING_REASONS = {Leads.NOTHING: Ineligible.LEADS_NO_SESSION, Leads.PLANNED: Ineligible.SESSION_NOT_HELD}
_TEST_REASONS = {Standing.NOT_TAKEN: Ineligible.NOT_TESTED, Standing.BELOW_GRADE: Ineligible.BELOW_GRADE}


def eligibility(  # noqa: PLR0913 - a decision rests on all of these facts
    *,
    state: str,
    role: str,
    attended: Attended,
    minimum: int,
    is_cancelled: bool,
    test: Standing = Standing.NOT_REQUIRED,
    kinds: Iterable[str] = USUAL,
    leads: Leads = Leads.NOTHING,
) -> Eligibility:
    """Return whether somebody has completed the training and what certificate is due; the test is asked for last.

    Sessions without a mark do not count as attended; who is short only because of them is told so. Until the last
    session has ended nobody is short because of what is still to come. Facilitators take no test and no seat: theirs
    follows from a session that they led and in which people were marked.
    """
    issued = frozenset(CertificateKind(kind) for kind in kinds)
    reason = _reason(state, role, attended, minimum, is_cancelled) or _TEST_REASONS.get(test)
    has_led = False
    if reason is Ineligible.NOT_A_PARTICIPANT and role == RegistrationRole.FACILITATOR:
        has_led = leads is Leads.HELD
        if CertificateKind.FACILITATOR in issued:
            reason = _LEADING_REASONS.get(leads, reason)
    return Eligibility(reason=reason, attended=attended, minimum=minimum, kinds=issued, has_led=has_led)


def _reason(state: str, role: str, attended: Attended, minimum: int, is_cancelled: bool) -> Ineligible | None:
    if is_cancelled:
        return Ineligible.TRAINING_CANCELLED
    if state != RegistrationState.CONFIRMED:
        return Ineligible.NOT_CONFIRMED
    if role not in (RegistrationRole.PARTICIPANT, RegistrationRole.ALTERNATE):
        return Ineligible.NOT_A_PARTICIPANT
    if attended.scheduled == 0:
        return Ineligible.NO_SESSIONS
    if attended.reaches(minimum):
        return None
    if attended.may_still_reach(minimum):
        return Ineligible.STILL_RUNNING
    return Ineligible.NOT_MARKED if attended.unmarked else Ineligible.BELOW_MINIMUM


def unsettled(
    eligibility: Eligibility,
    *,
    kind: str,
    is_issued: bool,
    is_revoked: bool,
    is_corrected_since: bool = False,
    is_for_ceremony: bool = False,
) -> Unsettled | None:
    """Return what of somebody's last certificate no longer fits the rule, which the marks and tests decide today.

    A revocation stands whatever the rule says, unless a mark or a test came after it. What was issued ahead waits for
    the end of the last session, and what was issued for the ceremony for the last marks.
    """
    if not eligibility.attended.is_over:
        return None
    if is_for_ceremony and not is_revoked and eligibility.reason is Ineligible.NOT_MARKED:
        return None
    if is_revoked:
        return Unsettled.EARNED_AGAIN if eligibility.due and is_corrected_since else None
    if not is_issued:
        return None
    if not eligibility.is_true(kind):
        return Unsettled.UNEARNED
    return Unsettled.EARNED_MORE if says_less(kind, eligibility) else None


def for_completing(kinds: Iterable[str]) -> CertificateKind:
    """Return what somebody who completes a training gets where these kinds are issued."""
    return CertificateKind.COMPLETION if CertificateKind.COMPLETION in kinds else CertificateKind.ATTENDANCE


def says_less(kind: str, eligibility: Eligibility) -> bool:
    """Tell whether somebody with a certificate of attendance is due one of completion."""
    return kind == CertificateKind.ATTENDANCE and eligibility.due is CertificateKind.COMPLETION


_ENDED = frozenset({RegistrationState.DECLINED, RegistrationState.WITHDRAWN, RegistrationState.SUBSTITUTED})


def takes_part(state: str, *, is_cancelled: bool) -> bool:
    """Tell whether somebody may still come to a certificate, so that the name is worth checking."""
    return not is_cancelled and state not in _ENDED


class FileVerdict(StrEnum):
    """What the bytes of a file say, beside what the register says of the paper."""

    UNCHANGED = "unchanged"  # byte for byte what was issued
    EXTENDED = "extended"  # all of what was issued, and something after it
    CHANGED = "changed"  # our facts are in it, but other bytes
    UNLISTED = "unlisted"  # it bears our seal, but the register has no such paper
    FOREIGN = "foreign"  # nothing of ours


def validity(*, state: str, is_replaced: bool, is_revoked: bool) -> Validity:
    """Return what a certificate is worth today; a number without a file is unknown to strangers."""
    if state != CertificateState.ISSUED:
        return Validity.UNKNOWN
    if is_revoked:
        return Validity.REVOKED
    return Validity.REPLACED if is_replaced else Validity.VALID


def is_name(typed: str, printed: tuple[str, ...]) -> bool:
    """Tell whether a typed name is one of the printed ones, in any order of its parts and in either spelling.

    The whole name is asked for: a family name alone must not tell whose paper it is.
    """
    words = typed.split()
    return any(_same_words(words, name.split()) for name in printed if name)


def _same_words(typed: list[str], printed: list[str]) -> bool:
    if len(typed) != len(printed):
        return False
    left = [match_keys(word) for word in printed]
    for word in typed:
        keys = match_keys(word)
        place = next((index for index, other in enumerate(left) if keys & other), None)
        if place is None:
            return False
        left.pop(place)
    return True


def window(blocks: Sequence[Block], last_day: date, zone: tzinfo, now: datetime) -> Window:
    """Return whether papers may be issued for the ceremony: from noon of the last day to the end of its last session.

    Where the last session begins in the morning, they may be issued when it does.
    """
    if not blocks or now >= max(one.ends_at for one in blocks):
        return Window.OVER if now.astimezone(zone).date() >= last_day else Window.BEFORE
    noon = datetime.combine(last_day, time(12), zone)
    return Window.OPEN if now >= min(noon, max(one.starts_at for one in blocks)) else Window.BEFORE


def left_of(blocks: Iterable[Block], now: datetime) -> frozenset[int]:
    """Return the sessions of the last day that are not over: in them whoever is not marked counts as present."""
    return frozenset(one.id for one in blocks if one.ends_at > now)


def fingerprint(references: Iterable[str]) -> str:
    """Return what tells one set of people from another."""
    return hashlib.sha256("\n".join(sorted(references)).encode()).hexdigest()[:32]


def place_key(order: PrintOrder, *, seat: int | None, institution: str, rank: int) -> tuple[Any, ...]:
    """Return by what a paper is sorted, among papers that come by names; the higher rank first, no seat last."""
    match order:
        case PrintOrder.SEAT:
            return seat is None, seat or 0
        case PrintOrder.INSTITUTION:
            return institution, -rank
        case _:
            return ()


def number_of(series: str, year: int, serial: int) -> str:
    """Return a number as it is printed."""
    return f"{series}-{year}-{serial:04d}"


def entry_of(*, state: str, mark: str, is_replaced: bool, is_revoked: bool) -> Entry:
    """Return what the register says of a number; void is what never was in anybody's hands."""
    if state == CertificateState.FAILED or mark == Handing.VOID:
        return Entry.VOID
    if state == CertificateState.PENDING:
        return Entry.PENDING
    if is_revoked:
        return Entry.REVOKED
    if is_replaced:
        return Entry.REPLACED
    said = {Handing.HANDED_OVER.value: Entry.HANDED_OVER, Handing.UNCLAIMED.value: Entry.UNCLAIMED}
    return said.get(mark, Entry.OPEN)
