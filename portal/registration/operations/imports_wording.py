"""What a list's rows and problems are called, beside their cells on a page, in a file and on the command line."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AbstractMapping
from typing import Any

from portal.people import queries as people
from portal.platform.languages import text_of
from portal.platform.wording import _l
from portal.registration.operations.wording import column_text, problem_text
from portal.registration.rules.columns import NAME_COLUMNS, Column, Mapping
from portal.registration.rules.outcomes import Outcome, Verdict
from portal.registration.rules.problems import Problem

_REPEATS = _l("The same person as row %(row)s, %(name)s, which is kept.")
_REPEATED_BADLY = _l("The same person as row %(row)s, which is kept.")

Line = dict[str, Any]


def get_places() -> dict[str, str]:
    """Return what regions and institutions are called in the language of the page, by code."""
    return {place.code: text_of(place, "name") for place in (*people.list_regions(), *people.list_institutions())}


def repetition_text(number: int, name: str = "") -> str:
    """Return in words which row a repetition repeats."""
    return str(_REPEATS) % {"row": number, "name": name} if name else str(_REPEATED_BADLY) % {"row": number}


def name_heading(mapping: Mapping) -> str:
    """Return the heading under which the names stand in the file, or an empty text."""
    return next((mapping.header(column) for column in Column if column in NAME_COLUMNS & mapping.columns.keys()), "")


def problem_lines(file_problems: Iterable[Problem], verdicts: Sequence[Verdict], mapping: Mapping) -> list[Line]:
    """Return every problem as a line: those of the whole file without a row, then row by row."""
    places, heading = get_places(), name_heading(mapping)
    names = {verdict.row.number: verdict.row.nominee.full_name for verdict in verdicts if verdict.row.nominee}
    lines = [_line(None, problem, places) for problem in file_problems]
    for verdict in verdicts:
        lines += [_line(verdict.row.number, problem, places) for problem in verdict.row.problems]
        if verdict.outcome is Outcome.DUPLICATE:
            lines.append(_repetition_line(verdict, names, heading))
    return lines


def _line(number: int | None, problem: Problem, places: AbstractMapping[str, str]) -> Line:
    return {
        "row": number,
        "column": column_text(problem) or None,
        "value": problem.value,
        "problem": problem_text(problem, places),
    }


def _repetition_line(verdict: Verdict, names: AbstractMapping[int, str], heading: str) -> Line:
    kept = verdict.row.duplicate_of or 0
    return {
        "row": verdict.row.number,
        "column": heading or None,
        "value": names[verdict.row.number],
        "problem": repetition_text(kept, names.get(kept, "")),
    }
