"""Lists for tests: those of the ministries, and small ones made on the spot."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from portal.list_reader import columns, reading
from portal.list_reader.nominee import ReferenceData
from portal.list_reader.reading import ReadRow
from portal.list_reader.rows import MAX_DATA_ROWS, RowKind
from portal.people.rules import Choice, Places
from portal.platform import sheets

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
HEADER = ("№", "Ф.И.О.", "Пол", "Орган", "Должность", "Регион", "Телефон", "Эл. почта", "Год рождения", "Резерв")
AIDA = ("1", "Асанова Аида Маратовна", "ж", "ГКНБ", "следователь", "г. Ош", "0555 12 34 56", "a@b.kg", "1981", "")


@cache
def reference_data() -> ReferenceData:
    """Return the regions and institutions of the country, as the portal knows them from the start."""
    country = json.loads((ROOT / "portal" / "people" / "data" / "KG.json").read_text(encoding="utf-8"))
    return ReferenceData(_places(country["regions"]), _places(country["institutions"]), date(2026, 11, 24))


def _places(entries: list[dict[str, Any]]) -> Places:
    return Places(Choice(e["code"], (e["name_ky"], e["name_ru"], e["name_en"], *e["aliases"])) for e in entries)


@dataclass(frozen=True)
class ReadList:
    """The rows of a list, all of them, in the order of the sheet."""

    rows: list[ReadRow]

    @property
    def people(self) -> list[ReadRow]:
        return [row for row in self.rows if row.is_kept]

    @property
    def counts(self) -> dict[str, int]:
        """Return rows of persons, duplicates and bad rows; what is ignored counts nowhere."""
        data = [row for row in self.rows if row.kind is RowKind.DATA]
        tally = Counter("bad" if row.is_bad else "duplicates" if row.duplicate_of else "good" for row in data)
        return {"rows": len(data), "duplicates": tally["duplicates"], "bad": tally["bad"]}

    @property
    def is_too_long(self) -> bool:
        return self.counts["rows"] > MAX_DATA_ROWS


@cache
def sent(name: str) -> tuple[ReadList, str | None]:
    """Return a ministry's list as it is read, and the encoding of its file."""
    (path,) = [path for path in DATA.glob(f"{name}-nominations.*") if not path.name.endswith(".json")]
    book = sheets.read(path.read_bytes(), path.name)
    index, mapping = columns.choose_sheet([sheet.rows for sheet in book]) or (0, None)
    assert mapping is not None
    return ReadList(reading.read_list(book[index].rows, mapping, reference_data())), book[index].encoding


def truth(name: str) -> dict[str, Any]:
    """Return what is true about a ministry's list."""
    found: dict[str, Any] = json.loads((DATA / f"{name}-nominations.truth.json").read_text(encoding="utf-8"))
    return found


def read(*rows: Sequence[str], header: Sequence[str] = HEADER) -> ReadList:
    """Return a list of a header and these rows, read."""
    table = [list(header), *map(list, rows)]
    mapping = columns.detect(table)
    assert mapping is not None
    return ReadList(reading.read_list(table, mapping, reference_data()))


def row(**changes: str) -> tuple[str, ...]:
    """Return Aida's row with some cells changed; the keys are the column names in English."""
    keys = ("number", "name", "sex", "institution", "post", "region", "phone", "email", "year", "role")
    return tuple(changes.get(key, cell) for key, cell in zip(keys, AIDA, strict=True))


def only(found: ReadList) -> ReadRow:
    """Return the only row of persons."""
    (one,) = [each for each in found.rows if each.nominee]
    return one
