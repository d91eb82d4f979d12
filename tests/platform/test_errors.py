"""A refusal has a code, a sentence, and the control beside which it is read."""

from typing import Any

import pytest
from flask import Flask
from wtforms import Form, StringField

from portal.platform.errors import CodeTaken, Conflict, Refusal
from portal.platform.forms import beside
from portal.platform.i18n import _l


class Left(Form):
    note = StringField()


def refusal(**arguments: Any) -> Refusal:
    return Refusal("reason_missing", _l("Give %(most)s letters at most."), most=3, **arguments)


def test_a_refusal_is_written_where_it_is_raised(app: Flask) -> None:
    refused = refusal(field="note")
    assert (refused.code, refused.status, str(refused)) == ("reason_missing", 422, "Give 3 letters at most.")
    assert refused.arguments == {"most": 3}


def test_a_conflict_says_that_the_state_has_moved_on(app: Flask) -> None:
    assert Conflict("left_at_once", _l("Choose")).status == 409


def test_a_class_has_its_name_as_code_and_may_take_any_argument(app: Flask) -> None:
    refused = CodeTaken(code="OSH")
    assert (refused.code, str(refused)) == ("code_taken", "The code “OSH” is taken. Give another one.")


@pytest.mark.parametrize(
    ("refused", "controls"), [(refusal(field="note"), {}), (refusal(field="end"), {"reason_missing": "note"})]
)
def test_a_refusal_is_read_beside_its_control(app: Flask, refused: Refusal, controls: dict[str, str]) -> None:
    form = Left()
    assert beside(form, refused, controls) is None
    assert form.note.errors == ["Give 3 letters at most."]


def test_a_refusal_that_names_no_control_is_handed_back(app: Flask) -> None:
    form, refused = Left(), refusal()
    assert beside(form, refused) is refused
    assert not form.note.errors
