"""Templates escape everything, hold no script or style, import what they use, and name what exists."""

import re
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment, meta, nodes

from portal.platform import ui
from tests.contract import sources

pytestmark = pytest.mark.xdist_group("sources")  # Each is read once.

# The page for print has its own sheet and no browser around it.
PRINTED = ("documents/",)
LONGEST_LINE = 160
UNSAFE = {
    r"\|\s*safe\b": "escape it: a macro returns markup, data never is",
    r"autoescape\s+false": "escape it",
    r"Markup\(": "escape it",
}
BANNED = {
    r"<style\b|\sstyle=": "the policy blocks it: use a class in static/css",
    r"<script(?![^>]*\bsrc=)": "the policy blocks it: use static/js/app.js",
    r"\s(data-)?hx-on": "it needs eval: use a delegated listener in app.js",
    r"\son[a-z]+=": "the policy blocks it: use a delegated listener in app.js",
    r"\b(js|javascript):": "it needs eval: send values as fields",
    r"hx-trigger=\"[^\"]*\[": "a filter needs eval: remove it",
    r"\s(data-)?hx-(vars|ext|params|disabled-elt|history-elt)\b": "htmx 4 does not have it",
    r"(src|href)=\"(https?:)?//": "pages load nothing from elsewhere: vendor it",
}


def all_templates(*, printed: bool = True) -> list[Path]:
    return [path for path in sources.templates() if printed or not sources.template_name(path).startswith(PRINTED)]


def found_in(patterns: dict[str, str], paths: list[Path]) -> list[str]:
    """Return where the patterns stand, with what to do instead."""
    return [
        f"{sources.template_name(path)}: {match[0].strip()!r}: {advice}"
        for path in paths
        for pattern, advice in patterns.items()
        for match in re.finditer(pattern, sources.read_template(path))
    ]


def test_the_day_of_a_moment_is_that_of_the_country() -> None:
    utc = {r"date\([\w.]+\.date\(\)": "give `date` the moment itself: its own day is that of Greenwich"}
    assert not found_in(utc, all_templates())


def test_nobody_is_shown_by_the_label_of_the_audit_log() -> None:
    label = {r"\.get\(([\w.]+_by), \1\)": "say `operator` in the language of the page where there is no account"}
    assert not found_in(label, all_templates())


def test_templates_escape_everything() -> None:
    assert not found_in(UNSAFE, all_templates())


def test_lines_of_templates_can_be_read_without_scrolling() -> None:
    long = {
        f"{sources.template_name(path)}:{number}"
        for path in all_templates()
        for number, line in enumerate(sources.read_template(path).splitlines(), start=1)
        if len(line) > LONGEST_LINE and path.suffix == ".html"
    }
    # A mail is text, whose lines are paragraphs.
    assert not long, f"Break these, or say by a macro what they share: {sorted(long)}"


def test_python_marks_nothing_as_safe() -> None:
    marked = [
        str(path.relative_to(sources.ROOT))
        for path in sources.modules()
        if any(True for _ in sources.calls(path, "Markup", "markupsafe.Markup", "flask.Markup"))
    ]
    assert not marked, f"Put markup into a template: {marked}"


def test_pages_hold_no_script_and_no_style() -> None:
    assert not found_in(BANNED, all_templates(printed=False))


