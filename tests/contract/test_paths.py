"""Files and modules that the documents name are there."""

import re
from pathlib import Path

import pytest

from tests.contract.test_file_length import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
# What stands in code font: a path from the root, a test from tests/, a file of a package, a module of the portal.
_PATH = re.compile(r"`((?:portal|templates|static|tests|docs|migrations|bench|\.ci)/[\w./-]*)`")
_TEST = re.compile(r"`((?!tests/)(?:\w+/)*test_\w+\.py)`")
_FILE = re.compile(r"`([a-z_]+/(?!test_)[a-z_]+\.py)`")
_MODULE = re.compile(r"`portal\.(\w+)(?:\.(\w+))?[.\w]*`")
_ANY_NAME = re.compile(r"\bX\b|PACKAGE|NAME")


def named(document: Path) -> set[str]:
    """Return the paths that a document names; a folder of decisions is named by its number alone."""
    text = document.read_text()
    modules = {"/".join(filter(None, ("portal", *match))) for match in _MODULE.findall(text)}
    paths = {*_PATH.findall(text), *(f"tests/{name}" for name in _TEST.findall(text)), *modules}
    paths |= {f"portal/{name}" for name in _FILE.findall(text) if not (ROOT / name).exists()}
    return {path for path in paths if not _ANY_NAME.search(path)}


def is_there(path: str) -> bool:
    return (ROOT / path).exists() or any(ROOT.glob(f"{path.rstrip('/')}[.-]*"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_is_there(document: Path) -> None:
    assert [path for path in sorted(named(document)) if not is_there(path)] == []


def test_documents_name_files() -> None:
    assert sum(len(named(document)) for document in DOCUMENTS) > 150
