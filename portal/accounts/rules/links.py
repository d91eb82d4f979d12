"""How long mailed links are good, and why one is refused."""

from datetime import datetime, timedelta
from enum import StrEnum


class LinkKind(StrEnum):
    """What a mailed link is for."""

    INVITATION = "invitation"
    PASSWORD = "password"


class LinkFault(StrEnum):
    """Why a link opens nothing."""

    UNKNOWN = "unknown"
    USED = "used"
    REVOKED = "revoked"
    LATE = "late"


LIFE = {LinkKind.INVITATION: timedelta(days=7), LinkKind.PASSWORD: timedelta(minutes=10)}
PATHS = {LinkKind.INVITATION: "/invitation#", LinkKind.PASSWORD: "/new-password#"}


def fault(
    *, expires_at: datetime, used_at: datetime | None, revoked_at: datetime | None, now: datetime
) -> LinkFault | None:
    """Return why a known link opens nothing now, the most telling reason first."""
    if used_at is not None:
        return LinkFault.USED
    if revoked_at is not None:
        return LinkFault.REVOKED
    return LinkFault.LATE if now >= expires_at else None
