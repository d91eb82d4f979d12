"""Readers of releases who want the hidden counts, with linear programs over everything that was published.

They know the definitions printed with each release, and nothing of the code: a training's table counts whoever
completed it; a sum counts people once, at the first training that counted them; totals are exact; a hidden count of a
table that shows something is not zero; a table stays as it was unless its training is named as corrected.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import highspy

from portal.reports.disclosure import is_small
from portal.reports.rules import UNKNOWN
from tests.reports.worlds import BODIES, REGIONS, World

Json = Mapping[str, Any]
Key = tuple[str, int]  # A training, and the version of its tables.
Cell = tuple[str, int, str]
Weights = Mapping[tuple[str, Cell], float]
UNIVERSES = {"sex": ("F", "M", UNKNOWN), "region": (*REGIONS, UNKNOWN), "institution": (*BODIES, UNKNOWN)}
SLACK = 1e-6


@dataclass
class Truth:
    """What stands behind the tables of a world by one dimension, to tell what an attacker has found."""

    world: World
    dimension: str

    @property
    def contents(self) -> list[Json]:
        """Return what everybody may read."""
        return [part.content for part in self.world.parts]

    @property
    def universe(self) -> tuple[str, ...]:
        """Return the categories that there may be."""
        return UNIVERSES[self.dimension]

    @cached_property
    def versions(self) -> list[dict[str, int]]:
        """Return of each release which version of each training's tables it shows."""
        return versions_of(self.contents)

    @cached_property
    def tables(self) -> dict[Key, dict[str, int]]:
        """Return the counts of each training's table."""
        return self._side("tables")

    @cached_property
    def new(self) -> dict[Key, dict[str, int]]:
        """Return whom each training counts first."""
        return self._side("new")

    @property
    def came(self) -> dict[Key, set[str]]:
        """Return which categories were there: what those know who invited them."""
        return {key: {name for name, count in table.items() if count} for key, table in self.tables.items()}

    def hidden(self) -> Iterator[Cell]:
        """Return the cells of trainings in which somebody is and which no release shows."""
        shown = {
            (one["code"], self.versions[number][one["code"]], category)
            for number, content in enumerate(self.contents)
            for one in content["trainings"]
            for category, count in one["tables"][self.dimension]["cells"].items()
            if count is not None
        }
        cells = [(*key, name) for key, table in self.tables.items() for name, count in table.items() if count]
        yield from (cell for cell in cells if cell not in shown)

    def count(self, cell: Cell) -> int:
        """Return how many there are."""
        return self.tables[cell[:2]][cell[2]]

    def came_again(self) -> Iterator[tuple[Weights, int, int]]:
        """Return, of each release and category, those few who came again to its new trainings.

        As (what adds up to them, how many they are, how far the totals alone leave them).
        """
        for number, shown in enumerate(self.versions):
            before = self.versions[number - 1] if number else {}
            keys = [(code, version) for code, version in shown.items() if code not in before]
            again = {name: sum(self._again(key, name) for key in keys) for name in self.universe}
            of_all, of_each = sum(again.values()), {key: sum(self.tables[key].values()) for key in keys}
            for name in (name for name, count in again.items() if is_small(count, 5)):
                there = sum(self.tables[key].get(name, 0) for key in keys)
                room = min(there, of_all) - max(0, of_all - (sum(of_each.values()) - there))
                weights = {
                    (side, (*key, name)): sign for key in keys for side, sign in (("seats", 1.0), ("first", -1.0))
                }
                yield weights, again[name], room

    def _again(self, key: Key, name: str) -> int:
        return self.tables[key].get(name, 0) - self.new[key].get(name, 0)

    def _side(self, side: str) -> dict[Key, dict[str, int]]:
        return {
            (code, self.versions[number][code]): state[side][self.dimension]
            for number, part in enumerate(self.world.parts)
            for code, state in part.basis["trainings"].items()
        }


