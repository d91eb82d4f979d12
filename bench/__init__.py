"""Measurements: printed, not asserted. Each is the median of several runs, with their number and range."""

import statistics
import time
from collections.abc import Callable, Sequence

RUNS = 5
FEW = 3  # Of what takes long.


def tell(what: str, seconds: Sequence[float]) -> None:
    """Print the median of what some runs took, how many they were, and the quickest and the slowest."""
    middle, low, high = (1000 * one for one in (statistics.median(seconds), min(seconds), max(seconds)))
    print(f"{what:50} {middle:10,.1f} ms   n={len(seconds)}   ({low:,.1f}–{high:,.1f})", flush=True)


def time_of(act: Callable[[], object], turns: int = 1) -> float:
    """Return the seconds that one turn takes, as the mean of some."""
    began = time.perf_counter()
    for _turn in range(turns):
        act()
    return (time.perf_counter() - began) / turns


def measure(what: str, act: Callable[[], object], *, runs: int = RUNS, turns: int = 1) -> None:
    """Run and print; each of the runs is the mean of so many turns."""
    tell(what, [time_of(act, turns) for _run in range(runs)])
