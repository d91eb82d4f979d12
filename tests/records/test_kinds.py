"""A kind of record: what it takes, what the audit log keeps of it, and what is typed about it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from wtforms import Form

from portal.audit.events import EVENTS
from portal.catalog.kinds import CENTERS, COURSES, DONORS, PROJECTS, VENUES
from portal.materials.rules import Unit
from portal.people.kinds import INSTITUTIONS, POSTS, RANKS
from portal.platform.texts import Text
from portal.records.fields import Choice, Kind
from tests import factories

KINDS: list[tuple[Kind[Any], Callable[[], Any]]] = [
    (DONORS, factories.make_donor),
    (PROJECTS, factories.make_project),
    (COURSES, factories.make_course),
    (VENUES, factories.make_venue),
    (CENTERS, factories.make_center),
    (INSTITUTIONS, factories.get_institution),
    (RANKS, factories.get_rank),
    (POSTS, factories.get_post),
]


@pytest.mark.parametrize(("kind", "make"), KINDS, ids=lambda one: getattr(one, "added", ""))
def test_log_keeps_the_keys_that_the_events_declare(app: Flask, kind: Kind[Any], make: Callable[[], Any]) -> None:
    assert kind.recorded(make()).keys() == EVENTS[kind.added].keys == EVENTS[kind.changed].keys


@pytest.mark.parametrize(("kind", "make"), KINDS, ids=lambda one: getattr(one, "added", ""))
def test_nothing_stands_against_a_record_as_it_is(app: Flask, kind: Kind[Any], make: Callable[[], Any]) -> None:
    assert kind.faults(kind.values_of(make())) == []


def test_misspelled_field_is_no_value() -> None:
    with pytest.raises(KeyError, match="Donor takes no title"):
        DONORS.given({"code": "EU", "title": Text(ru="ЕС")})


def test_what_is_fixed_is_not_changed(app: Flask) -> None:
    with pytest.raises(KeyError, match="Venue takes no region_code"):
        VENUES.given({"name": Text(ru="Зал"), "region_code": "KG-N"}, factories.make_venue())


def test_what_is_not_given_is_empty() -> None:
    given = VENUES.given({"region_code": "KG-GO", "name": Text(ru="Зал")})
    assert (given["time_zone"], given["hall_capacity"], given["address"]) == ("Asia/Bishkek", None, Text())


def test_paper_is_asked_only_where_nothing_else_stands_against_a_text() -> None:
    found = COURSES.faults(COURSES.given({"code": "C", "hours": 8, "title": Text(ru="部" * 301, en="部")}))
    assert [(fault.code, fault.field) for fault in found] == [
        ("text_too_long", "title_ru"),
        ("letter_not_printed", "title_en"),
    ]


def test_choice_starts_with_what_stands_where_nothing_is_given(app: Flask) -> None:
    form = type("UnitForm", (Form,), Choice("unit", "Unit", Unit, empty="set").inputs())()
    assert (form.unit.data, form.validate()) == ("set", True)
