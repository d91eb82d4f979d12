"""The glossary names what is in the code, and the catalogs use its words."""

import ast
import re

from babel.messages.pofile import read_po

from tests.contract.test_file_length import ROOT

TITLE = "| English | Russian | Kyrgyz | Code |"
STEM = 4  # Letters of a word that its endings leave alone, in Russian and in Kyrgyz.


def rows() -> list[list[str]]:
    """Return the cells of every term."""
    lines = [line for line in (ROOT / "docs" / "glossary.md").read_text().splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if not line.startswith(TITLE)]


def names_in_the_code() -> set[str]:
    """Return the classes of the portal and the names given in their bodies."""
    classes = [
        node
        for path in (ROOT / "portal").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    ]
    given = {
        target.id
        for node in classes
        for line in node.body
        if isinstance(line, ast.Assign)
        for target in line.targets
        if isinstance(target, ast.Name)
    }
    return {node.name for node in classes} | given


def stems(cell: str) -> list[str]:
    """Return the beginning of the first word of each way to say it."""
    return [re.split(r"[\s-]", word.strip())[0][:STEM] for word in re.split("[;/]", cell.casefold())]


def test_every_code_name_is_in_the_code() -> None:
    known = names_in_the_code()
    wanted = {name for row in rows() for name in re.findall(r"`(\w+)`", row[3])}
    assert len(wanted) > 50
    assert wanted - known == set()


def test_catalogs_use_the_words_of_the_glossary() -> None:
    checked, wrong = 0, []
    for language, column in (("ru", 1), ("ky", 2)):
        with (ROOT / f"portal/translations/{language}/LC_MESSAGES/messages.po").open("rb") as file:
            catalog = {str(text.id).casefold(): str(text.string).casefold() for text in read_po(file) if text.id}
        for row in rows():
            term = row[0].strip(" •")
            for shown in {term, f"{term}s"} & catalog.keys():
                checked += 1
                if not any(stem in catalog[shown].replace("ё", "е") for stem in stems(row[column].replace("ё", "е"))):
                    wrong.append(f"{language}: {shown} is {catalog[shown]!r}, in the glossary {row[column]!r}")
    assert checked > 80
    assert wrong == []
