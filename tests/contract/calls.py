"""Which functions of the portal may come to call which others, as far as names in the sources tell.

What a function names, it may call; a class that it names, it may call every method of. So what is said to reach
something need not, but what is said not to reach it does not: unless by an object that came as an argument.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from portal.config import ROOT
from tests.contract import sources

Place = tuple[str, str]  # The dotted name of a module, and a name at its top.


@cache
def reaching(*ends: Place) -> frozenset[Place]:
    """Return whatever may come to call one of these."""
    named_by: dict[Place, set[Place]] = {}
    for path in sources.modules():
        module = _dotted(path)
        known = _imported(path)
        for place in _top(path):
            for name in _names(place, module, known):
                named_by.setdefault(name, set()).add((module, place.name))
    found, waiting = set(ends), list(ends)
    while waiting:
        for caller in named_by.get(waiting.pop(), ()):
            if caller not in found:
                found.add(caller)
                waiting.append(caller)
    return frozenset(found)


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _top(path: Path) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for node in sources.tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node


def _imported(path: Path) -> Mapping[str, tuple[str, str | None]]:
    """Return what each imported name means: a module, or a name in one."""
    found: dict[str, tuple[str, str | None]] = {}
    for node in ast.walk(sources.tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("portal"):
            for one in node.names:
                found[one.asname or one.name] = _meant(str(node.module), one.name)
    return found


@cache
def _meant(module: str, name: str) -> tuple[str, str | None]:
    """Return a module by its name in a package, or what a module or package itself takes from another."""
    base = ROOT.joinpath(*module.split("."))
    if (base / f"{name}.py").exists() or (base / name / "__init__.py").exists():
        return f"{module}.{name}", None
    package = base / "__init__.py"
    return _imported(package).get(name, (module, name)) if package.exists() else (module, name)


def _names(place: ast.AST, module: str, known: Mapping[str, tuple[str, str | None]]) -> Iterator[Place]:
    for node in ast.walk(place):
        if isinstance(node, ast.Name):
            home, name = known.get(node.id, (module, node.id))
            if name is not None:
                yield home, name
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            home, name = known[node.value.id]
            yield _meant(home, node.attr) if name is None else (home, name)  # type: ignore[misc]
