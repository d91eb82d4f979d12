"""The columns of a list: what its head and its cells say; and the macros that every template has at hand."""

import pytest

from portal.platform.ui import Columns

pytestmark = pytest.mark.databases("sqlite")


def test_a_cell_carries_class_and_label_of_its_column() -> None:
    cols = Columns(title="Title", copies=("Copies", "num inline"), acts=("Acts", "hidden tools"), tick=("", "tick"))
    cells = [column.__html__() for column in cols]
    assert cells == [
        ' data-label="Title"',
        ' class="num inline" data-label="Copies"',
        ' class="tools"',
        ' class="tick"',
    ]
    assert [column.is_hidden for column in cols] == [False, False, True, False]


def test_what_a_label_holds_is_escaped() -> None:
    assert Columns(place='"Osh" & <b>').place.__html__() == ' data-label="&#34;Osh&#34; &amp; &lt;b&gt;"'


def test_an_empty_column_is_left_out() -> None:
    assert len(Columns(name="Name", acts=None)) == 1


def test_a_column_that_nobody_has_declared_is_an_error() -> None:
    with pytest.raises(KeyError):
        _ = Columns(name="Name").nme
