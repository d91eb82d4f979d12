"""Who gets a certificate and why not, what a certificate is worth today, and whether a typed name fits."""

from dataclasses import dataclass
from enum import StrEnum

from portal.attendance.rules import Attended
from portal.evaluation.rules.assessments import Standing
from portal.people.rules.names import match_keys
from portal.registration.rules.states import RegistrationRole, RegistrationState


class CertificateKind(StrEnum):
    """What the paper says: was there, or completed the course by its rules."""

    ATTENDANCE = "attendance"
    COMPLETION = "completion"


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


class Ineligible(StrEnum):
    """Why somebody gets no certificate."""

    TRAINING_CANCELLED = "training_cancelled"
    NOT_CONFIRMED = "not_confirmed"
    NOT_A_PARTICIPANT = "not_a_participant"
    NO_SESSIONS = "no_sessions"
    NOT_MARKED = "not_marked"
    BELOW_MINIMUM = "below_minimum"
    NOT_TESTED = "not_tested"
    BELOW_GRADE = "below_grade"


@dataclass(frozen=True)
class Eligibility:
    """Whether the rule is met, and if not, the first reason; minutes and the minimum say by how much."""

    reason: Ineligible | None
    attended: Attended
    minimum: int

    @property
    def is_eligible(self) -> bool:
        """Tell whether a certificate may be issued."""
        return self.reason is None


_TEST_REASONS = {Standing.NOT_TAKEN: Ineligible.NOT_TESTED, Standing.BELOW_GRADE: Ineligible.BELOW_GRADE}


def eligibility(
    *,
    state: str,
    role: str,
    attended: Attended,
    minimum: int,
    is_cancelled: bool,
    test: Standing = Standing.NOT_REQUIRED,
) -> Eligibility:
    """Return whether somebody has completed the training; the test is asked for last, where it is required.

    Sessions without a mark do not count as attended; who is short only because of them is told so.
    """
    reason = _reason(state, role, attended, minimum, is_cancelled) or _TEST_REASONS.get(test)
    return Eligibility(reason=reason, attended=attended, minimum=minimum)


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
    return Ineligible.NOT_MARKED if attended.unmarked else Ineligible.BELOW_MINIMUM


def unsettled(
    *, is_eligible: bool, is_issued: bool, is_revoked: bool, is_corrected_since: bool = False
) -> Unsettled | None:
    """Return what of somebody's last certificate no longer fits the rule, which the marks and tests decide today.

    A revocation stands whatever the rule says, unless a mark or a test came after it.
    """
    if is_revoked:
        return Unsettled.EARNED_AGAIN if is_eligible and is_corrected_since else None
    return Unsettled.UNEARNED if is_issued and not is_eligible else None


_ENDED = frozenset({RegistrationState.DECLINED, RegistrationState.WITHDRAWN, RegistrationState.SUBSTITUTED})


def takes_part(state: str, *, is_cancelled: bool) -> bool:
    """Tell whether somebody may still come to a certificate, so that the name is worth checking."""
    return not is_cancelled and state not in _ENDED


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
