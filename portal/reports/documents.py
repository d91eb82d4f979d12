"""Parts of a release as spreadsheets: every table, and what its figures mean."""

from collections.abc import Iterator, Mapping
from typing import Any

from portal.platform.exports import Cell, Sheet
from portal.platform.i18n import gettext
from portal.reports import wording
from portal.reports.disclosure import Bound
from portal.reports.rules import BY_TRAINING

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
    """Return every count of all trainings together as a line: table, category, count; what is hidden is a dash."""
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
        value = (content[group] or {}).get(key)
        if key == "favorable" and value is not None and content[group].get("bound", Bound.EXACT) != Bound.EXACT:
            value = wording.share(content[group])
        if key != "as_of" or value is not None:
            yield [str(wording.TERMS[group]), words, _cell(value)]


def training_lines(content: Json, locale: str) -> Iterator[list[Cell]]:
    """Return every count of each training as a line: table, category, count."""
    for one in content["trainings"]:
        title = f"{one['code']} {wording.title_of(one, locale)}"
        yield [title, gettext("Completed"), one["seats"]]
        for dimension in BY_TRAINING:
            words = f"{one['code']}: {wording.TERMS[dimension]}"
            yield from _table_lines(words, one["tables"][dimension.value], content, locale)


def _table_lines(title: str, table: Json, content: Json, locale: str) -> Iterator[list[Cell]]:
    for category, count in table["cells"].items():
        yield [title, wording.name_of(category, content["names"], locale), _cell(count)]
    if table["other"] is not None:
        yield [title, gettext("Other"), table["other"]]
    if not table["cells"]:
        yield [title, "", HIDDEN]


def _trainings(content: Json, locale: str, heading: list[str]) -> Sheet:
    """Return a row for each training: a column for each category that one of them, or all together, show or hide."""
    categories = list(_categories(content))
    words = {name: wording.name_of(name, content["names"], locale) for _table, name in categories if name}
    columns = [gettext("Training"), gettext("Title"), gettext("First day"), gettext("Last day"), gettext("Completed")]
    columns += [words.get(name, gettext("Other")) for _table, name in categories]
    rows = []
    for one in content["trainings"]:
        cells = [_cell(_count_in(one["tables"][table], name)) for table, name in categories]
        title = wording.title_of(one, locale)
        rows.append([one["code"], title, one["starts_on"], one["ends_on"], one["seats"], *cells])
    return Sheet(gettext("Trainings"), columns, rows, heading)


def _categories(content: Json) -> Iterator[tuple[str, str]]:
    """Return every category by its table; an empty one stands for what a list has together as "other"."""
    sides = [content["tables"], *(one["tables"] for one in content["trainings"])]
    for dimension in BY_TRAINING:
        tables = [side[dimension.value] for side in sides]
        for category in dict.fromkeys(name for table in tables for name in table["cells"]):
            yield dimension.value, category
        if any(table["other"] is not None for table in tables):
            yield dimension.value, ""


def _count_in(table: Json, category: str) -> int | None:
    """Return a count of a table as it is shown: of a list that hides something, what it does not name is hidden."""
    if not category:
        return int(table["other"] or 0)
    if category in table["cells"]:
        count: int | None = table["cells"][category]
        return count
    return None if table["other"] is not None or not table["cells"] else 0


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
        "knowledge.trainings": gettext("Trainings with both tests"),
        "knowledge.as_of": gettext("As in release"),
        "evaluation.forms": gettext("Forms"),
        "evaluation.trainings": gettext("Trainings evaluated"),
        "evaluation.people": gettext("People who completed these trainings"),
        "evaluation.favorable": gettext("Marks 4 and 5, percent"),
        "evaluation.as_of": gettext("As in release"),
    }


def _cell(value: Any) -> Cell:
    return HIDDEN if value is None else value
