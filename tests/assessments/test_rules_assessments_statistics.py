"""The figures against published worked examples; each test names its source."""

import pytest

from portal.assessments import statistics
from portal.assessments.statistics import GainBand

# Student (1908), "The probable error of a mean", Biometrika 6: additional hours of sleep of ten patients with two
# drugs, which R ships as `sleep`.
DEXTRO = (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0)
LAEVO = (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4)

# Lakens (2013), "Calculating and reporting effect sizes…", Frontiers in Psychology 4:863, table 1: ten people rate two
# movies; means 8.7 and 7.7, deviations 0.82 and 0.95, t(9) = 4.74.
MOVIE_1 = (9, 7, 8, 9, 8, 9, 9, 10, 9, 9)
MOVIE_2 = (9, 6, 7, 8, 7, 9, 8, 8, 8, 7)


@pytest.mark.parametrize(
    ("degrees", "published"),
    [(1, 12.706), (2, 4.303), (4, 2.776), (9, 2.262), (10, 2.228), (29, 2.045), (58, 2.002), (67, 1.996), (100, 1.984)],
)
def test_t_quantile_is_that_of_the_nist_table(degrees: int, published: float) -> None:
    """NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, column 0.975."""
    assert round(statistics.t_quantile(0.975, degrees), 3) == published


@pytest.mark.parametrize(("degrees", "published"), [(1, 63.657), (5, 4.032), (30, 2.750), (100, 2.626)])
def test_t_quantile_is_that_of_the_nist_table_further_out(degrees: int, published: float) -> None:
    """The same table, column 0.995."""
    assert round(statistics.t_quantile(0.995, degrees), 3) == published


def test_interval_is_that_of_students_sleep_data() -> None:
    """R's paired t.test of `sleep` prints the mean -1.58 and the interval -2.4598858 to -0.7001142 (first - second)."""
    change = statistics.change(list(zip(DEXTRO, LAEVO, strict=True)))
    assert change is not None
    assert (round(change.mean, 2), round(change.low, 7), round(change.high, 7)) == (1.58, 0.7001142, 2.4598858)


def test_effect_is_that_of_lakens_movies_before_its_correction() -> None:
    """Lakens (2013) reports d_av = 1.13 for these ratings; J with 9 degrees of freedom makes 1.03 of it."""
    change = statistics.change(list(zip(MOVIE_2, MOVIE_1, strict=True)))
    assert change is not None and change.effect is not None
    assert (round(change.pre, 1), round(change.post, 1), change.mean) == (7.7, 8.7, 1)
    assert round(change.effect / statistics.small_sample_correction(9), 2) == 1.13
    half = change.high - change.mean
    assert round(statistics.t_quantile(0.975, 9) * change.mean / half, 2) == 4.74


def test_effect_is_that_of_borenstein_for_matched_pairs() -> None:
    """Borenstein, Hedges, Higgins, Rothstein (2009), Introduction to Meta-Analysis, ch. 4, pre- and post-scores:
    means 100 and 103, S_within 7.1005, 50 pairs: d = 0.4225, J = 0.9846, g = 0.4160."""
    assert round(statistics.small_sample_correction(49), 4) == 0.9846
    effect = statistics.hedges_g_av(103 - 100, 7.1005, 7.1005, 50)
    assert effect is not None
    assert round(effect, 4) == 0.4160


@pytest.mark.parametrize(("pairs", "published"), [(5, 0.80), (10, 0.914), (20, 0.96), (30, 0.974)])
def test_small_sample_correction_is_that_of_our_domain_reference(pairs: int, published: float) -> None:
    assert statistics.small_sample_correction(pairs - 1) == pytest.approx(published, abs=0.0007)


def test_gain_is_that_of_a_published_class() -> None:
    """PMC8045292, table 1: the mean rose by 11.1 of 20 points, which is 225.8 % of the mean before: 0.73."""
    pre = 11.1 / 2.258 / 20 * 100
    gain = statistics.normalized_gain(pre, pre + 11.1 / 20 * 100)
    assert gain == pytest.approx(0.73, abs=0.01)


@pytest.mark.parametrize(
    ("gain", "band"), [(0.23, GainBand.LOW), (0.3, GainBand.MEDIUM), (0.48, GainBand.MEDIUM), (0.7, GainBand.HIGH)]
)
def test_gain_is_called_as_hake_calls_it(gain: float, band: GainBand) -> None:
    """Hake (1998): 0.23 is the mean of traditional courses and low, 0.48 that of interactive ones and medium."""
    assert statistics.gain_band(gain) is band


def test_nothing_is_said_of_fewer_than_five_pairs() -> None:
    pairs = [(40.0, 60.0), (50.0, 80.0), (60.0, 70.0), (30.0, 80.0)]
    assert statistics.change(pairs) is None
    assert statistics.change([*pairs, (40.0, 50.0)]) is not None


def test_figures_that_do_not_exist_are_left_out() -> None:
    same = statistics.change([(100.0, 100.0)] * 5)
    assert same is not None
    assert (same.effect, same.gain, same.low, same.high) == (None, None, 0, 0)


def test_test_that_was_too_easy_is_seen() -> None:
    assert statistics.is_ceiling([95, 95, 50, 50, 50])
    assert not statistics.is_ceiling([95, 50, 50, 50])  # A quarter is not more than a quarter.
