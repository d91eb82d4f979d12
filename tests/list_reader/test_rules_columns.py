"""Headers of nomination lists in three languages."""

import pytest

from portal.list_reader import columns
from portal.list_reader.columns import Column, ColumnMapping


def ignored(mapping: ColumnMapping) -> tuple[int, ...]:
    """Return the columns that have a heading and hold nothing that is read."""
    used = mapping.columns.values()
    return tuple(place for place, header in enumerate(mapping.headers) if header and place not in used)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("№", Column.NUMBER),
        ("№ п/п", Column.NUMBER),
        ("К/с", Column.NUMBER),
        ("Ф.И.О.", Column.FULL_NAME),
        ("Ф. И. О. участника", Column.FULL_NAME),
        ("ФИО (полностью)", Column.FULL_NAME),
        ("Фамилия, имя, отчество", Column.FULL_NAME),
        ("Фамилиясы, аты, атасынын аты", Column.FULL_NAME),
        ("Аты-жөнү", Column.FULL_NAME),
        ("Аты-жөнү / Ф.И.О.", Column.FULL_NAME),
        ("Full name", Column.FULL_NAME),
        ("Фамилиясы / Фамилия", Column.FAMILY),
        ("Surname", Column.FAMILY),
        ("Аты / Имя", Column.GIVEN),
        ("First name", Column.GIVEN),
        ("Имя Отчество", Column.GIVEN_PATRONYMIC),
        ("Атасынын аты / Отчество", Column.PATRONYMIC),
        ("АТАСЫНЫН АТЫ", Column.PATRONYMIC),
        ("Жынысы / Пол", Column.SEX),
        ("Gender", Column.SEX),
        ("Туулган жылы / Год рождения", Column.BIRTH_YEAR),
        ("Дата рождения", Column.BIRTH_YEAR),
        ("Мекеме / Орган", Column.INSTITUTION),
        ("Ведомство", Column.INSTITUTION),
        ("Место работы (орган)", Column.INSTITUTION),
        ("Institution", Column.INSTITUTION),
        ("Кызматы / Должность", Column.POST),
        ("Занимаемая должность", Column.POST),
        ("Звание / классный чин", Column.RANK),
        ("Специальное звание", Column.RANK),
        ("Облус / Регион", Column.REGION),
        ("Область", Column.REGION),
        ("Oblast", Column.REGION),
        ("Тел", Column.PHONE),
        ("Контактный телефон\n(моб.)", Column.PHONE),
        ("Байланыш телефону", Column.PHONE),
        ("E-mail", Column.EMAIL),
        ("Эл. почта", Column.EMAIL),
        ("Негизги же резерв / Основной или резерв", Column.ROLE),
        ("Участник или запасной", Column.ROLE),
        ("Катышуучу же запастагы", Column.ROLE),
        ("Паспорт", None),
        ("Талас облусу боюнча тизме / Список по Таласской области", None),
        ("Список сотрудников, направляемых на обучение в г. Ош", None),
        ("", None),
        ("x" * 5000, None),
    ],
)
def test_recognize_header(header: str, column: Column | None) -> None:
    assert (columns.recognize(header)[0] if len(header) < 200 else columns.detect([[header]])) == column


def columns_of(*rows: list[str]) -> dict[str, int] | None:
    found = columns.detect(rows)
    return {column.value: place for column, place in found.columns.items()} if found else None


def test_detect_header_below_letterhead() -> None:
    found = columns.detect([["Приложение к письму № 14"], [], ["№", "ФИО", "Тел"], ["1", "Асан уулу Бакыт", "12"]])
    assert found is not None
    assert (found.header_row, found.first_row, found.headers) == (2, 3, ("№", "ФИО", "Тел"))


def test_detect_three_name_cells_in_any_order() -> None:
    assert columns_of(["Тел", "Имя", "Отчество", "Фамилия"]) == {"phone": 0, "given": 1, "patronymic": 2, "family": 3}


