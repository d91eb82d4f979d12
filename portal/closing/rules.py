"""Open items that prevent finalizing, reasons for missing, and what a correction may change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from portal.certificates.rules import says_less
from portal.completion.rules import CertificateKind, Ineligible, Outcome
from portal.platform.texts import N_, Labelled
from portal.registration.rules import RegistrationRole, RegistrationState

MAX_REASON = 500


class CorrectionKind(Labelled):
    """The facts that can be set right after the lock; everything else stays as it was finalized."""

    MARK = "mark", N_("Attendance")
    SHORTFALL = "shortfall", N_("Reason for missing")
    FACTS = "facts", N_("Institution, region, service and sex")
    CERTIFICATE_ISSUED = "certificate_issued", N_("Certificate issued")
    CERTIFICATE_REISSUED = "certificate_reissued", N_("Certificate reissued")
    CERTIFICATE_REVOKED = "certificate_revoked", N_("Certificate revoked")


MAX_NOTE = 300


class ShortfallKind(Labelled):
    ADMINISTRATIVE = "administrative", N_("Administrative")
    CANCELLATION = "cancellation", N_("Cancelled")
    DOCUMENTS_INCOMPLETE = "documents_incomplete", N_("Documents incomplete")
    NO_SHOW = "no_show", N_("Did not come")
    PREREQUISITES_UNMET = "prerequisites_unmet", N_("Prerequisites not met")
    OTHER = "other", N_("Other")


class ShortfallCause(Labelled):
    PERSONAL_EMERGENCY = "personal_emergency", N_("personal emergency")
    ILLNESS_OR_DEATH = "illness_or_death", N_("illness or death")
    WORK_RELATED = "work_related", N_("called to work")
    UNKNOWN = "unknown", N_("cause unknown")


WITH_CAUSE = (ShortfallKind.NO_SHOW, ShortfallKind.CANCELLATION)


class ShortfallError(Labelled):
    UNKNOWN_REASON = "unknown_reason", N_("Choose a reason from the list.")
    NOTE_MISSING = "note_missing", N_("Say in a few words what the other reason is.")
    NOTE_TOO_LONG = "note_too_long", N_("A note has at most 300 visible characters.")
    NOTE_WITHOUT_REASON = "note_without_reason", N_("Choose the reason that this note belongs to.")


@dataclass(frozen=True)
class Shortfall:
    """A reason as it counts: its kind, the cause where the kind has one, and somebody's words."""

    kind: ShortfallKind
    cause: ShortfallCause | None = None
    note: str = ""

    @property
    def choice(self) -> str:
        """Return the one value by which a form's select names kind and cause."""
        return f"{self.kind}:{self.cause}" if self.cause else self.kind.value

    @property
    def version(self) -> str:
        """Return a short sign by which a form notices that somebody else has noted another reason."""
        return f"{self.choice}/{self.note}"


# The reasons of the fixed list by the value that names each.
CHOICES: Mapping[str, Shortfall] = {
    one.choice: one
    for kind in ShortfallKind
    for cause in (ShortfallCause if kind in WITH_CAUSE else (None,))
    for one in (Shortfall(kind, cause),)
}


@dataclass(frozen=True)
class ReasonInput:
    """What a row of the form says, and the version of the reason that it showed when it was opened."""

    choice: str
    note: str = ""
    expected_version: str = ""


def read(choice: str, note: str) -> Shortfall | ShortfallError | None:
    """Return the reason that a form names, what is wrong with it, or None for an empty one."""
    note = note.strip()
    if not choice:
        return ShortfallError.NOTE_WITHOUT_REASON if note else None
    if choice not in CHOICES:
        return ShortfallError.UNKNOWN_REASON
    if len(note) > MAX_NOTE or not note.isprintable():
        return ShortfallError.NOTE_TOO_LONG
    if choice == ShortfallKind.OTHER and not note:
        return ShortfallError.NOTE_MISSING
    return replace(CHOICES[choice], note=note)


def of_marks(reasons: Iterable[str]) -> Shortfall | None:
    """Return the reason that the marks of missed sessions give: the kind they name, else "other" in their words.

    Whoever took the attendance has often written it down already, and nothing is typed twice.
    """
    written = list(dict.fromkeys(text for reason in reasons if (text := reason.strip())))
    for text in written:
        kind = text.casefold().replace("-", "_").replace(" ", "_")
        if kind in set(ShortfallKind) and kind != ShortfallKind.OTHER:
            return Shortfall(ShortfallKind(kind), ShortfallCause.UNKNOWN if kind in WITH_CAUSE else None)
    return Shortfall(ShortfallKind.OTHER, None, "; ".join(written)[:MAX_NOTE]) if written else None


_UNDECIDED = frozenset({RegistrationState.NOMINATED, RegistrationState.INVITED, RegistrationState.WAITLISTED})
_MARKED = frozenset({RegistrationRole.PARTICIPANT, RegistrationRole.ALTERNATE})


