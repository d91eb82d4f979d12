"""What still stands against finalizing a training: decisions, marks, reasons and certificates that do not agree."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.certificates.rules import CertificateKind, Eligibility, Ineligible, says_less
from portal.closing.rules.shortfalls import Shortfall
from portal.registration.rules.states import RegistrationRole, RegistrationState

_UNDECIDED = frozenset({RegistrationState.NOMINATED, RegistrationState.INVITED, RegistrationState.WAITLISTED})
_MARKED = frozenset({RegistrationRole.PARTICIPANT, RegistrationRole.ALTERNATE})


class MismatchKind(StrEnum):
    """What does not agree, in the order in which it is mended."""

    UNDECIDED = "undecided"
    UNMARKED = "unmarked"
    REASON_MISSING = "reason_missing"
    NOT_CERTIFIED = "not_certified"
    NOT_COMPLETED = "not_completed"
    RECEIPTS = "receipts"


class Paper(StrEnum):
    """How somebody's newest certificate stands."""

    NONE = "none"
    PENDING = "pending"
    VALID = "valid"
    REVOKED = "revoked"
    VOID = "void"


@dataclass(frozen=True)
class Standing:
    """One registration as closing sees it: the decision, the attendance, the reason and the certificate."""

    registration_id: int
    reference: str
    name: str
    state: str
    role: str
    eligibility: Eligibility
    unmarked: tuple[str, ...] = ()
    paper: Paper = Paper.NONE
    number: str = ""
    kind: str = CertificateKind.COMPLETION.value
    is_named: bool = True
    shortfall: Shortfall | None = None

    @property
    def is_confirmed(self) -> bool:
        """Tell whether somebody has a seat as one who is marked."""
        return self.state == RegistrationState.CONFIRMED and self.role in _MARKED

    @property
    def is_undecided(self) -> bool:
        """Tell whether nobody has said yet if this person takes part."""
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
    people: tuple[Standing, ...]
    receipts: Receipts | None = None


def reconcile(people: Sequence[Standing], lists: Sequence[Receipts] = ()) -> list[Mismatch]:
    """Return every mismatch that there is, with its people in the given order."""
    found: Mapping[MismatchKind, Iterable[Standing]] = {
        MismatchKind.UNDECIDED: (one for one in people if one.is_undecided),
        MismatchKind.UNMARKED: (one for one in people if one.is_confirmed and one.unmarked),
        MismatchKind.REASON_MISSING: (one for one in people if one.is_short and one.shortfall is None),
        MismatchKind.NOT_CERTIFIED: (one for one in people if _lacks_paper(one)),
        MismatchKind.NOT_COMPLETED: (one for one in people if _has_paper_only(one)),
    }
    mismatches = [Mismatch(kind, those) for kind, some in found.items() if (those := tuple(some))]
    uneven = (one for one in lists if one.given != one.signed)
    return mismatches + [Mismatch(MismatchKind.RECEIPTS, _doubtful(people, one), one) for one in uneven]


def _doubtful(people: Sequence[Standing], receipts: Receipts) -> tuple[Standing, ...]:
    """Return whom to ask: those without a signature if too few have signed, those with one if too many."""
    has_signed = receipts.signed > receipts.given
    return tuple(one for one in people if one.is_confirmed and (one.registration_id in receipts.signers) == has_signed)


def _lacks_paper(one: Standing) -> bool:
    """Somebody who completed needs the certificate that is due for it; one of attendance does not stand in for it.

    Somebody whose certificate was revoked has had it, and the reason why it was taken away is on record; a void one
    was in nobody's hands.
    """
    if not one.eligibility.is_eligible or one.eligibility.due is None:
        return False
    return one.paper in (Paper.NONE, Paper.PENDING, Paper.VOID) or (
        one.paper == Paper.VALID and says_less(one.kind, one.eligibility)
    )


def _has_paper_only(one: Standing) -> bool:
    """Whoever attended without completing, or led sessions, may well hold a certificate of that."""
    return one.paper in (Paper.VALID, Paper.PENDING) and not one.eligibility.is_true(one.kind)
