"""What a correction may change in a finalized training."""

from enum import StrEnum

MAX_REASON = 500


class CorrectionKind(StrEnum):
    """The facts that can be set right after the lock; everything else stays as it was finalized."""

    MARK = "mark"
    SHORTFALL = "shortfall"
    FACTS = "facts"
    CERTIFICATE_ISSUED = "certificate_issued"
    CERTIFICATE_REISSUED = "certificate_reissued"
    CERTIFICATE_REVOKED = "certificate_revoked"
