"""Read seal keys, present and past."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import select

from portal.platform.db import db
from portal.signing.models import SealKey

WARNED_BEFORE = timedelta(days=60)


class KeyStatus(Enum):
    GOOD = "good"
    ENDING = "ending"
    ENDED = "ended"


def status_of(valid_until: datetime, now: datetime) -> KeyStatus:
    """Return whether a certificate is good, ends within 60 days, or has ended."""
    if valid_until <= now:
        return KeyStatus.ENDED
    return KeyStatus.ENDING if valid_until - now < WARNED_BEFORE else KeyStatus.GOOD


def get_newest() -> SealKey | None:
    """Return the key that seals today."""
    return db.session.scalars(select(SealKey).order_by(SealKey.id.desc()).limit(1)).first()


def list_periods() -> Sequence[tuple[SealKey, datetime | None]]:
    """Return all keys with the moment until which each sealed, the present one first, without an end."""
    keys = db.session.scalars(select(SealKey).order_by(SealKey.id.desc())).all()
    ends: list[datetime | None] = [None, *(key.used_from for key in keys)]
    return list(zip(keys, ends, strict=False))


def is_known(fingerprint: str) -> bool:
    """Tell whether a certificate's key seals here or did so."""
    return db.session.scalars(select(SealKey.id).where(SealKey.fingerprint == fingerprint).limit(1)).first() is not None
