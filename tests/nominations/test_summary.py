"""Every code has its words, and the words say what the arguments say."""

import pytest

from portal.list_reader.columns import Column
from portal.list_reader.problems import ListFault, Problem
from portal.list_reader.rows import RowKind
from portal.nominations import summary
from portal.records.rules import FaultCode
from tests.nominations.lists import only, read, row

ARGS = {
    "limit": 120,
    "character": "<",
    "position": 3,
    "letter": "C",
    "script": "latin",
    "instead": "Сатаров",
    "others": "0700 12 34 56",
    "columns": "Паспорт",
    "sheet": "Список",
    "first": 1926,
    "last": 2010,
    "row": 7,
    "part": "family",
    "institution": "Академия",
    "day": "1 марта 2026 г.",
}


@pytest.mark.parametrize("code", [*FaultCode, *ListFault])
def test_every_problem_has_words_without_gaps(code: FaultCode | ListFault) -> None:
    text = summary.problem_text(Problem(code, args=ARGS), {})
    assert text.endswith((".", "”?", "56"))
    assert "%(" not in text


def test_every_column_and_ignored_row_has_a_label() -> None:
    assert all(column.label for column in Column)
    assert {kind for kind in RowKind if kind.label} == set(RowKind) - {RowKind.DATA}


def test_offers_are_named_in_words() -> None:
    (problem,) = only(read(row(region="Ош"))).problems
    text = summary.problem_text(problem, {"KG-GO": "Ош шаары", "KG-O": "Ош облусу"})
    assert text == "More than one region is called so. Nearest: Ош облусу, Ош шаары."


def test_percent_sign_of_a_cell_stays() -> None:
    (problem,) = only(read(row(name="100% Асанова"))).problems
    assert "“1”" in summary.problem_text(problem, {})


def test_missing_column_is_called_what_it_would_hold() -> None:
    assert summary.column_text(Problem(FaultCode.REQUIRED, Column.INSTITUTION)) == "Institution"
    assert summary.column_text(Problem(FaultCode.REQUIRED, Column.INSTITUTION, "Мекеме")) == "Мекеме"
