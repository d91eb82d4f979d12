"""A fragment's id says which file it is, its page includes it, and nothing else on a page is swapped."""

import re
from pathlib import Path

import pytest

from tests.contract import sources

FIRST_TAG = re.compile(r"<(?P<tag>\w+)(?P<attributes>(?:\{\{.*?\}\}|\{%.*?%\}|\"[^\"]*\"|[^>\"])*)>", re.DOTALL)
ID = re.compile(r"\sid=\"(?P<id>[^\"]*)\"")
TARGET = re.compile(r"hx-target(?::inherited)?=\"#(?P<id>[\w-]+)")
IN_CODE = re.compile(r"[\"']hx-target[\"']\s*:\s*[\"']#(?P<id>[\w-]+)")


def fragments() -> list[Path]:
    """Return the fragments of pages; those of printed papers are never swapped."""
    found = [path for path in sources.templates() if path.name.startswith("_")]
    return [path for path in found if path.relative_to(sources.TEMPLATES).parts[0] not in ("documents", "mail")]


def root_id(path: Path) -> str:
    """Return the id that the style asks of a fragment: folder and file."""
    name = path.relative_to(sources.TEMPLATES).with_suffix("").as_posix()
    return name.replace("/_", "-").replace("/", "-").replace("_", "-")


def swapped() -> list[Path]:
    """Return the fragments that a view sends alone; the others are parts that several pages include."""
    code = "".join(path.read_text(encoding="utf-8") for path in sources.modules())
    return [path for path in fragments() if f'"{sources.template_name(path)}"' in code]


def test_some_fragments_are_swapped() -> None:
    assert len(swapped()) >= 1


@pytest.mark.parametrize("path", swapped(), ids=lambda path: sources.template_name(path))
def test_root_of_a_fragment_is_named_after_its_file(path: Path) -> None:
    body = source = sources.read_template(path)
    expected = root_id(path)
    included = re.search(r"\{% include \"([^\"]+)\" %\}\s*$", body)
    body = re.sub(r"\{%-? macro .*?endmacro -?%\}|\{%.*?%\}", "", body, flags=re.DOTALL)
    first = FIRST_TAG.search(body)
    if first is None and included:  # One component with its values: its own root is swapped.
        component = sources.TEMPLATES / included[1]
        expected, body = root_id(component), sources.read_template(component)
        first = FIRST_TAG.search(re.sub(r"\{%.*?%\}", "", body, flags=re.DOTALL))
    found = ID.search(first["attributes"]) if first else None
    assert found, f"Give the first element id={expected!r} (with the row's number behind it if there are many)."
    shown = re.sub(r"^\{\{ (\w+) \}\}$", lambda variable: _set_to(source, variable[1]), found["id"])
    assert re.fullmatch(rf"{expected}(-.*)?", shown), f"The id must begin with {expected!r}, not {shown!r}."


def _set_to(source: str, variable: str) -> str:
    """Return the text that a variable begins with."""
    found = re.search(rf"\{{% set {variable} = \"([^\"]*)\"", source)
    return found[1] if found else variable


def test_only_fragments_are_swapped() -> None:
    roots = tuple(root_id(path) for path in fragments())
    wrong = [
        f"{sources.template_name(path)}: #{match['id']}"
        for path in sources.templates()
        for pattern in (TARGET, IN_CODE)
        for match in pattern.finditer(sources.read_template(path))
        if not match["id"].startswith(roots)
    ]
    assert not wrong, f"Swap the root of a fragment, whose name tells its file: {wrong}"


def test_pages_include_their_fragments() -> None:
    """A fragment, or the fragment that it frames, stands in some page or macro too."""
    included = {path: set(re.findall(r"{% include \"([^\"]+)\"", sources.read_template(path))) for path in fragments()}
    others = "\n".join(sources.read_template(path) for path in sources.templates() if path not in included)
    shown = {name for name in map(sources.template_name, fragments()) if name in others}
    for _turn in included:  # What a shown fragment includes is shown with it.
        shown |= {name for path, names in included.items() if sources.template_name(path) in shown for name in names}
    alone = [
        sources.template_name(path)
        for path, names in included.items()
        if sources.template_name(path) not in shown and not names & shown
    ]
    assert not alone, f"Include these in their page, so that first load and swap are the same markup: {alone}"
