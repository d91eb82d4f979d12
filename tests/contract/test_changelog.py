"""The changelog lists the released versions, newest first, and the newest is the portal's own."""

import re
import tomllib

from tests.contract.test_file_length import ROOT


def test_versions_are_dated_and_fall() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[0] == "Unreleased"
    found = [re.fullmatch(r"(\d+)\.(\d+)\.(\d+) \((\d{4}-\d\d-\d\d)\)", heading) for heading in headings[1:]]
    versions = [(*map(int, match.groups()[:3]), match[4]) for match in found if match]
    assert len(versions) == len(headings) - 1
    assert versions == sorted(versions, reverse=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == ".".join(map(str, versions[0][:3]))
