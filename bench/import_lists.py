"""Seconds and memory for reading nomination lists: the three of the demo, and one of 10,000 rows in every format."""

import io
import json
import random
import resource
import time
from datetime import date
from pathlib import Path

from bench import FEW, tell
from portal.list_reader import columns, reading
from portal.list_reader.nominee import ReferenceData
from portal.people.rules import Choice, Places
from portal.platform import exports, sheets

ROOT = Path(__file__).parents[1]
COUNTRY = json.loads((ROOT / "portal" / "people" / "data" / "KG.json").read_text(encoding="utf-8"))
HEADER = ("№", "Ф.И.О.", "Пол", "Орган", "Должность", "Звание", "Регион", "Телефон", "Эл. почта", "Год рождения")
FAMILIES = ("Асанов", "Үсөнов", "Көчөрбаев", "Жумабаев", "Байгазиев", "Токтосунов", "Раимбердиев", "Сатаров")
GIVEN = ("Азамат", "Өмүрбек", "Жаныбек", "Талант", "Кубаныч", "Нурлан", "Чынгыз", "Эрлан", "Бакыт", "Төлөгөн")


def main() -> None:
    """Print what each list costs."""
    reference_data = ReferenceData(_places("regions"), _places("institutions"), date(2026, 11, 24))
    for path in sorted((ROOT / "portal" / "demo").glob("*-nominations.*")):
        _measure(path.name, path.read_bytes(), reference_data)
    people = list(list_people(10_000))
    _measure("10,000 rows.xlsx", exports.write_xlsx("list", HEADER, people), reference_data)
    _measure("10,000 rows.csv", exports.write_csv(HEADER, people), reference_data)
    text = io.StringIO()
    text.writelines("\t".join(row) + "\n" for row in (HEADER, *people))
    _measure("10,000 rows pasted", text.getvalue().encode(), reference_data)


def _measure(name: str, content: bytes, reference_data: ReferenceData) -> None:
    opened, read = [], []
    for _run in range(FEW):
        began = time.perf_counter()
        book = sheets.read(content, name)
        opened.append(time.perf_counter() - began)
        chosen = columns.choose_sheet([sheet.rows for sheet in book])
        if chosen is None:
            raise SystemExit(f"{name}: no header")
        found = reading.read_list(book[chosen[0]].rows, chosen[1], reference_data)
        read.append(time.perf_counter() - began - opened[-1])
    here, child = (
        resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    tell(f"{name}: opened", opened)
    tell(f"{name}: read", read)
    people = sum(row.is_kept for row in found)
    print(f"  {len(content) / 1024:.0f} kB, peak here {here} MB, in the child {child} MB, {people} people")


def list_people(number: int) -> list[tuple[str, ...]]:
    chance = random.Random(5)  # the same list every time
    return [
        (
            str(row),
            f"{chance.choice(FAMILIES)} {chance.choice(GIVEN)} {chance.choice(GIVEN)} уулу",
            "м",
            "Следственная служба МВД",
            "следователь",
            "капитан милиции",
            "Таласская область",
            f"0555 {row // 1000:02d} {row % 1000 // 10:02d} {row % 10:02d}",
            f"a{row}@example.org",
            str(1965 + row % 40),
        )
        for row in range(1, number + 1)
    ]


def _places(kind: str) -> Places:
    return Places(
        Choice(each["code"], (each["name_ky"], each["name_ru"], each["name_en"], *each["aliases"]))
        for each in COUNTRY[kind]
    )


if __name__ == "__main__":
    main()
