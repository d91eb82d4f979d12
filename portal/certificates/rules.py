"""Who gets a certificate and why not, what it is worth today, and how its design is checked."""

from enum import StrEnum
from typing import Any

from portal.completion.rules import CertificateKind, Eligibility, Ineligible
from portal.people.name_rules import match_keys
from portal.platform.texts import N_, Labelled, Text
from portal.records.rules import RecordFault, text_faults
from portal.registration.rules import RegistrationState


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


class RevokeClass(Labelled):
    """Why a certificate is taken back; the last one is said of a paper that was printed and given to nobody."""

    ISSUED_IN_ERROR = "issued_in_error", N_("Issued in error")
    RULE_NOT_MET = "rule_not_met", N_("The rule is not met")
    FALSE_DATA = "false_data", N_("Rests on false data")
    AUTHORITY = "authority", N_("An authority asks for it")
    OTHER = "other", N_("Other")
    NOT_HANDED_OVER = "not_handed_over", N_("Printed and handed to nobody")


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
    NOBODY = ""
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


class PrintOrder(Labelled):
    NAME = "name", N_("by names, in Kyrgyz order")
    INSTITUTION = "institution", N_("by institution, then rank, then name")
    SEAT = "seat", N_("by seat")


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


MOST_LOGOS = 5
MAX_ALT = 120


class LogoPlace(Labelled):
    TOP = "top", N_("in one row at the top")
    SIDES = "sides", N_("beside the heading, two at most; more stand at the top")
    NONE = "none", N_("none on this certificate")


class DesignFault(Labelled):
    SCOPE_MISSING = "scope_missing", N_("Choose a course, a project, or both.")
    ALT_MISSING = "alt_missing", N_("Say in each language whose logo it is.")


def alt_faults(alts: Text) -> list[RecordFault]:
    """Return what stands against the words for a logo: whoever cannot see it reads them, in each language."""
    missing = [RecordFault(DesignFault.ALT_MISSING, column) for column, text in alts.columns("alt").items() if not text]
    return [*missing, *text_faults(alts, "alt", limit=MAX_ALT)]
