"""Rows that speak of a person, and rows that do not."""

import pytest

from portal.list_reader.columns import detect
from portal.list_reader.rows import RowKind, classify, role
from portal.registration.rules import RegistrationRole
from tests.nominations.lists import HEADER, ReadList, read, row


def kinds(found: ReadList) -> list[str]:
    return [each.kind.value for each in found.rows]


def test_everything_around_the_persons_is_ignored() -> None:
    rows = [
        ["Приложение к письму"],
        [],
        ["№", "Ф.И.О.", "Орган", "Тел"],
        ["1", "2", "3", "4"],
        ["1", "Асанов Асан", "ГКНБ", "0555123456"],
        ["№", "Ф.И.О.", "Орган", "Тел"],
        ["", ""],
        ["2", "Асанова Асел", "ГКНБ", "0555123457"],
        ["Всего: 2"],
        [],
        ["", "Исполнитель: канцелярия, тел. 0312 66-20-00"],
    ]
    mapping = detect(rows)
    assert mapping is not None
    assert [kind.value for kind in classify(rows, mapping)] == [
        "letterhead",
        "blank",
        "header",
        "repeated_header",
        "data",
        "repeated_header",
        "blank",
        "data",
        "footer",
        "blank",
        "footer",
    ]


def test_header_twice_counts_nowhere_and_is_shown() -> None:
    found = read(row(), HEADER, row(number="2", name="Асанов Асан Асанович", sex="м", phone="0700 11 22 33", email=""))
    assert kinds(found) == ["header", "data", "repeated_header", "data"]
    assert found.counts == {"rows": 2, "duplicates": 0, "bad": 0}


@pytest.mark.parametrize(
    "footer",
    [
        ("", "Исполнитель: канцелярия, тел. 0312 66-20-00"),
        ("", "Начальник управления", "", "", "", "А.Б. Иванов"),
        ("", "", "", "", "", "М.П."),
        ("Итого: 1 человек",),
        ("", "Жалпы: 1"),
        ("", "", "", "подпись"),
        ("", "Total: 1"),
    ],
)
def test_signature_below_the_table_is_ignored(footer: tuple[str, ...]) -> None:
    found = read(row(), footer)
    assert kinds(found)[:2] == ["header", "data"]
    assert found.counts == {"rows": 1, "duplicates": 0, "bad": 0}


@pytest.mark.parametrize(
    "sparse",
    [
        ("2", "Асанов Асан"),
        ("2", "Асанов"),
        ("", "Асанов Асан Асанович"),
        ("2", "", "м", "ГКНБ", "", "", "0555123457"),
        ("", "", "м", "ГКНБ", "следователь"),
    ],
)
def test_person_with_little_said_is_not_lost(sparse: tuple[str, ...]) -> None:
    found = read(row(), sparse)
    assert kinds(found)[2] == "data"
    assert found.counts["bad"] == 1


def test_total_in_the_middle_is_ignored() -> None:
    other = row(number="2", name="Асанов Асан", sex="м", phone="0700 11 22 33", email="")
    assert kinds(read(row(), ("Итого по МВД: 1",), other)) == ["header", "data", "section", "data"]
    assert kinds(read(row(), ("", "Итого по МВД: 1"), other)) == ["header", "data", "footer", "data"]


def test_heading_inside_the_table_makes_alternates() -> None:
    other = row(number="1", name="Асанов Асан", sex="м", phone="0700 11 22 33", email="")
    found = read(row(), ("", "", "Резерв"), other)
    assert kinds(found) == ["header", "data", "section", "data"]
    assert [each.nominee.role for each in found.people if each.nominee] == ["participant", "alternate"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("негизги", RegistrationRole.PARTICIPANT),
        ("Основной", RegistrationRole.PARTICIPANT),
        ("РЕЗЕРВ", RegistrationRole.ALTERNATE),
        ("резерв 2", RegistrationRole.ALTERNATE),
        ("запастагы", RegistrationRole.ALTERNATE),
        ("запасной", RegistrationRole.ALTERNATE),
        ("alternate", RegistrationRole.ALTERNATE),
        ("тренер", RegistrationRole.FACILITATOR),
        ("конок", RegistrationRole.GUEST),
        ("мейман", RegistrationRole.GUEST),
        ("может быть", None),
        ("", None),
    ],
)
def test_role(text: str, expected: RegistrationRole | None) -> None:
    assert role(text) is expected


def test_names_alone_are_persons() -> None:
    found = read(("Асанов Асан",), ("Асанова Асел",), ("Исполнитель: Петров",), header=("Ф.И.О.",))
    assert [each.kind for each in found.rows] == [RowKind.HEADER, RowKind.DATA, RowKind.DATA, RowKind.FOOTER]
