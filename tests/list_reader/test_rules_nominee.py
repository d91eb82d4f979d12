"""What stands against a row, beside the cell."""

import pytest

from portal.list_reader.problems import ListFault, Problem
from portal.records.rules import FaultCode
from tests.nominations.lists import HEADER, only, read, row


def test_good_row_is_read_whole() -> None:
    one = only(read(row()))
    assert one.problems == ()
    assert one.nominee is not None
    assert vars(one.nominee) == {
        "family": "Асанова",
        "given": "Аида",
        "patronymic": "Маратовна",
        "sex": "F",
        "birth_year": 1981,
        "institution": "SCNS",
        "region": "KG-GO",
        "post": "следователь",
        "rank": "",
        "phone": "+996555123456",
        "email": "a@b.kg",
        "role": "participant",
        "names_institution": True,
        "names_region": True,
    }


@pytest.mark.parametrize(
    ("cell", "value", "heading", "code"),
    [
        ("name", "", "Ф.И.О.", FaultCode.REQUIRED),
        ("name", "Асанова", "Ф.И.О.", FaultCode.REQUIRED),
        ("name", "<b>Асанова</b> Аида", "Ф.И.О.", FaultCode.NAME_CHARACTER),
        ("name", "{{7*7}} Аида", "Ф.И.О.", FaultCode.NAME_CHARACTER),
        ("name", "=1+1 Аида", "Ф.И.О.", FaultCode.NAME_CHARACTER),
        ("name", "Асанова \u202eадиА", "Ф.И.О.", FaultCode.HIDDEN_CHARACTER),
        ("sex", "?", "Пол", FaultCode.SEX_UNKNOWN),
        ("institution", "Министерство магии", "Орган", ListFault.INSTITUTION_UNKNOWN),
        ("institution", "", "Орган", FaultCode.REQUIRED),
        ("region", "Атлантида", "Регион", ListFault.REGION_UNKNOWN),
        ("region", "Ош", "Регион", ListFault.REGION_AMBIGUOUS),
        ("post", "следователь\u202e", "Должность", FaultCode.HIDDEN_CHARACTER),
        ("post", "с" * 201, "Должность", FaultCode.TOO_LONG),
        ("phone", "12", "Телефон", FaultCode.PHONE_INVALID),
        ("phone", "9.96555E+11", "Телефон", FaultCode.PHONE_DIGITS_LOST),
        ("email", "not-an-email", "Эл. почта", FaultCode.EMAIL_INVALID),
        ("year", "1890", "Год рождения", FaultCode.BIRTH_YEAR_IMPLAUSIBLE),
        ("role", "может быть", "Резерв", ListFault.ROLE_UNKNOWN),
    ],
)
def test_bad_cell_is_named_with_its_heading_and_value(
    cell: str, value: str, heading: str, code: FaultCode | ListFault
) -> None:
    one = only(read(row(**{cell: value})))
    found = {problem.code: problem for problem in one.problems}
    assert one.is_bad
    assert (found[code].heading, found[code].value, found[code].is_warning) == (heading, value, False)


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("name", "Cатарова Аида", FaultCode.NAME_MIXED_SCRIPT),
        ("name", "Асанова А.М.", FaultCode.NAME_INITIALS),
        ("sex", "", ListFault.SEX_MISSING),
        ("region", "", ListFault.REGION_MISSING),
        ("phone", "0555 12 34 56; 0700 12 34 56", FaultCode.PHONE_SEVERAL),
        ("email", "a@b.kg, c@d.kg", FaultCode.EMAIL_SEVERAL),
    ],
)
def test_doubtful_cell_warns_and_lets_the_row_in(cell: str, value: str, code: FaultCode | ListFault) -> None:
    one = only(read(row(**{cell: value})))
    assert [problem.code for problem in one.problems] == [code]
    assert one.is_kept


def test_name_with_a_latin_letter_is_kept_as_written() -> None:
    one = only(read(row(name="Cатарова Аида")))
    assert one.nominee is not None
    assert one.nominee.family == "Cатарова"
    assert one.problems[0].args["instead"] == "Сатарова"


def test_unknown_place_offers_the_nearest_and_chooses_none() -> None:
    one = only(read(row(region="Ошская облась", institution="Служба криминальной милици")))
    offers = {problem.code: problem.args["offers"] for problem in one.problems}
    assert offers[ListFault.REGION_UNKNOWN][0] == "KG-O"
    assert offers[ListFault.INSTITUTION_UNKNOWN] == ["MOI-CPS"]
    assert one.nominee is not None
    assert (one.nominee.region, one.nominee.institution) == ("", "")


@pytest.mark.parametrize("answer", ["да", "ооба", "+", "yes", "резерв", "резерв 1"])
def test_column_of_alternates_may_say_yes(answer: str) -> None:
    one = only(read(row(role=answer)))
    assert one.nominee is not None
    assert (one.nominee.role, one.problems) == ("alternate", ())


def test_missing_column_is_no_warning_but_the_institution_is_needed() -> None:
    one = only(read(("Асанов Асан", "0555123456"), header=("Ф.И.О.", "Тел")))
    (problem,) = one.problems
    assert (problem.code, problem.heading, problem.args) == (FaultCode.REQUIRED, "", {"part": "institution"})


def test_three_cells_of_a_name() -> None:
    header = ("Фамилия", "Имя", "Отчество", "Орган")
    one = only(read(("Өмүрбек уулу", "Үсөн", "-", "ГКНБ"), header=header))
    assert one.nominee is not None
    assert (one.nominee.family, one.nominee.given, one.nominee.patronymic) == ("Өмүрбек уулу", "Үсөн", "")


def test_given_name_and_patronymic_in_one_cell() -> None:
    header = ("Фамилия", "Имя, отчество", "Орган")
    one = only(read(("Турдубаев", "Руслан Таалай уулу", "ГКНБ"), header=header))
    assert one.nominee is not None
    assert (one.nominee.given, one.nominee.patronymic) == ("Руслан", "Таалай уулу")


def test_problem_is_stored_and_restored() -> None:
    for one in only(read(row(region="Ош", phone="12", name="Cатарова А."))).problems:
        assert Problem.from_dict(one.as_dict()) == one


def test_header_names_what_the_lists_of_the_tests_hold() -> None:
    assert len(HEADER) == len(row())
