"""Who has completed a training, with which certificate, and if not, why."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from portal.assessments.rules import GradeStatus
from portal.attendance.rules import Attended
from portal.platform.texts import N_, Labelled
from portal.registration.rules import RegistrationRole, RegistrationState


class CertificateKind(StrEnum):
    """What the paper says: was there, completed the course by its rules, or led a part of it."""

    ATTENDANCE = "attendance"
    COMPLETION = "completion"
    FACILITATOR = "facilitator"


class Leads(StrEnum):
    """What somebody leads in a training: nothing, a session that is planned, or one in which people were marked."""

    NOTHING = "nothing"
    PLANNED = "planned"
    HELD = "held"


class Ineligible(Labelled):
    """Why somebody gets no certificate; `certificates.wording` fills in the figures."""

    TRAINING_CANCELLED = "training_cancelled", N_("The training was cancelled.")
    NOT_CONFIRMED = "not_confirmed", N_("Has no confirmed seat.")
    NOT_A_PARTICIPANT = "not_a_participant", N_("Is not a participant.")
    NO_SESSIONS = "no_sessions", N_("The training has no sessions.")
    STILL_RUNNING = (
        "still_running",
        N_("The training is still running: attended %(attended)s h of %(so_far)s h so far."),
    )
    NOT_MARKED = (
        "not_marked",
        N_("Attended %(percent)s %% of the required %(minimum)s %%; sessions not marked: %(unmarked)s."),
    )
    BELOW_MINIMUM = "below_minimum", N_("Attended %(percent)s %% of the required %(minimum)s %%.")
    # No figure: a score is for the person and the coordinator only, and this text is read by others too.
    NOT_TESTED = "not_tested", N_("Has not taken the test after the training.")
    BELOW_GRADE = "below_grade", N_("Has not reached the minimum grade in the test after the training.")
    LEADS_NO_SESSION = "leads_no_session", N_("Leads no session of the agenda.")
    SESSION_NOT_HELD = "session_not_held", N_("Nobody is marked yet in the sessions that this person leads.")


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
_TEST_REASONS = {GradeStatus.NOT_TAKEN: Ineligible.NOT_TESTED, GradeStatus.BELOW_GRADE: Ineligible.BELOW_GRADE}


def eligibility(  # noqa: PLR0913 - a decision rests on all of these facts
    *,
    state: str,
    role: str,
    attended: Attended,
    minimum: int,
    is_cancelled: bool,
    test: GradeStatus = GradeStatus.NOT_REQUIRED,
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


@dataclass(frozen=True)
class Outcome:
    """How one registration stands: completed or why not, and so which certificate is due.

    `unmarked` are the references of sessions without a mark, `reasons` what the marks of missed ones say.
    """

    registration_id: int
    reference: str
    name: str
    state: str
    role: str
    eligibility: Eligibility
    person_id: int = 0
    unmarked: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
