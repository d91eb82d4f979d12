"""Histories of releases: whatever is corrected between them, the next one can be published."""

import pytest

from portal.reports.rules import Part
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


def aged(part: Part) -> Part:
    """Return a part as releases were published before they said whom a training counts first, and of whom they tell."""
    kept = {
        code: {it: one[it] for it in ("tables", "hidden", "measured")} for code, one in part.basis["trainings"].items()
    }
    came = sum(one["measured"][1] for one in part.basis["trainings"].values())
    told = part.content["evaluation"] and {
        "forms": part.content["evaluation"]["forms"],
        "favorable": 97,
        "attended": came,
    }
    basis = {name: it for name, it in part.basis.items() if name != "evaluated"} | {"trainings": kept}
    return Part(part.project, part.content | {"evaluation": told}, basis)


@pytest.mark.parametrize("seeds", [range(20), pytest.param(range(20, 200), marks=pytest.mark.slow)])
def test_releases_of_before_are_followed_and_said_again_by_no_word(seeds: range) -> None:
    waited = 0
    for seed in seeds:
        world = make_world(seed, age=aged)
        for part in world.parts:
            assert "attended" not in (part.content["evaluation"] or {})
            waited += len(part.content["waiting"])
    assert waited, "The control: of so many corrections some are of a few people."
