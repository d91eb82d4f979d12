"""Links to the page where each open item can be fixed."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from portal.closing.rules import Mismatch, MismatchKind, Reconciled
from portal.trainings.models import Training

NAMED = 12


@dataclass(frozen=True)
class Names:
    """People by name, each with the address where it is mended; `rest` more stand behind `more`."""

    people: Sequence[tuple[str, str]] = ()
    rest: int = 0
    more: str = ""

    @property
    def count(self) -> int:
        return len(self.people) + self.rest


def names_of(training: Training, mismatch: Mismatch) -> Names:
    """Return the first of those whom something concerns, each with the address where it is mended."""
    people = mismatch.people
    if mismatch.receipts is not None:
        address = url_for("receipts.show", code=training.code, material_reference=mismatch.receipts.reference)
        return Names([(one.name, address) for one in people[:NAMED]], max(len(people) - NAMED, 0), address)
    named = [(one.name, mend_url(training, mismatch.kind, one)) for one in people[:NAMED]]
    return Names(named, len(people) - len(named), more_url(training, mismatch.kind))


def mend_url(training: Training, kind: MismatchKind, one: Reconciled) -> str:
    """Return the address where one person's mismatch is mended; in a finalized training that is a correction."""
    code, reference = training.code, one.reference
    if training.is_locked:
        return url_for("corrections.show", code=code, registration_reference=reference)
    match kind:
        case MismatchKind.UNMARKED:
            anchor = f"attendance-row-{reference}"
            return url_for("attendance.roster", code=code, session_reference=one.unmarked[0], _anchor=anchor)
        case MismatchKind.REASON_MISSING:
            return url_for("close.reasons", code=code, _anchor=f"row-{reference}")
        case MismatchKind.NOT_CERTIFIED if not one.is_named:
            return url_for("names.edit", code=code, registration_reference=reference)
        case MismatchKind.NOT_CERTIFIED if not one.number:
            return url_for("certificates.index", code=code, show="ready")
        case MismatchKind.REVOKED:
            return url_for("revocations.show", code=code, certificate_reference=one.number)
        case MismatchKind.NOT_CERTIFIED | MismatchKind.NOT_COMPLETED:
            return url_for("certificates.show", code=code, certificate_reference=one.number)
        case _:
            return url_for("registrations.show", code=code, registration_reference=reference)


def more_url(training: Training, kind: MismatchKind) -> str:
    """Return the address of the list in which all of them stand."""
    code = training.code
    match kind:
        case MismatchKind.UNMARKED:
            return url_for("attendance.index", code=code)
        case MismatchKind.REASON_MISSING:
            return url_for("close.reasons", code=code)
        case MismatchKind.NOT_CERTIFIED:
            return url_for("certificates.index", code=code)
        case MismatchKind.NOT_COMPLETED:
            return url_for("certificates.index", code=code, show="unsettled")
        case MismatchKind.REVOKED:
            return url_for("certificates.index", code=code, show="revoked")
        case _:
            return url_for("registrations.index", code=code, state="nominated")
