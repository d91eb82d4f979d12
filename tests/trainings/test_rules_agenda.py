"""Blocks of a day: what stands against them, how they change places, how later ones move along; and conflicts."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.agenda import rules as agenda_rules
from portal.agenda.rules import Booking
from portal.trainings import agenda_rules as training_agenda_rules
from portal.trainings.agenda_rules import AgendaFaultCode, Block, Direction, Frame

ZONE = ZoneInfo("Asia/Bishkek")
DAY = date(2026, 11, 24)
FRAME = Frame(DAY, DAY + timedelta(days=1), ZONE)


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def block(key: str, begins: datetime, ends: datetime) -> Block:
    return Block(key, begins, ends, key)


MORNING = block("morning", at(9), at(10, 30))
COFFEE = block("coffee", at(10, 30), at(10, 45))
NOON = block("noon", at(11), at(12))
NEXT_DAY = block("next", at(9, day=DAY + timedelta(days=1)), at(10, day=DAY + timedelta(days=1)))
BLOCKS = [MORNING, COFFEE, NOON, NEXT_DAY]


@pytest.mark.parametrize(
    ("begins", "ends", "code", "field"),
    [
        (at(14), at(14), AgendaFaultCode.ENDS_BEFORE_START, "ends_at"),
        (at(14), at(13), AgendaFaultCode.ENDS_BEFORE_START, "ends_at"),
        (
            at(9, day=DAY - timedelta(days=1)),
            at(10, day=DAY - timedelta(days=1)),
            AgendaFaultCode.OUTSIDE_DAYS,
            "local_date",
        ),
        (
            at(0, day=DAY + timedelta(days=2)),
            at(1, day=DAY + timedelta(days=2)),
            AgendaFaultCode.OUTSIDE_DAYS,
            "local_date",
        ),
        (at(23), at(1, day=DAY + timedelta(days=1)), AgendaFaultCode.OVER_MIDNIGHT, "ends_at"),
        (at(10), at(10, 31), AgendaFaultCode.OVERLAPS, "starts_at"),
    ],
)
def test_block_that_does_not_fit_is_refused_at_its_field(
    begins: datetime, ends: datetime, code: AgendaFaultCode, field: str
) -> None:
    (fault,) = training_agenda_rules.faults(block("", begins, ends), BLOCKS, FRAME)
    assert (fault.code, fault.field) == (code, field)


def test_block_that_touches_its_neighbors_fits() -> None:
    assert training_agenda_rules.faults(block("", at(10, 45), at(11)), BLOCKS, FRAME) == []
    assert training_agenda_rules.faults(MORNING, BLOCKS, FRAME) == []


def test_day_is_that_of_the_venue() -> None:
    """01:00 in Bishkek is the evening before in UTC."""
    early = block("", datetime(2026, 11, 23, 19, tzinfo=UTC), datetime(2026, 11, 23, 20, tzinfo=UTC))
    assert training_agenda_rules.faults(early, BLOCKS, FRAME) == []


def test_neighbors_change_places_and_keep_their_lengths() -> None:
    noon, coffee = training_agenda_rules.swapped(BLOCKS, "noon", Direction.UP, ZONE)
    assert (noon.key, noon.starts_at, noon.ends_at) == ("noon", at(10, 30), at(11, 30))
    assert (coffee.key, coffee.starts_at, coffee.ends_at) == ("coffee", at(11, 45), at(12))


@pytest.mark.parametrize(
    ("key", "direction"), [("morning", Direction.UP), ("noon", Direction.DOWN), ("next", Direction.UP), ("?", "up")]
)
def test_edge_of_a_day_is_not_crossed(key: str, direction: Direction) -> None:
    assert training_agenda_rules.swapped(BLOCKS, key, direction, ZONE) == []


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 30)), min_size=2, max_size=8), st.data())
def test_swap_keeps_the_day_free_of_overlaps_and_is_undone_by_the_other_way(
    lengths: list[tuple[int, int]], data: st.DataObject
) -> None:
    blocks, begins = [], at(8)
    for number, (length, pause) in enumerate(lengths):
        blocks.append(block(str(number), begins, begins + timedelta(minutes=length)))
        begins = blocks[-1].ends_at + timedelta(minutes=pause)
    place = data.draw(st.integers(0, len(blocks) - 2))
    moved = {one.key: one for one in training_agenda_rules.swapped(blocks, str(place), Direction.DOWN, ZONE)}
    after = [moved.get(one.key, one) for one in blocks]
    ordered = sorted(after, key=lambda one: one.starts_at)
    assert all(one.ends_at <= other.starts_at for one, other in zip(ordered, ordered[1:], strict=False))
    assert {one.key: one.length for one in after} == {one.key: one.length for one in blocks}
    back = {one.key: one for one in training_agenda_rules.swapped(after, str(place), Direction.UP, ZONE)}
    assert [back.get(one.key, one) for one in after] == blocks


def test_later_blocks_move_along_with_the_end_of_a_block() -> None:
    longer = block("morning", at(9), at(11))
    moved = training_agenda_rules.pushed(longer, [COFFEE, NOON, NEXT_DAY], ZONE, before=MORNING)
    assert [(one.key, one.starts_at) for one in moved] == [("coffee", at(11)), ("noon", at(11, 30))]


def test_new_block_makes_just_the_room_that_it_needs() -> None:
    moved = training_agenda_rules.pushed(block("", at(10, 45), at(11, 15)), [MORNING, COFFEE, NOON, NEXT_DAY], ZONE)
    assert [(one.key, one.starts_at, one.ends_at) for one in moved] == [("noon", at(11, 15), at(12, 15))]
    assert training_agenda_rules.pushed(block("", at(12), at(13)), BLOCKS, ZONE) == []


def test_block_is_not_pushed_past_midnight() -> None:
    late = block("late", at(23), at(23, 50))
    moved = training_agenda_rules.pushed(block("noon", at(11), at(12, 30)), [late], ZONE, before=NOON)
    (fault,) = training_agenda_rules.pushed_faults(moved, DAY, ZONE)
    assert (fault.code, fault.args) == (AgendaFaultCode.PUSHED_OVER_MIDNIGHT, {"name": "late"})


def test_clock_of_another_venue_shows_the_same_hour() -> None:
    moved = training_agenda_rules.clock_moved(at(9, 30), 7, ZONE, ZoneInfo("Europe/Vienna"))
    assert moved == datetime(2026, 12, 1, 8, 30, tzinfo=UTC)


def booking(wanted: str, key: str, training: int, begins: datetime, ends: datetime, room: str = "") -> Booking:
    return Booking(wanted, key, training, begins, ends, room)


def test_facilitator_is_found_in_two_sessions_at_once_also_of_two_trainings() -> None:
    bookings = [
        booking("Aida", "a", 1, at(9), at(10)),
        booking("Aida", "b", 2, at(9, 59), at(11)),
        booking("Aida", "c", 1, at(11), at(12)),
        booking("Bakyt", "d", 3, at(9), at(12)),
    ]
    (clash,) = agenda_rules.clashes(bookings)
    assert (clash.first.key, clash.second.key) == ("a", "b")
    assert (clash.other_than(1).key, clash.other_than(2).key) == ("b", "a")
    assert clash.involves(1)
    assert not clash.involves(3)


@pytest.mark.parametrize(
    ("room", "other", "is_clash"),
    [("", "", True), ("Hall 1", "", True), ("Hall 1", "hall  1", True), ("Hall 1", "Hall 2", False)],
)
def test_venue_is_used_twice_unless_both_rooms_are_named(room: str, other: str, is_clash: bool) -> None:
    bookings = [booking("Alay", "a", 1, at(9), at(10), room), booking("Alay", "b", 2, at(9), at(10), other)]
    assert bool(agenda_rules.room_clashes(bookings)) is is_clash


def test_sessions_of_one_training_do_not_fight_for_its_venue() -> None:
    bookings = [booking("Alay", "a", 1, at(9), at(10)), booking("Alay", "b", 1, at(9), at(10))]
    assert agenda_rules.room_clashes(bookings) == []


class Stay(NamedTuple):
    """The days of a training."""

    starts_on: date
    ends_on: date


def test_days_that_two_trainings_share() -> None:
    two_days, next_days = (
        Stay(DAY, DAY + timedelta(days=1)),
        Stay(DAY + timedelta(days=1), DAY + timedelta(days=3)),
    )
    assert agenda_rules.shared_days(two_days, next_days) == (DAY + timedelta(days=1), DAY + timedelta(days=1))
    assert agenda_rules.shared_days(two_days, Stay(DAY + timedelta(days=2), DAY + timedelta(days=2))) is None
