"""Histories of releases: whatever is corrected between them, the next one can be published."""

import pytest

from tests.reports.worlds import make_world

FEW, MANY = range(60), range(60, 760)


@pytest.mark.parametrize("seeds", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"])
def test_no_correction_stops_the_next_release(seeds: range) -> None:
    corrected = 0
    for seed in seeds:
        world = make_world(seed)
        assert all(part.content["figures"]["seats"] is not None for part in world.parts)
        corrected += world.corrections
    assert corrected > len(seeds), "The worlds are too quiet: most histories should hold several corrections."
