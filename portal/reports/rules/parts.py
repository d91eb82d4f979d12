"""A release in parts, and what it is made with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

WHOLE = "all"  # The part of all trainings.
Json = dict[str, Any]
Books = Mapping[str, int | None]  # By training: how often a finalized one was corrected; None while its books are open.


@dataclass(frozen=True)
class Issue:
    """Which release this is to be, what a count must stand for in it, and what it names.

    `regions` stand in every table; `names` are those of regions and institutions by code and language;
    `left_out` are the trainings of each project that were held and are not finalized; `groups` are what institutions
    are counted in that are not counted on their own.
    """

    number: int
    until: date
    k: int
    regions: Sequence[str]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    draw: Callable[[str], str] = lambda _text: ""

    def draw_for(self, place: str) -> Callable[[str], str]:
        """Return the draw between the categories of one table: the same in every release, and no reader's to repeat."""
        return lambda name: self.draw(f"{place} {name}")


@dataclass(frozen=True)
class Seen:
    """What somebody has looked at before a release is published: what it counts, and how the books stood then."""

    number: int
    until: date
    k: int
    books: Books


@dataclass(frozen=True)
class Part:
    """A part of a release: what may be read, and what stands behind it."""

    project: str
    content: Json
    basis: Json

    @property
    def number(self) -> int:
        """Return the number of its release."""
        return int(self.content["release"])

    def grouped(self, groups: Mapping[str, str]) -> "Part":
        """Return the part with small institutions in their groups, as releases before this rule did not count them.

        Of a group with something hidden a reader is taken to know nothing.
        """

        def of(name: str) -> str:
            institution, slash, _service = name.partition("/")
            group = groups.get(institution)
            return f"{group}{slash}{group if slash else ''}" if group else name

        def state(one: Json) -> Json:
            sides: Json = {side: _merged(one[side], of) for side in ("tables", "new") if side in one}
            for side in ("hidden", "small"):
                sides |= {side: {at: sorted({of(it) for it in names}) for at, names in one.get(side, {}).items()}}
            return one | sides

        trainings = {code: state(one) for code, one in self.basis["trainings"].items()}
        return Part(self.project, self.content, state(self.basis) | {"trainings": trainings})


def _merged(tables: Json, of: Callable[[str], str]) -> Json:
    found: Json = {}
    for at, table in tables.items():
        found[at] = {}
        for name, count in table.items():
            found[at][of(name)] = found[at].get(of(name), 0) + count
    return found


def in_order(content: Json) -> Json:
    """Return a content with its categories as a reader expects them; the frozen text has them by code."""
    ranks = {code: place for place, code in enumerate(content["regions"])}

    def ordered(name: str, table: Json) -> Json:
        def place(cell: tuple[str, int | None]) -> tuple[int, str]:
            code, count = cell
            return (ranks.get(code, len(ranks)) if name == "region" else -(count or 0) if name != "sex" else 0, code)

        return table | {"cells": dict(sorted(table["cells"].items(), key=place))}

    def all_of(tables: Json) -> Json:
        return {name: table if name == "service" else ordered(name, table) for name, table in tables.items()}

    services = {name: ordered("service", table) for name, table in content["tables"]["service"].items()}
    trainings = [one | {"tables": all_of(one["tables"])} for one in content["trainings"]]
    return content | {"tables": all_of(content["tables"]) | {"service": services}, "trainings": trainings}