def test_detect_family_and_the_rest_of_the_name() -> None:
    assert columns_of(["Фамилия", "Имя, отчество", "Тел"]) == {"family": 0, "given_patronymic": 1, "phone": 2}


@pytest.mark.parametrize("header", ["Имя", "Name", "Фамилия", "Аты"])
def test_detect_lone_name_is_the_whole_name(header: str) -> None:
    assert columns_of([header, "Телефон"]) == {"full_name": 0, "phone": 1}


def test_detect_names_alone() -> None:
    assert columns_of(["Ф.И.О."], ["Асанов Асан"]) == {"full_name": 0}


def test_detect_header_of_two_rows() -> None:
    rows = [
        ["Тизме"],
        ["№", "Ф.И.О.", "", "", "Пол"],
        ["", "Фамилия", "Имя", "Отчество", ""],
        ["1", "А", "Б", "В", "м"],
    ]
    found = columns.detect(rows)
    assert found is not None
    assert found.columns == {
        Column.NUMBER: 0,
        Column.FAMILY: 1,
        Column.GIVEN: 2,
        Column.PATRONYMIC: 3,
        Column.SEX: 4,
    }
    assert (found.first_row, found.headers) == (3, ("№", "Фамилия", "Имя", "Отчество", "Пол"))


def test_detect_takes_no_row_of_data_for_a_second_row_of_the_header() -> None:
    header = ["Ф.И.О.", "Орган", "Участие", "Тел"]
    data = ["Асанов Асан", "Следственная служба", "резерв", "0555123456"]
    found = columns.detect([header, data])
    assert found is not None
    assert found.first_row == 1


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [[]],
        [["Асанов", "Асан", "м", "ГКНБ"]],
        [["Пол", "Телефон", "Регион"], ["м", "0555", "Ош"]],
        [["a", "b"], ["1", "2"]],
    ],
)
def test_detect_without_header(rows: list[list[str]]) -> None:
    assert columns.detect(rows) is None


def test_ignored_columns_are_named() -> None:
    found = columns.detect([["ФИО", "Паспорт", "Тел", "", "ИНН"]])
    assert found is not None
    assert ignored(found) == (1, 4)


def test_choose_sheet_with_the_table() -> None:
    spare = [["Справочник"], ["Регион", "Код"]]
    short = [["ФИО", "Тел"], ["Асанов Асан", "1"]]
    full = [["№", "ФИО", "Тел", "Орган"], ["1", "Асанов Асан", "1", "ГКНБ"]]
    chosen = columns.choose_sheet([spare, short, [], full])
    assert chosen is not None
    assert chosen[0] == 3
    assert columns.choose_sheet([spare, []]) is None


def test_remap_by_hand() -> None:
    rows = [["Тизме"], ["Кто", "Откуда", "Куда звонить"], ["Асанов Асан", "ГКНБ", "0555123456"]]
    assert columns.detect(rows) is None
    mapping = columns.remap(rows, 1, {Column.FULL_NAME: 0, Column.PHONE: 2})
    assert (mapping.first_row, mapping.has_name, ignored(mapping)) == (2, True, (1,))
    assert (mapping.header(Column.PHONE), mapping.cell(rows[2], Column.PHONE)) == ("Куда звонить", "0555123456")


def test_remap_list_without_header() -> None:
    rows = [["Асанов Асан", "ГКНБ"]]
    mapping = columns.remap(rows, None, {Column.FULL_NAME: 0, Column.INSTITUTION: 1})
    assert (mapping.first_row, mapping.header(Column.FULL_NAME)) == (0, "")


def test_remap_keeps_a_header_of_two_rows() -> None:
    rows = [["№", "Ф.И.О.", "", "", "Пол"], ["", "Фамилия", "Имя", "Отчество", ""], ["1", "А", "Б", "В", "м"]]
    found = columns.detect(rows)
    assert found is not None
    assert columns.remap(rows, found.header_row, found.columns) == found


def test_mapping_without_name() -> None:
    assert not ColumnMapping(0, {Column.FAMILY: 0}).has_name
    assert not ColumnMapping(0, {Column.PHONE: 0}).has_name
