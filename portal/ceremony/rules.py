"""Batches and order of certificates at the ceremony."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from enum import StrEnum


class Window(StrEnum):
    """Whether certificates may be issued before the last session ends: too early, now, or nothing left to assume."""

    BEFORE = "before"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True)
class Block:
    """A session of the last day."""

    id: int
    starts_at: datetime
    ends_at: datetime


def window(blocks: Sequence[Block], last_day: date, zone: tzinfo, now: datetime) -> Window:
    """Return whether papers may be issued for the ceremony: from noon of the last day to the end of its last session.

    Where the last session begins in the morning, they may be issued when it does.
    """
    if not blocks or now >= max(one.ends_at for one in blocks):
        return Window.OVER if now.astimezone(zone).date() >= last_day else Window.BEFORE
    noon = datetime.combine(last_day, time(12), zone)
    return Window.OPEN if now >= min(noon, max(one.starts_at for one in blocks)) else Window.BEFORE


def left_of(blocks: Iterable[Block], now: datetime) -> frozenset[int]:
    """Return the sessions of the last day that are not over: in them whoever is not marked counts as present."""
    return frozenset(one.id for one in blocks if one.ends_at > now)


def fingerprint(references: Iterable[str]) -> str:
    """Return what tells one set of people from another."""
    return hashlib.sha256("\n".join(sorted(references)).encode()).hexdigest()[:32]
