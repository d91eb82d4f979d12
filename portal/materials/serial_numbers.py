"""Numbered copies as ranges: parsed, located, and followed copy by copy."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

LARGEST = 999_999
MOST_RANGES = 200
MAX_WRITTEN = 2_000
_DIGITS = 4  # so that № 7 and № 0007 are printed the same
_SEPARATOR = re.compile(r"[,;\s]+")
_RANGE = re.compile(r"№?(\d{1,6})(?:[-‐‑‒–—−…]+(\d{1,6}))?")
_AROUND_DASH = re.compile(r"\s*[-‐‑‒–—−…]+\s*")


@dataclass(frozen=True)
class Numbers:
    """A set of copies by their numbers: ranges in order that neither overlap nor touch."""

    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, ranges: Iterable[tuple[int, int]]) -> "Numbers":
        merged: list[tuple[int, int]] = []
        for first, last in sorted(ranges):
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        return cls(tuple(merged))

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.ranges)

    def __contains__(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self.ranges)

    def __or__(self, other: "Numbers") -> "Numbers":
        return Numbers.of((*self.ranges, *other.ranges))

    def __and__(self, other: "Numbers") -> "Numbers":
        pairs = ((max(a, c), min(b, d)) for a, b in self.ranges for c, d in other.ranges)
        return Numbers.of((first, last) for first, last in pairs if first <= last)

    def __sub__(self, other: "Numbers") -> "Numbers":
        left = list(self.ranges)
        for first, last in other.ranges:
            parts = (part for a, b in left for part in ((a, min(b, first - 1)), (max(a, last + 1), b)))
            left = [(a, b) for a, b in parts if a <= b]
        return Numbers.of(left)

    def __str__(self) -> str:
        """Return the numbers as they are printed, such as "0001–0040, 0055"."""
        return ", ".join(written(a) if a == b else f"{written(a)}–{written(b)}" for a, b in self.ranges)

    def lowest(self, quantity: int) -> "Numbers":
        """Return the lowest of them, as many as are asked for or there are."""
        taken: list[tuple[int, int]] = []
        for first, last in self.ranges:
            if quantity <= 0:
                break
            taken.append((first, min(last, first + quantity - 1)))
            quantity -= last - first + 1
        return Numbers(tuple(taken))

    def listed(self) -> list[int]:
        return [number for first, last in self.ranges for number in range(first, last + 1)]


def written(number: int) -> str:
    return f"{number:0{_DIGITS}}"


class NumbersUnreadable(ValueError):
    """Stop at what is no number and no range; the text that was read is the argument."""


def read(typed: str) -> Numbers:
    """Return the numbers that a text names, such as "1-40, 55"; № and zeros before a number are taken along.

    :raises NumbersUnreadable: naming the first part that cannot be read, runs backwards or repeats a number.
    """
    found: list[tuple[int, int]] = []
    known = Numbers()
    for part in filter(None, _SEPARATOR.split(_AROUND_DASH.sub("-", typed.replace("№", " ")).strip())):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise NumbersUnreadable(part)
        first, last = int(match[1]), int(match[2] or match[1])
        one = Numbers(((first, last),))
        if not 1 <= first <= last or known & one:
            raise NumbersUnreadable(part)
        found.append((first, last))
        known = known | one
    if len(known.ranges) > MOST_RANGES:
        raise NumbersUnreadable(typed[:20])
    return known


@dataclass(frozen=True)
class Carried:
    """Numbered copies that went from one place to another; they came into being where `is_source`."""

    start: int
    end: int
    numbers: Numbers
    is_source: bool = False


class Clash(StrEnum):
    DOUBLED = "doubled"  # a print run brings a number that was there before
    ABSENT = "absent"  # a place gives a number that it does not hold


class NumbersClash(ValueError):
    """Stop at the first movement that cannot be: which numbers, at which place."""

    def __init__(self, clash: Clash, numbers: Numbers, place: int) -> None:
        super().__init__(clash, numbers, place)
        self.clash, self.numbers, self.place = clash, numbers, place


def held(carried: Iterable[Carried]) -> dict[int, Numbers]:
    """Return the numbers that each place holds after these movements, in their order.

    :raises NumbersClash: if a number is doubled, or given from where it is not.
    """
    known = Numbers()
    where: dict[int, Numbers] = {}
    for one in carried:
        if one.is_source:
            if doubled := known & one.numbers:
                raise NumbersClash(Clash.DOUBLED, doubled, one.end)
            known = known | one.numbers
        else:
            there = where.get(one.start, Numbers())
            if absent := one.numbers - there:
                raise NumbersClash(Clash.ABSENT, absent, one.start)
            where[one.start] = there - one.numbers
        where[one.end] = where.get(one.end, Numbers()) | one.numbers
    return {place: numbers for place, numbers in where.items() if numbers}
