"""A part of a release as spreadsheets: every table, and what its numbers mean."""

from collections.abc import Iterator, Mapping
from typing import Any

from portal.platform.exports import Cell, Sheet
from portal.platform.wording import gettext
from portal.reports import wording
from portal.reports.rules.counting import BY_TRAINING, UNKNOWN

HIDDEN = "–"
Json = Mapping[str, Any]


def sheets(content: Json, about: list[tuple[str, str]], locale: str) -> list[Sheet]:
    """Return the sheets of a workbook: counts, trainings, and a sheet of definitions with what the release is."""
    heading = [text for _label, text in about[:2]]
    counts = Sheet(
        gettext("Counts"),
        [gettext("Table"), gettext("Category"), gettext("Count")],
        list(count_lines(content, locale)),
        heading,
    )
    return [counts, _trainings(content, locale, heading), _definitions(content, about)]


def count_lines(content: Json, locale: str) -> Iterator[list[Cell]]:
    """Return every count as a line: table, category, count; what is hidden is a dash."""
    for name, value in content["figures"].items():
        yield [str(wording.TERMS[name]), "", _cell(value)]
    for dimension in BY_TRAINING:
        yield from _table_lines(str(wording.TERMS[dimension]), content["tables"][dimension.value], content, locale)
    for institution, table in content["tables"]["service"].items():
        title = f"{wording.TERMS['service']}: {wording.name_of(institution, content['names'], locale)}"
        yield from _table_lines(title, table, content, locale)
    for month, _held, seats in content["months"]:
        yield [str(wording.TERMS["months"]), month, seats]
    for name, words in _mean_words().items():
        group, _dot, key = name.partition(".")
        value = content[group][key] if content[group] else None
        yield [str(wording.TERMS[group]), words, _cell(value)]


def training_columns() -> list[str]:
    """Return the columns of the list of trainings before those of its tables."""
    return [gettext("Training"), gettext("Title"), gettext("First day"), gettext("Last day"), gettext("Completed")]


def _table_lines(title: str, table: Json, content: Json, locale: str) -> Iterator[list[Cell]]:
    for category, count in table["cells"].items():
        yield [title, wording.name_of(category, content["names"], locale), _cell(count)]
    if table["other"] is not None:
        yield [title, gettext("Other"), table["other"]]
    if not table["cells"]:
        yield [title, "", HIDDEN]


def _trainings(content: Json, locale: str, heading: list[str]) -> Sheet:
    categories = [
        (dimension.value, category)
        for dimension in BY_TRAINING[:2]
        for category in content["tables"][dimension.value]["cells"]
        if category != UNKNOWN
    ]
    columns = training_columns() + [wording.name_of(name, content["names"], locale) for _one, name in categories]
    rows = []
    for one in content["trainings"]:
        title = one["titles"].get(locale) or one["titles"].get("ru") or one["titles"].get("en") or ""
        cells = [_cell(one["tables"][table]["cells"].get(name, 0)) for table, name in categories]
        rows.append([one["code"], title, one["starts_on"], one["ends_on"], one["seats"], *cells])
    return Sheet(gettext("Trainings"), columns, rows, heading)


def _definitions(content: Json, about: list[tuple[str, str]]) -> Sheet:
    rows: list[list[Cell]] = [[label, text] for label, text in about]
    rows.append([gettext("Hidden counts"), wording.rule(content["k"])])
    rows += [[str(term), str(wording.DEFINITIONS[name])] for name, term in wording.TERMS.items()]
    return Sheet(gettext("Definitions"), [gettext("Word"), gettext("Meaning")], rows, [])


def _mean_words() -> dict[str, str]:
    return {
        "knowledge.pairs": gettext("People who took both tests"),
        "knowledge.pre": gettext("Mean before, percent"),
        "knowledge.post": gettext("Mean after, percent"),
        "knowledge.mean": gettext("Mean change, points"),
        "knowledge.low": gettext("Lower end of the interval, 95 %"),
        "knowledge.high": gettext("Upper end of the interval, 95 %"),
        "evaluation.forms": gettext("Forms"),
        "evaluation.attended": gettext("People who attended"),
        "evaluation.favorable": gettext("Marks 4 and 5, percent"),
    }


def _cell(value: Any) -> Cell:
    return HIDDEN if value is None else value