@dataclass
class Attacker:
    """What one reader makes of the tables by one dimension; `universe` are the categories that there may be.

    `came` says of each table which categories were there, for a reader who knows whom it invited; `own` are counts
    that readers know because they are their own.
    """

    contents: Sequence[Json]
    dimension: str
    universe: Sequence[str]
    came: Mapping[Key, Collection[str]] | None = None
    own: Mapping[Cell, int] = field(default_factory=dict)
    columns: dict[tuple[str, Cell], int] = field(default_factory=dict)
    bounds: list[tuple[float, float]] = field(default_factory=list)
    rows: list[tuple[float, float, dict[int, float]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.versions = versions_of(self.contents)
        told: set[Key] = set()
        for number, content in enumerate(self.contents):
            for one in content["trainings"]:
                key = one["code"], self.versions[number][one["code"]]
                if key not in told:
                    told.add(key)
                    self._know_table(key, one)
                else:
                    self._know_cells(key, one["tables"][self.dimension])
            self._know_sums(number, content)
        self.model = self._solver()

    def range_of(self, weights: Weights) -> tuple[float, float]:
        """Return between which bounds a sum of unknown counts must lie."""
        columns = {self.columns[key]: weight for key, weight in weights.items()}
        for column, weight in columns.items():
            self.model.changeColCost(column, weight)
        found = []
        for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
            self.model.changeObjectiveSense(sense)
            self.model.run()
            assert self.model.getModelStatus() == highspy.HighsModelStatus.kOptimal, "The truth is a solution."
            found.append(self.model.getInfo().objective_function_value)
        for column in columns:
            self.model.changeColCost(column, 0)
        return found[0], found[1]

    def _know_table(self, key: Key, one: Json) -> None:
        table = one["tables"][self.dimension]
        present = self.came[key] if self.came else self.universe
        shows = any(count is not None for count in table["cells"].values())
        for category in self.universe:
            cell = (*key, category)
            is_floored = self.came is not None or (self.dimension != "institution" and shows)
            hidden = table["cells"].get(category, 0) is None or self.dimension == "institution"
            low = 1 if is_floored and hidden and category in present else 0
            high = 0 if category not in present else one["seats"]
            if cell in self.own:
                low = high = self.own[cell]
            self._column("seats", cell, low, high)
            self._column("first", cell, 0, one["seats"])
            self._row(0, one["seats"], {("seats", cell): 1, ("first", cell): -1})
        self._row(one["seats"], one["seats"], {("seats", (*key, name)): 1 for name in self.universe})
        self._know_cells(key, table)

    def _know_cells(self, key: Key, table: Json) -> None:
        for category, count in table["cells"].items():
            if count is not None:
                self._row(count, count, {("seats", (*key, category)): 1})
        if self.dimension != "institution" and any(count is not None for count in table["cells"].values()):
            for category in set(self.universe) - table["cells"].keys():
                self._row(0, 0, {("seats", (*key, category)): 1})

    def _know_sums(self, number: int, content: Json) -> None:
        standing = [(code, version) for code, version in self.versions[number].items()]
        everybody = {("first", (*key, name)): 1.0 for key in standing for name in self.universe}
        self._row(content["figures"]["people"], content["figures"]["people"], everybody)
        cells = content["tables"][self.dimension]["cells"]
        for category, count in cells.items():
            if count is not None:
                self._row(count, count, {("first", (*key, category)): 1.0 for key in standing})

    def _column(self, kind: str, cell: Cell, low: float, high: float) -> None:
        self.columns[kind, cell] = len(self.bounds)
        self.bounds.append((low, high))

    def _row(self, low: float, high: float, weights: Weights) -> None:
        self.rows.append((low, high, {self.columns[key]: weight for key, weight in weights.items()}))

    def _solver(self) -> highspy.Highs:
        model = highspy.Highs()
        model.silent()
        model.setOptionValue("threads", 1)
        for low, high in self.bounds:
            model.addVar(low, high)
        for low, high, weights in self.rows:
            model.addRow(low, high, len(weights), list(weights), list(weights.values()))
        return model


def versions_of(contents: Sequence[Json]) -> list[dict[str, int]]:
    """Return of each release which version of each training's table it shows: a corrected one is another one."""
    found: list[dict[str, int]] = []
    for content in contents:
        corrected = set(content["since"]["corrected"]) if content["since"] else set()
        before = found[-1] if found else {}
        codes = [one["code"] for one in content["trainings"]]
        found.append({code: before.get(code, 0) + (code in corrected) for code in codes})
    return found


def ranges_of_shares(
    contents: Sequence[Json], forms: Sequence[Mapping[str, int]]
) -> dict[tuple[str, int], tuple[float, float]]:
    """Return between which bounds the good and the other answers of each training's evaluation lie.

    `forms` says of each release how many have answered in each training, which whoever came may know. An exact share
    in whole percent is rounded half up; "at least" and "at most" are meant as they stand.
    """
    model = highspy.Highs()
    model.silent()
    places: dict[str, int] = {}
    many: dict[str, int] = {}
    for content, answered in zip(contents, forms, strict=True):
        for code, number in answered.items():
            if code not in places:
                places[code], many[code] = len(places), number
                model.addVar(0, number)
        told = content["evaluation"]
        if told is None or "as_of" in told:
            continue
        whole = sum(answered.values())
        low = {"most": 0}.get(told["bound"], (told["favorable"] - 0.5 * (told["bound"] == "exact")) * whole / 100)
        high = {"least": whole}.get(told["bound"], (told["favorable"] + 0.5 * (told["bound"] == "exact")) * whole / 100)
        model.addRow(low, high, len(answered), [places[code] for code in answered], [1.0] * len(answered))
    found = {}
    for code, column in places.items():
        model.changeColCost(column, 1)
        ends = []
        for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
            model.changeObjectiveSense(sense)
            model.run()
            assert model.getModelStatus() == highspy.HighsModelStatus.kOptimal, "The truth is a solution."
            ends.append(model.getInfo().objective_function_value)
        model.changeColCost(column, 0)
        found[code, many[code]] = ends[0], ends[1]
    return found
