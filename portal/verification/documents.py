"""The issue register as PDF, with a column for signatures, and as spreadsheet, in three languages."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from portal.certificates.models import CertificateCounter
from portal.certificates.rules import Entry
from portal.platform.dates import date_range, numeric_date
from portal.platform.exports import Cell, Sheet
from portal.platform.i18n import text_of
from portal.trainings.models import Training
from portal.verification.queries import Line

WORDS: Mapping[str, Mapping[str, str]] = json.loads(
    (Path(__file__).parent / "data" / "register.json").read_text(encoding="utf-8")
)
TEMPLATE = "certificate_register.html"
COLUMNS = ("number", "name", "institution", "kind", "issued_on", "state", "signature")


@dataclass(frozen=True)
class Row:
    """One printed line; what was never in anybody's hands, or is not ours to show, is not signed for."""

    number: str
    name: str = ""
    institution: str = ""
    kind: str = ""
    issued_on: str = ""
    state: str = ""
    is_signed: bool = False

    def cells(self) -> list[Cell]:
        return [self.number, self.name, self.institution, self.kind, self.issued_on, self.state, ""]


@dataclass(frozen=True)
class Register:
    lang: str
    subject: str
    title: str
    facts: Sequence[tuple[str, str]]
    as_of: str
    rows: Sequence[Row]
    numbers: int

    @property
    def words(self) -> Mapping[str, str]:
        return WORDS[self.lang]

    @property
    def document_title(self) -> str:
        return f"{self.subject} · {self.words['register']}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"words": dict(self.words), "columns": [self.words[name] for name in COLUMNS]}

    def sheet(self) -> Sheet:
        heading = [f"{self.words['register']}, {self.as_of}", self.title]
        heading += [f"{label}: {text}" for label, text in self.facts]
        columns = [self.words[name] for name in COLUMNS]
        return Sheet(self.words["register"], columns, [row.cells() for row in self.rows], heading)


def of_training(training: Training, lines: Sequence[Line], *, as_of: date, lang: str) -> Register:
    words = WORDS[lang]
    facts = [
        (words["training"], training.code),
        (words["dates"], date_range(training.starts_on, training.ends_on, lang)),
        (words["place"], f"{text_of(training.venue, 'name')}, {text_of(training.region, 'name')}"),
    ]
    return _register(training.code, text_of(training, "title"), facts, lines, as_of=as_of, lang=lang)


def of_series(register: CertificateCounter, lines: Sequence[Line], *, as_of: date, lang: str) -> Register:
    subject = f"{register.series}-{register.year}"
    return _register(subject, subject, [(WORDS[lang]["series"], subject)], lines, as_of=as_of, lang=lang)


def _register(
    subject: str, title: str, facts: Sequence[tuple[str, str]], lines: Sequence[Line], *, as_of: date, lang: str
) -> Register:
    return Register(
        lang=lang,
        subject=subject,
        title=title,
        facts=facts,
        as_of=WORDS[lang]["as_of"].format(day=numeric_date(as_of)),
        rows=[_row(line, WORDS[lang]) for line in lines],
        numbers=sum(not line.is_gap for line in lines),
    )


def _row(line: Line, words: Mapping[str, str]) -> Row:
    if line.is_gap:
        number = line.first if line.first == line.last else f"{line.first} – {line.last}"
        return Row(number, state=words["gap"])
    if line.entry is None:
        return Row(line.first, state=words["elsewhere"] if line.is_elsewhere else words["lost"])
    return Row(
        number=line.first,
        name=line.name,
        institution=text_of(line.institution, "name") if line.institution else "",
        kind=words[line.kind],
        issued_on=numeric_date(line.issued_on) if line.issued_on else "",
        state=_state(line, words),
        is_signed=line.entry not in (Entry.VOID, Entry.PENDING),
    )


def _state(line: Line, words: Mapping[str, str]) -> str:
    assert line.entry is not None
    if line.entry is Entry.REPLACED:
        return words["replaced"].format(number=line.detail)
    said = words[line.entry.value]
    return f"{said}; {words['on_behalf'].format(who=line.detail)}" if line.detail else said
