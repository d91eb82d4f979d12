"""Texts of closing: reasons, open items, corrections."""

from collections.abc import Mapping
from typing import Any

from portal.closing.rules import (
    CorrectionKind,
    Mismatch,
    MismatchKind,
    Shortfall,
    ShortfallCause,
    ShortfallFault,
    ShortfallKind,
)
from portal.platform.i18n import _l, gettext

KINDS: Mapping[ShortfallKind, Any] = {
    ShortfallKind.ADMINISTRATIVE: _l("Administrative"),
    ShortfallKind.CANCELLATION: _l("Cancelled"),
    ShortfallKind.DOCUMENTS_INCOMPLETE: _l("Documents incomplete"),
    ShortfallKind.NO_SHOW: _l("Did not come"),
    ShortfallKind.PREREQUISITES_UNMET: _l("Prerequisites not met"),
    ShortfallKind.OTHER: _l("Other"),
}
CAUSES: Mapping[ShortfallCause, Any] = {
    ShortfallCause.PERSONAL_EMERGENCY: _l("personal emergency"),
    ShortfallCause.ILLNESS_OR_DEATH: _l("illness or death"),
    ShortfallCause.WORK_RELATED: _l("called to work"),
    ShortfallCause.UNKNOWN: _l("cause unknown"),
}
FAULTS: Mapping[ShortfallFault, Any] = {
    ShortfallFault.UNKNOWN_REASON: _l("Choose a reason from the list."),
    ShortfallFault.NOTE_MISSING: _l("Say in a few words what the other reason is."),
    ShortfallFault.NOTE_TOO_LONG: _l("A note has at most 300 visible characters."),
    ShortfallFault.NOTE_WITHOUT_REASON: _l("Choose the reason that this note belongs to."),
}
MISMATCHES: Mapping[MismatchKind, Any] = {
    MismatchKind.UNDECIDED: _l("Not decided: neither confirmed nor declined"),
    MismatchKind.UNMARKED: _l("Not marked in every session"),
    MismatchKind.REASON_MISSING: _l("Under the minimum attendance, without a reason"),
    MismatchKind.NOT_CERTIFIED: _l("Completed, but without a certificate"),
    MismatchKind.NOT_COMPLETED: _l("Certified, but did not complete the training"),
    MismatchKind.REVOKED: _l("Completed, but the certificate is revoked: say whether it stays so"),
    MismatchKind.RECEIPTS: _l("Copies given and signatures on the receipt list are not the same number"),
}
AGREED: Mapping[MismatchKind, Any] = {
    MismatchKind.UNDECIDED: _l("Everyone is decided about"),
    MismatchKind.UNMARKED: _l("Everyone is marked in every session"),
    MismatchKind.REASON_MISSING: _l("Everyone under the minimum has a reason"),
    MismatchKind.NOT_CERTIFIED: _l("Everyone who completed has a certificate"),
    MismatchKind.NOT_COMPLETED: _l("Everyone with a certificate has completed"),
    MismatchKind.REVOKED: _l("Everyone who lost a certificate is decided about"),
    MismatchKind.RECEIPTS: _l("As many have signed for a copy as copies were given"),
}
CORRECTIONS: Mapping[CorrectionKind, Any] = {
    CorrectionKind.MARK: _l("Attendance"),
    CorrectionKind.SHORTFALL: _l("Reason for missing"),
    CorrectionKind.FACTS: _l("Institution, region, service and sex"),
    CorrectionKind.CERTIFICATE_ISSUED: _l("Certificate issued"),
    CorrectionKind.CERTIFICATE_REISSUED: _l("Certificate reissued"),
    CorrectionKind.CERTIFICATE_REVOKED: _l("Certificate revoked"),
}


def shortfall(one: Shortfall) -> str:
    """Return a reason in words: its kind, and the cause where it has one."""
    kind = str(KINDS[one.kind])
    return f"{kind}: {CAUSES[one.cause]}" if one.cause else kind


def choice(value: str) -> str:
    """Return the words of one choice of a form's select; nothing for none."""
    kind, _colon, cause = value.partition(":")
    if not kind:
        return ""
    return shortfall(Shortfall(ShortfallKind(kind), ShortfallCause(cause) if cause else None))


def mismatch(one: Mismatch) -> str:
    """Return what does not agree in words; of a receipt list also which title and by how much."""
    words = str(MISMATCHES[one.kind])
    if one.receipts is None:
        return words
    counts = gettext(
        "“%(title)s”: %(given)s given, %(signed)s signed",
        title=one.receipts.title,
        given=one.receipts.given,
        signed=one.receipts.signed,
    )
    return f"{words} ({counts})"
