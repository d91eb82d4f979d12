"""Texts of rows and problems of a list, for pages, files and commands."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.list_reader.columns import NAME_COLUMNS, Column, ColumnMapping
from portal.list_reader.decisions import Outcome, Verdict
from portal.list_reader.problems import Problem
from portal.nominations import queries
from portal.nominations.matching import Decided
from portal.nominations.models import NominationList, NominationRow
from portal.nominations.queries import get_mapping
from portal.nominations.wording import COLUMNS, column_text, problem_text
from portal.people import queries as people
from portal.platform.i18n import _l, text_of

_REPEATS = _l("The same person as row %(row)s, %(name)s, which is kept.")
_TO_MEND = _l("What to fix")
_REPEATED_BADLY = _l("The same person as row %(row)s, which is kept.")

Line = dict[str, Any]


def get_places() -> dict[str, str]:
    """Return what regions and institutions are called in the language of the page, by code."""
    return {place.code: text_of(place, "name") for place in people.list_places()}


def repetition_text(number: int, name: str = "") -> str:
    """Return in words which row a repetition repeats."""
    return str(_REPEATS) % {"row": number, "name": name} if name else str(_REPEATED_BADLY) % {"row": number}


def name_heading(mapping: ColumnMapping) -> str:
    """Return the heading under which the names stand in the file, or an empty text."""
    return next((mapping.header(column) for column in Column if column in NAME_COLUMNS & mapping.columns.keys()), "")


def problem_lines(file_problems: Iterable[Problem], verdicts: Sequence[Verdict], mapping: ColumnMapping) -> list[Line]:
    """Return every problem as a line: those of the whole file without a row, then row by row."""
    places, heading = get_places(), name_heading(mapping)
    names = {verdict.row.number: verdict.row.nominee.full_name for verdict in verdicts if verdict.row.nominee}
    lines = [_line(None, problem, places) for problem in file_problems]
    for verdict in verdicts:
        lines += [_line(verdict.row.number, problem, places) for problem in verdict.row.problems]
        if verdict.outcome is Outcome.DUPLICATE:
            lines.append(_repetition_line(verdict, names, heading))
    return lines


def changed_lines(decided: Decided) -> list[Line]:
    """Return who of the training is kept otherwise than the list says, with both by fact, row by row."""
    return [
        {
            "row": verdict.row.number,
            "registration": decided.present[verdict.person_id].reference,
            "name": verdict.row.nominee.full_name,
            "fields": {fact: [change["before"], change["after"]] for fact, change in verdict.changes.items()},
        }
        for verdict in decided.verdicts
        if verdict.changes and verdict.person_id is not None and verdict.row.nominee
    ]


def gone_lines(decided: Decided) -> list[Line]:
    """Return who of the training the list should name and does not; `row` names somebody who may be the same."""
    return [{"registration": one.reference, "name": one.name, "row": one.row} for one in decided.gone]


def _line(number: int | None, problem: Problem, places: Mapping[str, str]) -> Line:
    return {
        "row": number,
        "column": column_text(problem) or None,
        "value": problem.value,
        "problem": problem_text(problem, places),
    }


def _repetition_line(verdict: Verdict, names: Mapping[int, str], heading: str) -> Line:
    kept = verdict.row.duplicate_of or 0
    return {
        "row": verdict.row.number,
        "column": heading or None,
        "value": names[verdict.row.number],
        "problem": repetition_text(kept, names.get(kept, "")),
    }


def bad_rows(nomination_list: NominationList) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the rows of a file that gives the bad rows back, each with what is wrong with it."""
    mapping, places = get_mapping(nomination_list), get_places()
    rows = queries.list_rows(nomination_list.id, (Outcome.BAD,))
    width = max((len(row.cells) for row in rows), default=0)
    used = mapping.columns.values()
    kept = [
        place for place in range(width) if place in used or any(row.cells[place : place + 1] != [""] for row in rows)
    ]
    names = {place: str(COLUMNS[column]) for column, place in mapping.columns.items()}
    headings = ["".join(mapping.headers[place : place + 1]) or names.get(place, "") for place in kept]
    return [*headings, str(_TO_MEND)], [_bad_row(row, kept, places) for row in rows]


def _bad_row(row: NominationRow, kept: Sequence[int], places: Mapping[str, str]) -> list[str]:
    problems = [Problem.from_dict(stored) for stored in row.problems]
    reasons = [
        f"{column_text(problem)}: {problem_text(problem, places)}" for problem in problems if not problem.is_warning
    ]
    return [*(row.cells[place] if place < len(row.cells) else "" for place in kept), "\n".join(reasons)]