@pytest.mark.parametrize(
    "fault",
    [
        '<p style="x">',
        "<style>",
        "<script>x</script>",
        '<p hx-on:click="x">',
        '<p data-hx-on="x">',
        '<p onclick="x">',
        '<a href="javascript:x">',
        '<p hx-vals="js:{x}">',
        '<p hx-trigger="click[x]">',
        '<p hx-ext="x">',
        '<script src="https://cdn.example/x.js">',
        '<img src="//cdn.example/x">',
    ],
)
def test_planted_fault_is_found(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.html"
    page.write_text(fault)
    monkeypatch.setattr(sources, "TEMPLATES", tmp_path)
    assert found_in(BANNED, [page])


@pytest.fixture
def trees(app: Flask) -> dict[str, nodes.Template]:
    """Return the syntax trees of all templates by name."""
    return {sources.template_name(path): parsed(app.jinja_env, path) for path in all_templates()}


@cache
def parsed(environment: Environment, path: Path) -> nodes.Template:
    """Return the syntax tree of a template, read once."""
    return environment.parse(path.read_text(encoding="utf-8"))


def references(name: str, tree: nodes.Template) -> set[str]:
    """Return the templates that one names; printed papers have a folder, and an environment, of their own."""
    folder = "documents/" if name.startswith(PRINTED) else ""
    return {folder + other for other in meta.find_referenced_templates(tree) if other is not None}


@pytest.mark.databases("sqlite")
def test_imported_macros_are_used(trees: dict[str, nodes.Template]) -> None:
    unused = []
    for name, tree in trees.items():
        imported = [entry for node in tree.find_all(nodes.FromImport) for entry in node.names]
        names = {entry if isinstance(entry, str) else entry[1] for entry in imported}
        names |= {node.target for node in tree.find_all(nodes.Import)}
        used = {node.name for node in tree.find_all(nodes.Name)}
        unused += [f"{name}: {macro}" for macro in sorted(names - used)]
    assert not unused, f"Remove the imports: {unused}"


@pytest.mark.databases("sqlite")
def test_pages_ask_for_macros_of_the_kit_that_exist(trees: dict[str, nodes.Template]) -> None:
    kit = {macro.name for name in ui.KIT for macro in trees[name].find_all(nodes.Macro)}
    subjects = {Path(name).stem: tree for name, tree in trees.items() if name.startswith("components/")}
    asked = {
        (name, node.attr)
        for name, tree in trees.items()
        for node in tree.find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and node.node.name == "ui"
    }
    assert asked
    assert not {(name, macro) for name, macro in asked if macro not in kit | subjects.keys()}
    of_subjects = {
        (name, node.node.attr, node.attr)
        for name, tree in trees.items()
        for node in tree.find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Getattr)
        and isinstance(node.node.node, nodes.Name)
        and node.node.node.name == "ui"
    }
    macros = {(stem, macro.name) for stem, tree in subjects.items() for macro in tree.find_all(nodes.Macro)}
    assert of_subjects
    assert not {(name, stem, macro) for name, stem, macro in of_subjects if (stem, macro) not in macros}


@pytest.mark.databases("sqlite")
def test_templates_name_templates_that_exist(trees: dict[str, nodes.Template]) -> None:
    named = {(name, other) for name, tree in trees.items() for other in references(name, tree)}
    assert not {(name, other) for name, other in named if other not in trees}


@pytest.mark.databases("sqlite")
def test_every_template_is_shown_somewhere(trees: dict[str, nodes.Template]) -> None:
    named = {other for name, tree in trees.items() for other in references(name, tree)}
    gets = (node for tree in trees.values() for node in tree.find_all(nodes.Getattr))
    named |= {
        f"components/{node.attr}.html" for node in gets if isinstance(node.node, nodes.Name) and node.node.name == "ui"
    }
    texts = {text for path in sources.modules() for text in sources.texts(path)}
    named |= texts | {f"documents/{text}" for text in texts}
    unused = sorted(trees.keys() - named)
    assert not unused, f"Remove these, or render them: {unused}"


@pytest.mark.databases("sqlite")
def test_python_renders_templates_that_exist(trees: dict[str, nodes.Template]) -> None:
    named = {text for path in sources.modules() for text in sources.texts(path) if re.fullmatch(r"[\w/]+\.html", text)}
    missing = {name for name in named if name not in trees and "/" in name}
    assert not missing


@pytest.mark.databases("sqlite")
def test_addresses_are_asked_of_endpoints_that_exist(app: Flask, trees: dict[str, nodes.Template]) -> None:
    asked = {
        (name, call.args[0].value)
        for name, tree in trees.items()
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == "url_for" and isinstance(call.args[0], nodes.Const)
    }
    for path in sources.modules():
        for call in sources.calls(path, "url_for", "flask.url_for"):
            first = getattr(call.args[0], "value", None)
            if isinstance(first, str) and not first.startswith("."):
                asked.add((str(path.relative_to(sources.ROOT)), first))
    missing = sorted((place, endpoint) for place, endpoint in asked if endpoint not in app.view_functions)
    assert asked
    assert not missing, f"No such endpoint: {missing}"


@pytest.mark.databases("sqlite")
def test_fixed_addresses_of_templates_lead_somewhere(app: Flask) -> None:
    """Links and forms whose address is written out, not asked of url_for."""
    adapter = app.url_map.bind("localhost")
    dead = []
    for path in all_templates(printed=False):
        for tag, address in re.findall(
            r"<(a|form)\b[^>]*?\s(?:href|action)=\"(/[^\"{#?]*)\"", sources.read_template(path)
        ):
            method = "POST" if tag == "form" else "GET"
            if not adapter.test(address, method) and not adapter.test(address, "GET"):
                dead.append(f"{sources.template_name(path)}: {address}")
    assert not dead
