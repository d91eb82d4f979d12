"""The list of end holders is read as people type and paste it, and never holds more than was handed over."""

import pytest

from portal.custody import rules as custody_rules
from portal.custody.rules import Holder, HolderFault, HoldersRefused
from portal.materials import serial_numbers

COPIES = serial_numbers.read("31-40")


def test_lines_are_read_as_they_are_typed_or_pasted() -> None:
    typed = "Прокуратура Ош; начальник отдела; Осмонов А.; 3\nУВД\tследователь\t2\n\nОтдел Б; 1\nОтдел В; ; Иванов; 1"
    found = custody_rules.read(typed, held=10, of=None)
    assert found == [
        Holder("Прокуратура Ош", "начальник отдела", "Осмонов А.", 3),
        Holder("УВД", "следователь", "", 2),
        Holder("Отдел Б", "", "", 1),
        Holder("Отдел В", "", "Иванов", 1),
    ]
    assert custody_rules.read(custody_rules.written(found), held=10, of=None) == found


def test_numbered_copies_are_named() -> None:
    found = custody_rules.read("Отдел А; 31–33, 40\nОтдел Б; № 34", held=10, of=COPIES)
    assert [(one.quantity, str(one.numbers)) for one in found] == [(4, "0031–0033, 0040"), (1, "0034")]
    assert custody_rules.read(custody_rules.written(found), held=10, of=COPIES) == found


@pytest.mark.parametrize(
    ("typed", "of", "fault", "line"),
    [
        ("Отдел", None, HolderFault.UNREADABLE, 1),
        ("а;б;в;г;1", None, HolderFault.UNREADABLE, 1),
        ("; 5", None, HolderFault.UNIT_MISSING, 1),
        ("Отдел; много", None, HolderFault.COPIES_UNREADABLE, 1),
        ("Отдел; 0", None, HolderFault.COPIES_UNREADABLE, 1),
        ("Отдел; ²", None, HolderFault.COPIES_UNREADABLE, 1),
        (f"{'ж' * 201}; 1", None, HolderFault.TEXT_TOO_LONG, 1),
        ("Отдел; 6\n\nОтдел; 5", None, HolderFault.TOO_MANY, 3),
        ("А; 31\nБ; 30-32", COPIES, HolderFault.NUMBERS_NOT_THERE, 2),
        ("А; 31\nБ; 31-32", COPIES, HolderFault.NUMBERS_TWICE, 2),
        ("А; ", COPIES, HolderFault.COPIES_UNREADABLE, 1),
    ],
)
def test_line_that_cannot_be_is_named(
    typed: str, of: serial_numbers.Numbers | None, fault: HolderFault, line: int
) -> None:
    with pytest.raises(HoldersRefused) as refusal:
        custody_rules.read(typed, held=10, of=of)
    assert (refusal.value.fault, refusal.value.line) == (fault, line)
