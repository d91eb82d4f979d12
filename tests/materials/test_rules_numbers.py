"""Ranges of numbered copies: read as people write them, reckoned as sets, and never in two places."""

import random

import pytest

from portal.materials import serial_numbers
from portal.materials.serial_numbers import Carried, Clash, Numbers, NumbersClash, NumbersUnreadable

SOURCE, OFFICE, PEOPLE = 1, 2, 3


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("1-40, 55", "0001–0040, 0055"),
        ("№ 0137", "0137"),
        ("№№ 3 – 5; 1 2", "0001–0005"),
        ("10000", "10000"),
        ("", ""),
    ],
)
def test_numbers_are_read_as_they_are_written(typed: str, printed: str) -> None:
    assert str(serial_numbers.read(typed)) == printed


@pytest.mark.parametrize("typed", ["0", "5-3", "1-5, 5", "a", "1,2,x-3", "1234567", "1-", "1.5"])
def test_what_is_no_range_is_refused(typed: str) -> None:
    with pytest.raises(NumbersUnreadable):
        serial_numbers.read(typed)


def test_ranges_reckon_as_sets_do() -> None:
    dice = random.Random(7)
    for _turn in range(300):
        one, other = ({dice.randrange(1, 40) for _ in range(dice.randrange(25))} for _side in range(2))
        a, b = (Numbers.of((number, number) for number in some) for some in (one, other))
        assert [set((a | b).listed()), set((a & b).listed()), set((a - b).listed())] == [
            one | other,
            one & other,
            one - other,
        ]
        assert len(a) == len(one) and a.lowest(5).listed() == sorted(one)[:5]
        assert serial_numbers.read(str(a - b)) == a - b


def test_no_copy_is_in_two_places() -> None:
    run = Carried(SOURCE, OFFICE, serial_numbers.read("1-100"), is_source=True)
    given = Carried(OFFICE, PEOPLE, serial_numbers.read("1-40"))
    assert {place: str(some) for place, some in serial_numbers.held([run, given]).items()} == {
        2: "0041–0100",
        3: "0001–0040",
    }
    for wrong, clash, which in (
        (Carried(OFFICE, PEOPLE, serial_numbers.read("40-41")), Clash.ABSENT, "0040"),
        (Carried(SOURCE, PEOPLE, serial_numbers.read("100-101"), is_source=True), Clash.DOUBLED, "0100"),
    ):
        with pytest.raises(NumbersClash) as refusal:
            serial_numbers.held([run, given, wrong])
        assert (refusal.value.clash, str(refusal.value.numbers)) == (clash, which)
