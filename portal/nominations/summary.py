"""Texts of rows and problems of a list, for pages, files and commands."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.list_reader.columns import NAME_COLUMNS, Column, ColumnMapping
from portal.list_reader.decisions import Outcome, Verdict
from portal.list_reader.problems import ListFault, Problem
from portal.nominations import queries
from portal.nominations.models import NominationList
from portal.nominations.queries import get_mapping
from portal.nominations.reading import Decided
from portal.people import queries as people
from portal.platform.i18n import _l, label, text_of
from portal.platform.i18n import gettext as _
from portal.records.rules import FaultCode

Line = dict[str, Any]

_MISSING: Mapping[str, Any] = {
    "family": _l("The family name is missing."),
    "given": _l("The given name is missing."),
    "institution": _l("The institution is missing."),
}
_FAULTS: Mapping[FaultCode, Any] = {
    FaultCode.TOO_LONG: _l("Longer than %(limit)s characters."),
    FaultCode.HIDDEN_CHARACTER: _l("An invisible character (%(character)s) stands at place %(position)s."),
    FaultCode.NAME_CHARACTER: _l("“%(character)s” at place %(position)s cannot be part of a name."),
    FaultCode.NAME_WITHOUT_LETTERS: _l("There is no letter in this name."),
    FaultCode.NAME_INITIALS: _l("Only initials: the certificate prints the name as it stands here."),
    FaultCode.SEX_UNKNOWN: _l("This does not say whether it is a man or a woman."),
    FaultCode.PHONE_INVALID: _l("This is not a phone number."),
    FaultCode.PHONE_DIGITS_LOST: _l(
        "The spreadsheet has turned the phone into a rounded number and digits are lost. Type the phone again as text."
    ),
    FaultCode.PHONE_UNUSUAL: _l("No operator is known for this phone number. Check its digits."),
    FaultCode.PHONE_SEVERAL: _l("Only the first phone is kept, not: %(others)s"),
    FaultCode.EMAIL_INVALID: _l("This is not an e-mail address."),
    FaultCode.EMAIL_SEVERAL: _l("Only the first e-mail address is kept, not: %(others)s"),
    FaultCode.BIRTH_YEAR_UNREADABLE: _l("A year of birth has four digits."),
    FaultCode.BIRTH_YEAR_IMPLAUSIBLE: _l("The year of birth should be between %(first)s and %(last)s."),
}

_MIXED = {
    "latin": _l("The letter “%(letter)s” at place %(position)s is Latin in a Cyrillic name. Is it “%(instead)s”?"),
    "cyrillic": _l("The letter “%(letter)s” at place %(position)s is Cyrillic in a Latin name. Is it “%(instead)s”?"),
}


def problem_text(problem: Problem, places: Mapping[str, str]) -> str:
    """Return a problem in words; `places` gives the names of the regions and institutions that may be offered."""
    args = dict(problem.args)
    if problem.code is ListFault.INSTITUTION_CLOSED:
        args["institution"] = places.get(args["institution"], args["institution"])
    if problem.code is FaultCode.REQUIRED:
        return str(_MISSING[args["part"]])
    if problem.code is FaultCode.NAME_MIXED_SCRIPT:
        return str(_MIXED[args["script"]]) % args
    text = label(problem.code) if isinstance(problem.code, ListFault) else str(_FAULTS[problem.code])
    offers = [places.get(code, code) for code in args.get("offers", ())]
    if offers:
        return f"{text} " + _("Nearest: %(offers)s.", offers=", ".join(offers))
    return text % args if args else text


def column_text(problem: Problem) -> str:
    """Return the heading as it stands in the file; for a column that the file lacks, what it would hold."""
    return problem.heading or (label(problem.column) if problem.column else "")


def place_names() -> dict[str, str]:
    """Return what regions and institutions are called in the language of the page, by code."""
    return {place.code: text_of(place, "name") for place in people.list_places()}


def repetition_text(number: int, name: str = "") -> str:
    if not name:
        return _("The same person as row %(row)s, which is kept.", row=number)
    return _("The same person as row %(row)s, %(name)s, which is kept.", row=number, name=name)


def problem_lines(file_problems: Iterable[Problem], verdicts: Sequence[Verdict], mapping: ColumnMapping) -> list[Line]:
    """Return every problem as a line: those of the whole file without a row, then row by row."""
    places = place_names()
    heading = next((mapping.header(column) for column in Column if column in NAME_COLUMNS & mapping.columns.keys()), "")
    names = {verdict.row.number: verdict.row.nominee.full_name for verdict in verdicts if verdict.row.nominee}
    lines = [_line(None, column_text(one), one.value, problem_text(one, places)) for one in file_problems]
    for verdict in verdicts:
        number, kept = verdict.row.number, verdict.row.duplicate_of or 0
        lines += [_line(number, column_text(one), one.value, problem_text(one, places)) for one in verdict.row.problems]
        if verdict.outcome is Outcome.DUPLICATE:
            lines.append(_line(number, heading, names[number], repetition_text(kept, names.get(kept, ""))))
    return lines


def _line(number: int | None, column: str, value: str, problem: str) -> Line:
    return {"row": number, "column": column or None, "value": value, "problem": problem}


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


def bad_rows(nomination_list: NominationList) -> tuple[list[str], list[list[str]]]:
    """Return the headings and the rows of a file that gives the bad rows back, each with what is wrong with it."""
    mapping, places = get_mapping(nomination_list), place_names()
    rows = queries.list_rows(nomination_list.id, (Outcome.BAD,))
    width = max((len(row.cells) for row in rows), default=0)
    used = mapping.columns.values()
    kept = [
        place for place in range(width) if place in used or any(row.cells[place : place + 1] != [""] for row in rows)
    ]
    names = {place: label(column) for column, place in mapping.columns.items()}
    headings = ["".join(mapping.headers[place : place + 1]) or names.get(place, "") for place in kept]
    given_back = []
    for row in rows:
        problems = [problem for stored in row.problems if not (problem := Problem.from_dict(stored)).is_warning]
        reasons = [f"{column_text(problem)}: {problem_text(problem, places)}" for problem in problems]
        given_back.append(["".join(row.cells[place : place + 1]) for place in kept] + ["\n".join(reasons)])
    return [*headings, _("What to fix")], given_back
