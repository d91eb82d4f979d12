"""Payments for the days attended: whole amounts in the smallest unit of a currency."""

from collections.abc import Iterable
from dataclasses import dataclass

Day = tuple[int, int]  # Attended and scheduled minutes of one person.
MOST_RATE = 100_000_000  # a million of the currency for one day or one way: more is a slip of the keyboard


@dataclass(frozen=True)
class Rates:
    """What a training pays: the rate of a day, the share of it that is paid, travel, and who gets any of it.

    `day_share` is the percentage of the rate that is left where rooms and meals are provided; a day is paid from
    `day_minimum` percent of its minutes on.
    """

    day_rate: int
    day_share: int
    travel: int
    currency: str
    pays_residents: bool
    day_minimum: int

    @property
    def per_day(self) -> int:
        """Return what a day pays, rounded half up to the smallest unit."""
        return (self.day_rate * self.day_share + 50) // 100

    @property
    def is_sensible(self) -> bool:
        sums = 0 <= self.day_rate <= MOST_RATE and 0 <= self.travel <= MOST_RATE
        return sums and 0 <= self.day_share <= 100 and 1 <= self.day_minimum <= 100


@dataclass(frozen=True)
class Payment:
    days: int
    per_day: int
    travel: int

    @property
    def total(self) -> int:
        return self.days * self.per_day + self.travel


def paid_days(days: Iterable[Day], minimum: int) -> int:
    """Return how many days count: enough of their minutes were attended; compared as integers, never rounded."""
    return sum(attended > 0 and attended * 100 >= minimum * scheduled for attended, scheduled in days)


def due(days: Iterable[Day], rates: Rates, *, is_resident: bool) -> Payment:
    """Return what somebody is paid; travel goes with the first day, and a resident may get nothing."""
    number = paid_days(days, rates.day_minimum)
    if not number or (is_resident and not rates.pays_residents):
        return Payment(number, 0, 0)
    return Payment(number, rates.per_day, rates.travel)