class MismatchKind(Labelled):
    """What does not agree, in the order in which it is mended."""

    UNDECIDED = "undecided", N_("Not decided: neither confirmed nor declined")
    UNMARKED = "unmarked", N_("Not marked in every session")
    REASON_MISSING = "reason_missing", N_("Under the minimum attendance, without a reason")
    NOT_CERTIFIED = "not_certified", N_("Completed, but without a certificate")
    NOT_COMPLETED = "not_completed", N_("Certified, but did not complete the training")
    REVOKED = "revoked", N_("Completed, but the certificate is revoked: say whether it stays so")
    RECEIPTS = "receipts", N_("Copies given and signatures on the receipt list are not the same number")


class Paper(StrEnum):
    NONE = "none"
    PENDING = "pending"
    VALID = "valid"
    REVOKED = "revoked"
    VOID = "void"


@dataclass(frozen=True)
class Reconciled(Outcome):
    """One registration as closing sees it: how it stands, with its certificate and the reason for missing.

    `is_left_revoked` tells that somebody has said that a revoked certificate is to stay without another one.
    """

    paper: Paper = Paper.NONE
    number: str = ""
    kind: str = CertificateKind.COMPLETION.value
    is_named: bool = True
    shortfall: Shortfall | None = None
    is_left_revoked: bool = False

    @property
    def has_lost_paper(self) -> bool:
        """Tell whether somebody completed, and the certificate of it was revoked.

        They count as completed, here as in releases: that follows from marks and tests alone. If those are wrong too,
        they are corrected, and nobody counts any more.
        """
        return self.paper == Paper.REVOKED and self.eligibility.is_eligible and self.is_confirmed

    @property
    def is_confirmed(self) -> bool:
        """Tell whether somebody has a seat as one who is marked."""
        return self.state == RegistrationState.CONFIRMED and self.role in _MARKED

    @property
    def is_undecided(self) -> bool:
        return self.state in _UNDECIDED

    @property
    def is_short(self) -> bool:
        """Tell whether all marks are there and they are not enough."""
        return self.eligibility.reason == Ineligible.BELOW_MINIMUM

    @property
    def is_ready(self) -> bool:
        """Tell whether a click would issue the certificate."""
        return self.eligibility.due is not None and self.paper == Paper.NONE and self.is_named


@dataclass(frozen=True)
class Receipts:
    """The receipt list of one title: how many copies the stock says were given, and who has signed for one."""

    title: str
    reference: str
    given: int
    signed: int
    signers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Mismatch:
    """What does not agree, and of whom; `receipts` is the list whose signatures are not as many as its copies."""

    kind: MismatchKind
    people: tuple[Reconciled, ...]
    receipts: Receipts | None = None


def reconcile(people: Sequence[Reconciled], lists: Sequence[Receipts] = ()) -> list[Mismatch]:
    """Return every mismatch that there is, with its people in the given order."""
    found: Mapping[MismatchKind, Iterable[Reconciled]] = {
        MismatchKind.UNDECIDED: (one for one in people if one.is_undecided),
        MismatchKind.UNMARKED: (one for one in people if one.is_confirmed and one.unmarked),
        MismatchKind.REASON_MISSING: (one for one in people if one.is_short and one.shortfall is None),
        MismatchKind.NOT_CERTIFIED: (one for one in people if _lacks_paper(one)),
        # Whoever attended without completing, or led sessions, may well hold a certificate of that.
        MismatchKind.NOT_COMPLETED: (
            one for one in people if one.paper in (Paper.VALID, Paper.PENDING) and not one.eligibility.is_true(one.kind)
        ),
        MismatchKind.REVOKED: (one for one in people if one.has_lost_paper and not one.is_left_revoked),
    }
    mismatches = [Mismatch(kind, those) for kind, some in found.items() if (those := tuple(some))]
    uneven = (one for one in lists if one.given != one.signed)
    return mismatches + [Mismatch(MismatchKind.RECEIPTS, _doubtful(people, one), one) for one in uneven]


def count(people: Sequence[Reconciled]) -> dict[str, int]:
    """Return how many stand where; whoever completed holds a certificate, has lost it, or is named as a mismatch.

    `completed` is what a release counts. Facilitators and their certificates stand apart: they complete nothing.
    """
    confirmed = [one for one in people if one.is_confirmed]
    return {
        "confirmed": len(confirmed),
        "completed": sum(one.eligibility.is_eligible for one in confirmed),
        "short": sum(one.is_short for one in confirmed),
        "certified": sum(one.paper == Paper.VALID for one in confirmed),
        "revoked": sum(one.has_lost_paper for one in confirmed),
        "facilitators": sum(one.paper == Paper.VALID and one.role == RegistrationRole.FACILITATOR for one in people),
    }


def _doubtful(people: Sequence[Reconciled], receipts: Receipts) -> tuple[Reconciled, ...]:
    """Return whom to ask: those without a signature if too few have signed, those with one if too many."""
    has_signed = receipts.signed > receipts.given
    return tuple(one for one in people if one.is_confirmed and (one.registration_id in receipts.signers) == has_signed)


def _lacks_paper(one: Reconciled) -> bool:
    """Somebody who completed needs the certificate that is due for it; one of attendance does not stand in for it.

    Somebody whose certificate was revoked is a case of its own; a void one was in nobody's hands.
    """
    if not one.eligibility.is_eligible or one.eligibility.due is None:
        return False
    return one.paper in (Paper.NONE, Paper.PENDING, Paper.VOID) or (
        one.paper == Paper.VALID and says_less(one.kind, one.eligibility)
    )
