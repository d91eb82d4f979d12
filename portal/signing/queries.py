"""Read seal keys, present and past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.platform.db import db
from portal.signing.models import SealKey


@dataclass(frozen=True)
class Period:
    """How long one key sealed; without an end it does today."""

    key: SealKey
    used_until: datetime | None


def get_newest() -> SealKey | None:
    """Return the key that seals today."""
    return db.session.scalars(select(SealKey).order_by(SealKey.id.desc()).limit(1)).first()


def list_periods() -> Sequence[Period]:
    """Return all keys with the time that each sealed, the present one first."""
    keys = db.session.scalars(select(SealKey).order_by(SealKey.id.desc())).all()
    ends: list[datetime | None] = [None, *(key.used_from for key in keys)]
    return [Period(key, end) for key, end in zip(keys, ends, strict=False)]


def is_known(fingerprint: str) -> bool:
    """Tell whether a certificate's key seals here or did so."""
    return db.session.scalars(select(SealKey.id).where(SealKey.fingerprint == fingerprint).limit(1)).first() is not None
