"""Lists of people as PDF and spreadsheet, in the language of the list: participants, payments, the institutions' list.

No list has a phone, a birth date or a reason. What goes to institutions has no attendance either.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from portal.closing.rules import Paper, Reconciled
from portal.completion.rules import CertificateKind
from portal.logistics.queries import Paid
from portal.logistics.rules import Rates
from portal.materials import spelling
from portal.platform.dates import date_range, numeric_date
from portal.platform.exports import Cell, Sheet
from portal.platform.i18n import text_of
from portal.registration.models import Registration
from portal.trainings.models import Training

WORDS: Mapping[str, Mapping[str, str]] = json.loads((Path(__file__).parent / "data" / "words.json").read_text("utf-8"))
TEMPLATE = "people_list.html"
_SUMS = frozenset({"per_day", "travel", "sum"})
_RIGHT = _SUMS | {"number", "days", "percent"}
Section = tuple[str, Sequence[Sequence[Cell]]]  # An institution's name and its rows; without a name all rows.


@dataclass(frozen=True)
class PeopleList:
    """One list; sums are in the smallest unit of their currency.

    `total` stands under the columns, `notes` under the table, `signatures` at the foot.
    """

    kind: str
    lang: str
    training: str
    title: str
    facts: Sequence[tuple[str, str]]
    as_of: str
    columns: Sequence[str]
    sections: Sequence[Section]
    is_preliminary: bool = False
    total: Mapping[str, Cell] | None = None
    notes: Sequence[str] = ()
    signatures: Sequence[str] = ()

    @property
    def words(self) -> Mapping[str, str]:
        return WORDS[self.lang]

    @property
    def people(self) -> int:
        return sum(len(rows) for _title, rows in self.sections)

    @property
    def document_title(self) -> str:
        return f"{self.training} · {self.words[self.kind]}"

    def as_dict(self) -> dict[str, Any]:
        """Return the facts as plain JSON values, as the template takes them."""
        sections = [
            {"title": title, "rows": [list(map(self._written, self.columns, row)) for row in rows]}
            for title, rows in self.sections
        ]
        total = self.total and {name: self._written(name, cell) for name, cell in self.total.items()}
        return asdict(self) | {
            "words": dict(self.words),
            "columns": [
                {"name": name, "label": self._label(name), "is_right": name in _RIGHT} for name in self.columns
            ],
            "sections": sections,
            "total": total,
        }

    def sheet(self) -> Sheet:
        """Return the list as a sheet, all sections under each other."""
        rows: list[list[Cell]] = [
            list(map(_in_units, self.columns, row)) for _title, section in self.sections for row in section
        ]
        if self.total:
            rows.append([_in_units(name, self.total.get(name, "")) for name in self.columns])
        notes: list[list[Cell]] = [["", note] for note in self.notes]
        rows += [[], *notes] if notes else []
        heading = [f"{self.words[self.kind]}, {self.as_of}", f"{self.training}. {self.title}"]
        heading += [f"{label}: {text}" for label, text in self.facts]
        if self.is_preliminary:
            heading.insert(1, self.words["preliminary_note"])
        return Sheet(self.words[self.kind], [self._label(name) for name in self.columns], rows, heading)

    def _label(self, name: str) -> str:
        return "№" if name == "number" else self.words[name]

    def _written(self, name: str, cell: Cell) -> str:
        if name in _SUMS and isinstance(cell, int):
            return spelling.amount(cell)
        if isinstance(cell, float):
            return str(cell) if self.lang == "en" else str(cell).replace(".", ",")
        return "" if cell is None else str(cell)


def participants(
    training: Training, people: Sequence[Paid], reconciled: Iterable[Reconciled], *, as_of: date, lang: str
) -> PeopleList:
    """Return everybody with a seat, how long they were there and what came of it."""
    words, known = WORDS[lang], {one.registration_id: one for one in reconciled}
    rows: list[list[Cell]] = []
    for number, one in enumerate(people, start=1):
        outcome = known[one.registration.id]
        result = words["completed" if outcome.eligibility.is_eligible else "not_completed"]
        certificate = outcome.number if outcome.paper == Paper.VALID else ""
        if certificate and outcome.kind == CertificateKind.ATTENDANCE:
            certificate += f" ({words['of_attendance']})"
        rows.append([number, *_who(one.registration, lang), one.days, one.percent, result, certificate])
    return PeopleList(
        kind="participants",
        columns=("number", "name", "institution", "post", "region", "days", "percent", "result", "certificate"),
        sections=[("", rows)],
        is_preliminary=not training.is_locked,
        notes=[f"{words['people']}: {len(rows)}"],
        signatures=["coordinator"],
        **_head(training, as_of, lang),
    )


def payments(training: Training, people: Sequence[Paid], rates: Rates, *, as_of: date, lang: str) -> PeopleList:
    """Return who is paid how much for which days, with the total in figures and words."""
    words = WORDS[lang]
    paid = [(one, one.payment) for one in people if one.payment and one.payment.total]
    rows: list[list[Cell]] = []
    for number, (one, due) in enumerate(paid, start=1):
        name, institution, *_rest = _who(one.registration, lang)
        rows.append([number, name, institution, due.days, one.percent, due.per_day, due.travel, due.total, "", "", ""])
    worth = sum(due.total for _one, due in paid)
    head = _head(training, as_of, lang)
    terms = words["day_terms"].format(
        rate=spelling.amount(rates.day_rate),
        share=rates.day_share,
        travel=spelling.amount(rates.travel),
        currency=rates.currency,
    )
    head["facts"] += [(words["rate"], f"{terms}; {words['day_counts'].format(minimum=rates.day_minimum)}")]
    return PeopleList(
        kind="payments",
        columns=(
            *("number", "name", "institution", "days", "percent", "per_day", "travel", "sum"),
            *("id", "route", "signature"),
        ),
        sections=[("", rows)],
        total={
            "name": f"{words['total']}, {rates.currency}",
            "days": sum(due.days for _one, due in paid),
            "travel": sum(due.travel for _one, due in paid),
            "sum": worth,
        },
        notes=[f"{words['in_words']}: {spelling.money(worth, rates.currency, lang)}", *_left_out(people, rates, words)],
        signatures=["approved", "accountant", "payer"],
        **head,
    )


def institutions(training: Training, registrations: Sequence[Registration], *, as_of: date, lang: str) -> PeopleList:
    """Return who takes part, by institution: names and posts, no attendance and no reasons."""
    words = WORDS[lang]
    in_order = sorted(registrations, key=lambda one: _institution(one, lang))  # stable: names keep their order
    sections: list[Section] = []
    for name, those in groupby(in_order, key=lambda one: _institution(one, lang)):
        rows: list[list[Cell]] = [
            [number, one.person.full_name, one.post, name, words["participates"]]
            for number, one in enumerate(those, start=1)
        ]
        sections.append((name, rows))
    return PeopleList(
        kind="institutions",
        columns=("number", "name", "post", "institution", "participation"),
        sections=sections,
        signatures=["coordinator"],
        **_head(training, as_of, lang),
    )


def _head(training: Training, as_of: date, lang: str) -> dict[str, Any]:
    words = WORDS[lang]
    place = dict.fromkeys((text_of(training.venue, "name", lang), text_of(training.region, "name", lang)))
    facts = [
        (words["dates"], date_range(training.starts_on, training.ends_on, lang)),
        (words["place"], ", ".join(filter(None, place))),
    ]
    if training.project:
        facts.append((words["project"], f"{training.project.code}. {text_of(training.project, 'title', lang)}"))
    as_of_words = words["as_of"].format(day=numeric_date(as_of))
    if training.corrections:
        as_of_words += "; " + words["corrections"].format(number=training.corrections)
    return {
        "lang": lang,
        "training": training.code,
        "title": text_of(training, "title", lang) or text_of(training.course, "title", lang),
        "facts": facts,
        "as_of": as_of_words,
    }


def _left_out(people: Sequence[Paid], rates: Rates, words: Mapping[str, str]) -> list[str]:
    """Return who is not on the list, by number: an auditor counts the room, not the paper."""
    here = [] if rates.pays_residents else [one for one in people if one.days > 0]
    counted = {
        "residents": sum(one.is_resident for one in here),
        "without_days": sum(not one.days for one in people),
        "region_missing": sum(not one.registration.region_code for one in here),
    }
    return [words[name].format(number=number) for name, number in counted.items() if number]


def _who(registration: Registration, lang: str) -> tuple[str, str, str, str]:
    region = text_of(registration.region, "name", lang) if registration.region else ""
    return registration.person.full_name, _institution(registration, lang), registration.post, region


def _institution(registration: Registration, lang: str) -> str:
    return text_of(registration.institution, "name", lang) if registration.institution else ""


def _in_units(name: str, cell: Cell) -> Cell:
    """Return a sum in whole units of its currency, as a spreadsheet adds it up."""
    if name in _SUMS and isinstance(cell, int):
        return cell / 100 if cell % 100 else cell // 100
    return cell
