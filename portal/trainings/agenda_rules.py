"""Blocks of a day: what prevents one, and how its neighbours move along."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.platform.texts import N_, Labelled, Text
from portal.records.rules import RecordFault

MOST_BLOCKS = 300
MAX_ROOM = 120


class BreakKind(Labelled):
    """What a block without attendance is."""

    COFFEE = "coffee", N_("Coffee break")
    LUNCH = "lunch", N_("Lunch")
    ARRIVAL = "arrival", N_("Arrival and registration")
    CEREMONY = "ceremony", N_("Opening or closing")
    OTHER = "other", N_("Other")


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


class AgendaFaultCode(Labelled):
    TITLE_MISSING = "title_missing", N_("Give the session a title in at least one language.")
    ENDS_BEFORE_START = "ends_before_start", N_("It ends before it begins.")
    OVER_MIDNIGHT = "over_midnight", N_("It runs past midnight: make two of it.")
    OUTSIDE_DAYS = "outside_days", N_("The training is from %(first)s to %(last)s.")
    OVERLAPS = "overlaps", N_("At this time there is “%(name)s”, %(begins)s–%(ends)s.")
    PUSHED_OVER_MIDNIGHT = "pushed_over_midnight", N_("“%(name)s” would move past midnight.")
    TOO_MANY = "too_many", N_("An agenda holds at most %(most)s blocks.")


@dataclass(frozen=True)
class Block:
    """A session or a break on the venue's clock; `key` is its reference, empty while it is new."""

    key: str
    starts_at: datetime
    ends_at: datetime
    name: str = ""

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    def moved(self, by: timedelta) -> "Block":
        return replace(self, starts_at=self.starts_at + by, ends_at=self.ends_at + by)

    def day(self, zone: ZoneInfo) -> date:
        return self.starts_at.astimezone(zone).date()


@dataclass(frozen=True)
class Frame:
    """The days into which blocks must fit, on the venue's clock."""

    starts_on: date
    ends_on: date
    zone: ZoneInfo


@dataclass(frozen=True)
class WantedSession:
    """A session as it is to be; `facilitators` are ids of persons."""

    titles: Text
    starts_at: datetime
    ends_at: datetime
    languages: tuple[str, ...] = ()
    room: str = ""
    facilitators: frozenset[int] = frozenset()


@dataclass(frozen=True)
class WantedBreak:
    kind: BreakKind
    titles: Text
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Saving:
    """The version that was shown, whether later blocks move along, and whether moving marked sessions is meant."""

    version: int
    is_pushing: bool = False
    is_sure: bool = False


def faults(block: Block, others: Iterable[Block], frame: Frame) -> list[RecordFault]:
    """Return what stands against the times of a block: its own, its training's days, its neighbors."""
    starts, ends = block.starts_at.astimezone(frame.zone), block.ends_at.astimezone(frame.zone)
    if block.ends_at <= block.starts_at:
        return [RecordFault(AgendaFaultCode.ENDS_BEFORE_START, "ends_at")]
    if not frame.starts_on <= starts.date() <= frame.ends_on:
        args = {"first": f"{frame.starts_on:%d.%m.%Y}", "last": f"{frame.ends_on:%d.%m.%Y}"}
        return [RecordFault(AgendaFaultCode.OUTSIDE_DAYS, "local_date", args=args)]
    if ends.date() != starts.date():
        return [RecordFault(AgendaFaultCode.OVER_MIDNIGHT, "ends_at")]
    return [*_overlaps(block, others, frame.zone)]


def swapped(blocks: Sequence[Block], key: str, direction: Direction, zone: ZoneInfo) -> list[Block]:
    """Return the two blocks that change places within their day, with their lengths and the pause between them kept.

    The pair fills the same time as before, so that nothing else moves. None change places at the edge of a day.
    """
    ordered = sorted(blocks, key=lambda block: block.starts_at)
    place = next((number for number, block in enumerate(ordered) if block.key == key), None)
    if place is None:
        return []
    first, second = (place - 1, place) if direction == Direction.UP else (place, place + 1)
    if first < 0 or second >= len(ordered) or ordered[first].day(zone) != ordered[second].day(zone):
        return []
    earlier, later = ordered[first], ordered[second]
    return [
        replace(later, starts_at=earlier.starts_at, ends_at=earlier.starts_at + later.length),
        replace(earlier, starts_at=later.ends_at - earlier.length, ends_at=later.ends_at),
    ]


def pushed(block: Block, others: Iterable[Block], zone: ZoneInfo, *, before: Block | None = None) -> list[Block]:
    """Return the later blocks of the day at the times to which they move along.

    They move by as much as the end of the block moved. For a new block, and for one that came from another day, they
    move by as much as it takes to make room.
    """
    day = block.day(zone)
    if before is not None and before.day(zone) == day:
        later = [one for one in others if one.starts_at >= before.ends_at and one.day(zone) == day]
        shift = block.ends_at - before.ends_at
    else:
        later = [one for one in others if one.starts_at >= block.starts_at and one.day(zone) == day]
        shift = max(block.ends_at - min((one.starts_at for one in later), default=block.ends_at), timedelta())
    return [one.moved(shift) for one in later] if shift else []


def pushed_faults(moved: Iterable[Block], day: date, zone: ZoneInfo) -> list[RecordFault]:
    """Return the fault that a block which moves along would leave its day."""
    gone = next((one for one in moved if {one.day(zone), one.ends_at.astimezone(zone).date()} != {day}), None)
    if gone is None:
        return []
    return [RecordFault(AgendaFaultCode.PUSHED_OVER_MIDNIGHT, "ends_at", args={"name": gone.name})]


def clock_moved(moment: datetime, days: int, old: ZoneInfo, new: ZoneInfo) -> datetime:
    """Return the same time of day some days later, on the clock of another venue."""
    local = moment.astimezone(old).replace(tzinfo=None) + timedelta(days=days)
    return local.replace(tzinfo=new)


def _overlaps(block: Block, others: Iterable[Block], zone: ZoneInfo) -> Iterator[RecordFault]:
    for other in sorted(others, key=lambda one: one.starts_at):
        if other.key != block.key and other.starts_at < block.ends_at and block.starts_at < other.ends_at:
            begins, ends = other.starts_at.astimezone(zone), other.ends_at.astimezone(zone)
            args = {"name": other.name, "begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"}
            yield RecordFault(AgendaFaultCode.OVERLAPS, "starts_at", args=args)
            return
