"""The pictures of the packages and of the tables show the code as it is."""

import importlib.util

import pytest

from tests.contract.test_file_length import ROOT

spec = importlib.util.spec_from_file_location("draw", ROOT / "docs" / "draw.py")
assert spec and spec.loader
draw = importlib.util.module_from_spec(spec)
spec.loader.exec_module(draw)


@pytest.mark.parametrize("name", ["packages.md", "data-model.md"])
def test_picture_is_not_stale(name: str) -> None:
    made = draw.pictures()[name]
    assert made.count("```mermaid") > 0
    assert (ROOT / "docs" / name).read_text() == made, "Run .venv/bin/python docs/draw.py"


def test_an_arrow_that_a_longer_way_replaces_is_left_out() -> None:
    edges = {"app": {"people", "db"}, "people": {"db"}, "db": set()}
    assert draw.reduced(edges) == {"app": {"people"}, "people": {"db"}, "db": set()}
