"""What is expected of WeasyPrint beyond what it documents; when one of these fails, upstream.py is where to look."""

import ast
import re

import weasyprint

from portal.printing import upstream
from tests.contract import sources

HTML = """<html lang="ky"><style>@page { margin: 2cm; @top-left { content: "margin" } }</style>
<body><p>flow <span lang="ru">inside</span></p><p style="position: absolute">away</p><img src="data:,"></body></html>"""
# Documented: https://doc.courtbouillon.org/weasyprint/stable/api_reference.html
UPSTREAM = sources.PORTAL / "printing" / "upstream.py"
PUBLIC = {"weasyprint", "weasyprint.urls", "weasyprint.text.fonts"}


def texts(box: object) -> list[tuple[str, str]]:
    box = upstream.placed(box)
    if isinstance(box, upstream.MarginBox):
        return []
    if isinstance(box, upstream.TextBox):
        return [(box.text.strip(), box.style["lang"])]
    children = box.children if isinstance(box, upstream.ParentBox) else ()
    return [text for child in children for text in texts(child) if text[0]]


def test_boxes_of_a_page_are_read_in_their_order_with_their_language() -> None:
    [page] = weasyprint.HTML(string=HTML).render().pages
    assert texts(upstream.box_of(page)) == [("flow", "ky"), ("inside", "ru"), ("away", "ky")]


def test_version_of_pango_is_told() -> None:
    assert re.fullmatch(r"1\.\d+\.\d+", upstream.pango_version())


def test_what_is_not_documented_is_used_in_one_module() -> None:
    found, private = {}, {}
    for path in sources.modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        imported += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        found[path] = {name for name in imported if name.partition(".")[0] == "weasyprint"} - PUBLIC
        if "printing" in path.parts:
            attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            private[path] = attributes & {"_page_box", "_box"}
    assert found.pop(UPSTREAM)
    assert private.pop(UPSTREAM) == {"_page_box", "_box"}
    assert {path: names for path, names in (found | private).items() if names} == {}
