"""A page is the one that an address asks for, or the nearest one that there is."""

import pytest
from flask import Flask
from sqlalchemy import select

from portal.catalog.models import Course
from portal.platform import paging
from tests.factories import make_course

pytestmark = pytest.mark.databases("sqlite")


def codes(number: int) -> tuple[list[str], int, int]:
    page = paging.page(select(Course).order_by(Course.code), number, 2)
    return [course.code for course in page.items], page.number, page.rows


def test_a_page_is_loaded_at_the_database(app: Flask) -> None:
    assert codes(1) == ([], 1, 0)
    for code in "ABC":
        make_course(code)
    assert codes(1) == (["A", "B"], 1, 3)
    assert codes(7) == (["C"], 2, 3)
    assert codes(-1) == (["A", "B"], 1, 3)


def test_rows_of_several_columns_stay_rows(app: Flask) -> None:
    make_course("A")
    page = paging.page(select(Course.code, Course.hours).order_by(Course.code), 1)
    assert page.showing([code for code, _hours in page.items]).items == ["A"]


def test_a_list_that_python_decided_is_cut() -> None:
    page = paging.cut("abcde", 9, 2)
    assert (page.items, page.number, page.last, page.first_row, page.last_row) == ("e", 3, 3, 5, 5)


@pytest.mark.parametrize(("address", "number"), [("/", 1), ("/?page=3", 3), ("/?page=x", 1)])
def test_the_address_asks_for_a_page(app: Flask, address: str, number: int) -> None:
    with app.test_request_context(address):
        assert paging.asked() == number
