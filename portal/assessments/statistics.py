"""The change of a group between two measurements of the same people: interval, effect size, gain.

Every figure is of percent scores and of pairs. No figure says that the training caused the change: there is no
control group, so the word is "change".
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from portal.platform.texts import N_, Labelled

FEWEST_PAIRS = 5  # With fewer, nothing about a group is printed.
CONFIDENCE = 0.95
_CEILING_SCORE, _CEILING_PERCENT = 90, 25


class GainBand(Labelled):
    """How Hake (1998) calls a class-average normalized gain: below 0.3 low, from 0.7 high."""

    LOW = "low", N_("low")
    MEDIUM = "medium", N_("medium")
    HIGH = "high", N_("high")


@dataclass(frozen=True)
class Change:
    """The change of a group; `effect` is None where nobody differs, `gain` where the class began at 100."""

    pairs: int
    pre: float
    post: float
    mean: float
    low: float
    high: float
    effect: float | None
    gain: float | None


def change(pairs: Sequence[tuple[float, float]]) -> Change | None:
    """Return the figures of (before, after) percent scores; None below `FEWEST_PAIRS`.

    The interval is mean ± t(0.975; n - 1) · s / √n of the differences.
    """
    n = len(pairs)
    if n < FEWEST_PAIRS:
        return None
    before, after = [one for one, _ in pairs], [one for _, one in pairs]
    differences = [post - pre for pre, post in pairs]
    mean = statistics.fmean(differences)
    margin = t_quantile((1 + CONFIDENCE) / 2, n - 1) * statistics.stdev(differences) / math.sqrt(n)
    pre, post = statistics.fmean(before), statistics.fmean(after)
    return Change(
        pairs=n,
        pre=pre,
        post=post,
        mean=mean,
        low=mean - margin,
        high=mean + margin,
        effect=hedges_g_av(mean, statistics.stdev(before), statistics.stdev(after), n),
        gain=normalized_gain(pre, post),
    )


def hedges_g_av(mean: float, deviation_pre: float, deviation_post: float, pairs: int) -> float | None:
    """Return the standardized mean change, corrected for a small sample; None if nobody differs from anybody.

    d_av = mean difference / ((s_pre + s_post) / 2) (Cumming 2012, *Understanding the New Statistics*, ch. 11; Lakens
    2013, doi 10.3389/fpsyg.2013.00863, eq. 10), times Hedges' J with n - 1 degrees of freedom, as Borenstein et al.
    (2009, *Introduction to Meta-Analysis*, ch. 4) take it for matched pairs. Not d_z, which is larger.
    """
    deviation = (deviation_pre + deviation_post) / 2
    return mean / deviation * small_sample_correction(pairs - 1) if deviation else None


def small_sample_correction(degrees: int) -> float:
    """Return Hedges' J = 1 - 3 / (4 · degrees - 1)."""
    return 1 - 3 / (4 * degrees - 1)


def normalized_gain(pre: float, post: float) -> float | None:
    """Return (post - pre) / (100 - pre) of the class means (Hake 1998); None if the class began at 100."""
    return (post - pre) / (100 - pre) if pre < 100 else None


def gain_band(gain: float) -> GainBand:
    if gain < 0.3:
        return GainBand.LOW
    return GainBand.MEDIUM if gain < 0.7 else GainBand.HIGH


def is_ceiling(before: Sequence[float]) -> bool:
    """Tell whether more than a quarter reached 90 before anything was taught, so that little could be gained."""
    high = sum(score >= _CEILING_SCORE for score in before)
    return high * 100 > _CEILING_PERCENT * len(before)


def t_quantile(probability: float, degrees: int) -> float:
    """Return the value below which Student's t lies with this probability (0.5 or more), to twelve digits."""
    low, high = 0.0, 1.0
    while _t_probability(high, degrees) < probability:
        low, high = high, high * 2
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if _t_probability(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _t_probability(value: float, degrees: int) -> float:
    """Return P(T ≤ value) for a value that is not negative."""
    return 1 - _incomplete_beta(degrees / 2, 0.5, degrees / (degrees + value * value)) / 2


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularized incomplete beta function I_x(a, b) (NIST DLMF 8.17.22, on its quickly converging side)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(logarithm) / a * _beta_fraction(a, b, x)


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function by the modified method of Lentz."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = value
        for coefficient in (even, odd):
            d = 1 / (1 + coefficient * d)
            c = 1 + coefficient / c
            value *= c * d
        if abs(value - before) < 1e-15 * abs(value):
            break
    return value
