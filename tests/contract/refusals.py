"""The codes under which the portal refuses, whether a class of its own says one or whoever raises it."""

import ast
import re
from collections.abc import Iterator
from enum import StrEnum

from portal.platform import errors
from tests.contract import sources

ROOT = errors.Refusal
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def list_codes() -> set[tuple[str, int]]:
    """Return every code with its status, as far as it is written out: in a call, or in the name of a class."""
    classes = {one.__name__: one for one in (errors.Refusal, *_below(errors.Refusal))}
    found, coded = set(), set()
    for name, node, inside in _calls(set(classes)):
        if inside and node.args:  # It hands its own code on, be it written out or not.
            coded.add(inside)
        for code in _written(node):
            coded.add(name or inside)
            found.add((code, classes[name or inside].status))
    for name in {name for name, _node, _inside in _calls(set(classes)) if name} | _named(set(classes)):
        if name not in coded and classes[name] not in (errors.Refusal, errors.Conflict):
            found.add((classes[name].code, classes[name].status))
    return found


def list_choices() -> list[tuple[str, ...]]:
    """Return the values of every enumeration of strings: states, reasons, faults."""
    return sorted(tuple(member.value for member in one) for one in _below(StrEnum) if _is_ours(one))


def list_said() -> set[str]:
    """Return whatever may be a code that is not written out where it is raised: values of enums, words of maps."""
    found = {value for values in list_choices() for value in values}
    for path in sources.modules():
        for node in ast.walk(sources.tree(path)):
            # A map by code, or one that gives a code with its sentence.
            given = node.keys if isinstance(node, ast.Dict) else node.elts[:1] if isinstance(node, ast.Tuple) else []
            found |= {one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


def _below(parent: type) -> Iterator[type]:
    for child in parent.__subclasses__():
        yield child
        yield from _below(child)


def _is_ours(one: type) -> bool:
    return one.__module__.startswith("portal.")


def _calls(names: set[str]) -> Iterator[tuple[str, ast.Call, str]]:
    """Return the calls of refusals, by name or from within one of them: name, call, class that it stands in."""
    for path in sources.modules():
        for place in ast.walk(sources.tree(path)):
            if isinstance(place, ast.ClassDef) and place.name in names:
                yield from (
                    ("", node, place.name)
                    for node in ast.walk(place)
                    if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__"
                )
            elif isinstance(place, ast.Call):
                name = ast.unparse(place.func).rpartition(".")[2]
                if name in names:
                    yield name, place, ""


def _written(call: ast.Call) -> Iterator[str]:
    """Return the codes that a call writes out as its first argument."""
    first = call.args[0] if call.args else next((one.value for one in call.keywords if one.arg == "code"), None)
    branches = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
    for one in branches:
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and _CODE.fullmatch(one.value):
            yield one.value


def _named(names: set[str]) -> set[str]:
    """Return the classes that are named otherwise than as a parent, a type, or what is caught."""
    found = set()
    for path in sources.modules():
        for node in ast.walk(sources.tree(path)):
            given: list[ast.expr | None] = []
            if isinstance(node, ast.Call):
                given = [*node.args, *(one.value for one in node.keywords)]
            elif isinstance(node, ast.Raise):
                given = [node.exc]
            elif isinstance(node, ast.Dict):
                given = list(node.values)
            elif isinstance(node, ast.Tuple | ast.List):
                given = list(node.elts)
            elif isinstance(node, ast.Return | ast.Assign | ast.AnnAssign):
                given = [node.value]
            elif isinstance(node, ast.IfExp):
                given = [node.body, node.orelse]
            found |= {ast.unparse(one).rpartition(".")[2] for one in given if isinstance(one, ast.Name | ast.Attribute)}
    return found & names
