"""What is said of holes in the dependencies, and what the bill of materials lists."""

import json

import advisories

from tests.contract.test_dependencies import locked
from tests.contract.test_file_length import ROOT


def test_a_known_hole_is_named_with_what_mends_it() -> None:
    hole = {"id": "GHSA-68rp-wp8r-4726", "fix_versions": ["3.1.3"]}
    report = {"dependencies": [{"name": "flask", "version": "3.1.0", "vulns": [hole]}, {"name": "jinja2", "vulns": []}]}
    holes, sentence = advisories.judge(json.dumps(report))
    assert holes == ["flask 3.1.0: GHSA-68rp-wp8r-4726, mended in 3.1.3"]
    assert sentence == "Advisories: 2 of 2 packages looked up, 1 known holes."


def test_a_registry_that_knows_nothing_is_no_good_news() -> None:
    report = {"dependencies": [{"name": "flask", "skip_reason": "Dependency not found on PyPI"}]}
    assert advisories.judge(json.dumps(report)) == ([], "Advisories: 0 of 1 packages looked up, 0 known holes.")
    assert advisories.judge("")[1] == "Advisories: not looked up, PyPI does not answer."


def test_bill_of_materials_lists_the_whole_lock() -> None:
    bill = advisories.bill_of_materials((ROOT / "requirements.txt").read_text())
    assert {one["name"]: one["version"] for one in bill["components"]} == locked("requirements.txt")
    assert all(one["hashes"] for one in bill["components"])
