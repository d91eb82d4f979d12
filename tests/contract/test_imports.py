"""The two rulers hold, and the linter sees who breaks them."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Fault:
    """An import that must be refused."""

    name: str
    importer: str
    imported: str
    contract: str


FLOORS = "Packages import only from lower floors"
FILES = "Inside a package"
HTTP = "Only views and forms speak HTTP"
RULES = "Rules are pure"
VIEWS = "Views are imported by the composition root only"
CYCLES = "No cycles anywhere"

FAULTS = [
    Fault("upward import", "portal.people.queries", "portal.registration.queries", FLOORS),
    Fault("import of a sibling", "portal.custody.queries", "portal.evaluation.queries", FLOORS),
    Fault("operation of a higher floor", "portal.attendance.operations", "portal.certificates.operations", FLOORS),
    Fault("platform that knows trainings", "portal.platform.clock", "portal.trainings.models", FLOORS),
    Fault("queries that use operations", "portal.registration.queries", "portal.registration.operations", FILES),
    Fault("operations that use jobs", "portal.certificates.operations", "portal.certificates.jobs", FILES),
    Fault("queries that use a named operation", "portal.closing.queries", "portal.closing.corrections", FILES),
    Fault("a named rule that uses queries", "portal.reports.hiding", "portal.reports.queries", FILES),
    Fault("Flask in rules", "portal.attendance.rules", "flask", HTTP),
    Fault("Flask-Login in operations", "portal.attendance.operations", "flask_login", HTTP),
    Fault("WeasyPrint in documents", "portal.certificates.documents", "weasyprint", HTTP),
    Fault("Flask in a named operation", "portal.closing.corrections", "flask", HTTP),
    Fault("SQLAlchemy in a named rule", "portal.reports.hiding", "sqlalchemy", RULES),
    Fault("SQLAlchemy in rules", "portal.trainings.rules", "sqlalchemy", RULES),
    Fault("clock in rules", "portal.trainings.rules", "portal.platform.clock", RULES),
    Fault("views of another package", "portal.certificates.views", "portal.people.views", VIEWS),
    Fault("named views of another package", "portal.certificates.views", "portal.assessments.my_views", VIEWS),
    Fault("cycle of siblings", "portal.platform.tokens", "portal.platform.clock", CYCLES),
    Fault("cycle of siblings, other half", "portal.platform.clock", "portal.platform.tokens", CYCLES),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the `portal` of a folder."""
    program = Path(sys.executable).with_name("lint-imports")
    command = [str(program), "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"COLUMNS": "300"})


def plant(folder: Path, fault: Fault) -> None:
    """Add the import to a copy of the portal, with the modules that it needs."""
    for module in (fault.importer, fault.imported):
        if module.startswith("portal"):
            path = source(folder, module)
            path.parent.mkdir(exist_ok=True)
            (path.parent / "__init__.py").touch()
            path.touch()
    with source(folder, fault.importer).open("a") as file:
        file.write(f"\nimport {fault.imported}\n")


def source(folder: Path, module: str) -> Path:
    """Return the file of a module, which may have grown into a package."""
    path = folder.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the linter says of a portal with every fault, by the opening words of each contract."""
    folder = tmp_path_factory.mktemp("faults")
    shutil.copytree(ROOT / "portal", folder / "portal", ignore=shutil.ignore_patterns("__pycache__", "*.po", "*.mo"))
    for fault in FAULTS:
        plant(folder, fault)
    (folder / "portal" / "utilities").mkdir()
    (folder / "portal" / "utilities" / "__init__.py").touch()
    (folder / "portal" / "trainings" / "drawer.py").touch()
    done = lint_imports(folder)
    assert done.returncode == 1, done.stdout + done.stderr
    _, _, report = done.stdout.partition("Broken contracts\n")
    names = (FLOORS, FILES, HTTP, RULES, VIEWS, CYCLES)
    starts = sorted((report.index(name), name) for name in names)
    ends = [start for start, _name in starts[1:]] + [len(report)]
    return {name: report[start:end] for (start, name), end in zip(starts, ends, strict=True)}


def test_contracts_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_planted_fault_is_reported(fault: Fault, refusals: dict[str, str]) -> None:
    importer, imported = fault.importer, fault.imported
    if fault.contract == CYCLES:
        importer, imported = importer.rpartition(".")[2], imported.rpartition(".")[2]
        assert importer in refusals[CYCLES]
        assert imported in refusals[CYCLES]
        return
    assert f"{importer} -> {imported}" in refusals[fault.contract]


def test_undeclared_package_is_reported(refusals: dict[str, str]) -> None:
    assert "portal.utilities" in refusals[FLOORS]


def test_undeclared_file_is_reported(refusals: dict[str, str]) -> None:
    assert "portal.trainings.drawer" in refusals[FILES]
