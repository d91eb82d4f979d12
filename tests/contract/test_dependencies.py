"""What the portal depends on: each with its reason, each used, each locked, the tests' lock around the portal's."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement

from tests.contract.test_file_length import ROOT, our_files

# Not imported, but used: by command, by database address, as data.
_USED_OTHERWISE = {"gunicorn": "run.py", "babel": "run.py", "psycopg": "DATABASE_URL", "tzdata": "zoneinfo"}
# The first release without a hole that was published, where it would matter here; a lock goes no further back.
_MENDED = {
    "flask": ("3.1.3", "GHSA-68rp-wp8r-4726: answers to one person in a shared cache"),
    "werkzeug": ("3.0.6", "CVE-2023-46136, CVE-2024-49767: forms that fill the memory"),
    "jinja2": ("3.1.6", "CVE-2025-27516: out of the sandbox"),
    "weasyprint": ("70.0", "CVE-2025-68616, CVE-2026-49452: requests and files that a document asks for"),
    "gunicorn": ("23.0.0", "CVE-2024-6827: two requests in one"),
    "pillow": ("11.3.0", "CVE-2025-48379: writing beyond a picture"),
    "cryptography": ("44.0.1", "CVE-2024-12797: the OpenSSL that it carries"),
}
_PIN = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>\S+)", re.MULTILINE)


def wanted(section: str) -> set[str]:
    """Return the names of the portal's dependencies, or of the tests'."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = project["project"]["dependencies"] if section == "portal" else project["dependency-groups"]["test"]
    return {re.split(r"[\[<>=]", line)[0] for line in lines}


def locked(path: str) -> dict[str, str]:
    """Return the pinned versions of a lock file by name."""
    return dict(_PIN.findall((ROOT / path).read_text()))


@cache
def imported_names() -> set[str]:
    """Return the top-level modules that the portal imports."""
    nodes = [
        node
        for path in our_files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] not in ("tests", "docs", "bench")
        for node in ast.walk(ast.parse(path.read_text()))
    ]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.partition(".")[0] for name in plain | {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}}


def test_every_dependency_gives_its_reason() -> None:
    lines = re.findall(
        r'^    "[a-z0-9-]+(?:\[[a-z]+\])?[<>=][^\n]*', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    assert len(lines) == len(wanted("portal") | wanted("test"))
    assert [line for line in lines if not re.search(r'", +# \w+\W+\w+', line)] == []


def test_every_dependency_is_imported() -> None:
    distributions = packages_distributions()
    used = {found for name in imported_names() for found in distributions.get(name, ())}
    assert wanted("portal") - {name.lower().replace("_", "-") for name in used} - _USED_OTHERWISE.keys() == set()


def test_every_import_is_a_dependency() -> None:
    distributions = packages_distributions()
    imported = (
        imported_names()
        - sys.stdlib_module_names
        - {"portal", "run", "advisories", "bootstrap", "dev", "processes", "conftest"}
    )
    undeclared = {
        name
        for name in imported
        if not {found.lower().replace("_", "-") for found in distributions.get(name, ())} & wanted("portal")
    }
    assert undeclared - {"pytest"} == set(), "Declare these in pyproject.toml, each with its reason."


def test_locks_hold_every_dependency() -> None:
    assert wanted("portal") <= locked("requirements.txt").keys()
    assert wanted("test") <= locked("tests/requirements.txt").keys()


def test_lock_of_the_tests_holds_the_lock_of_the_portal() -> None:
    assert locked("requirements.txt").items() <= locked("tests/requirements.txt").items()


def test_locks_hold_nothing_with_a_known_hole() -> None:
    """Advisories that are known here; looking for new ones needs their data base, and so a network."""
    for path in ("requirements.txt", "tests/requirements.txt"):
        pinned = locked(path)
        old = {
            f"{name} {pinned[name]}: {why}"
            for name, (floor, why) in _MENDED.items()
            if _numbers(pinned[name]) < _numbers(floor)
        }
        assert old == set(), path


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def test_what_is_read_beyond_its_documentation_has_an_upper_bound() -> None:
    lines = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    found = {requirement.name: requirement.specifier for requirement in map(Requirement, lines)}
    bounded = {name for name, specifier in found.items() if {one.operator for one in specifier} & {"<", "=="}}
    # Boxes, the objects of a writer, the order of operators, tables of the queue, DER, glyphs, the name of a server.
    assert {"weasyprint", "pydyf", "pikepdf", "huey", "asn1crypto", "pyhanko", "uharfbuzz", "gunicorn"} <= bounded


def test_locks_are_within_the_bounds() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for path, lines in (
        ("requirements.txt", groups["project"]["dependencies"]),
        ("tests/requirements.txt", groups["project"]["dependencies"] + groups["dependency-groups"]["test"]),
    ):
        versions = locked(path)
        outside = [line for line in lines if versions[(one := Requirement(line)).name] not in one.specifier]
        assert outside == [], path
