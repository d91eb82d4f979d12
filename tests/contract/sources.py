"""The portal's own sources, for tests that read them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from portal.config import ROOT

TEMPLATES = ROOT / "templates"
PORTAL = ROOT / "portal"


def templates() -> list[Path]:
    """Return all templates."""
    return sorted(path for path in TEMPLATES.rglob("*") if path.suffix in (".html", ".txt", ".xml", ".svg"))


def template_name(path: Path) -> str:
    """Return the name under which Jinja knows a template."""
    return path.relative_to(TEMPLATES).as_posix()


def read_template(path: Path) -> str:
    """Return a template without its comments."""
    return re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def modules() -> list[Path]:
    """Return all Python modules of the portal."""
    return sorted(PORTAL.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def calls(path: Path, *names: str) -> Iterator[ast.Call]:
    """Return the calls of functions that are called by one of these dotted names."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
            yield node


@cache
def texts(path: Path) -> frozenset[str]:
    """Return all string constants of a module."""
    found = (node.value for node in ast.walk(tree(path)) if isinstance(node, ast.Constant))
    return frozenset(text for text in found if isinstance(text, str))
