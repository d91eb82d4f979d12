"""Texts of columns, rows and problems of a nomination list."""

from collections.abc import Mapping
from typing import Any

from portal.list_reader.columns import Column
from portal.list_reader.problems import ListFault, Problem
from portal.list_reader.rows import RowKind
from portal.platform.i18n import _l
from portal.records.rules import FaultCode
from portal.registration.history import FACTS

_OF_LISTS: Mapping[str, Any] = {
    Column.NUMBER: _l("Row number"),
    Column.FULL_NAME: _l("Full name in one cell"),
    Column.GIVEN_PATRONYMIC: _l("Given name and patronymic in one cell"),
    Column.ROLE: _l("Participant or alternate"),
}
COLUMNS: Mapping[Column, Any] = {column: {**FACTS, **_OF_LISTS}[column] for column in Column}

IGNORED: dict[RowKind, Any] = {
    RowKind.LETTERHEAD: _l("Text above the table"),
    RowKind.HEADER: _l("Header"),
    RowKind.REPEATED_HEADER: _l("Header again"),
    RowKind.SECTION: _l("Heading inside the table"),
    RowKind.FOOTER: _l("Text below the table"),
    RowKind.BLANK: _l("Blank row"),
}

_MISSING: dict[str, Any] = {
    "family": _l("The family name is missing."),
    "given": _l("The given name is missing."),
    "institution": _l("The institution is missing."),
}

_PROBLEMS: dict[FaultCode | ListFault, Any] = {
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
    ListFault.REGION_UNKNOWN: _l("There is no such region."),
    ListFault.REGION_AMBIGUOUS: _l("More than one region is called so."),
    ListFault.REGION_MISSING: _l("The region is missing."),
    ListFault.INSTITUTION_UNKNOWN: _l("There is no such institution."),
    ListFault.INSTITUTION_AMBIGUOUS: _l("More than one institution is called so."),
    ListFault.INSTITUTION_OF_OTHERS: _l("This list is for people of the institution that hands it in."),
    ListFault.INSTITUTION_CLOSED: _l("%(institution)s is closed and takes nobody any more. Choose who took over."),
    ListFault.ROLE_UNKNOWN: _l("This does not say whether the person is a participant or an alternate."),
    ListFault.SEX_MISSING: _l("It is not said whether it is a man or a woman."),
    ListFault.SAME_NAME_IN_LIST: _l("The same name stands in row %(row)s. It is taken for another person."),
    ListFault.SAME_PHONE_IN_LIST: _l("The same phone stands in row %(row)s beside another name."),
    ListFault.POSSIBLY_KNOWN: _l("Somebody of this name is known already. It is taken for another person."),
    ListFault.LIKELY_REGISTERED: _l(
        "Somebody of this name is in the training already. It is taken for the same person: look at what is different."
    ),
    ListFault.WINDOWS_1251: _l(
        "The file is written in Windows-1251, which has no Ң, Ө and Ү. Check the names for these letters."
    ),
    ListFault.COLUMNS_NOT_KEPT: _l("Not read and not kept, since no training needs it: %(columns)s."),
    ListFault.OTHER_SHEETS: _l("Only the sheet “%(sheet)s” was read, not: %(others)s."),
}

_MIXED = {
    "latin": _l("The letter “%(letter)s” at place %(position)s is Latin in a Cyrillic name. Is it “%(instead)s”?"),
    "cyrillic": _l("The letter “%(letter)s” at place %(position)s is Cyrillic in a Latin name. Is it “%(instead)s”?"),
}
_OFFERS = _l("Nearest: %(offers)s.")


def problem_text(problem: Problem, places: Mapping[str, str]) -> str:
    """Return a problem in words; `places` gives the names of the regions and institutions that may be offered."""
    args = dict(problem.args)
    if problem.code is ListFault.INSTITUTION_CLOSED:
        args["institution"] = places.get(args["institution"], args["institution"])
    if problem.code is FaultCode.REQUIRED:
        return str(_MISSING[args["part"]])
    if problem.code is FaultCode.NAME_MIXED_SCRIPT:
        return str(_MIXED[args["script"]]) % args
    text = str(_PROBLEMS[problem.code])
    offers = [places.get(code, code) for code in args.get("offers", ())]
    if offers:
        return f"{text} {str(_OFFERS) % {'offers': ', '.join(offers)}}"
    return text % args if args else text


def column_text(problem: Problem) -> str:
    """Return the heading as it stands in the file; for a column that the file lacks, what it would hold."""
    if problem.heading or not problem.column:
        return problem.heading
    return str(COLUMNS[problem.column])
