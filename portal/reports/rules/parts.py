"""A release in parts, and what it is made with."""

from collections.abc import Mapping, Sequence
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
    `left_out` are the trainings of each project that were held and are not finalized.
    """

    number: int
    until: date
    k: int
    regions: Sequence[str]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)


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
