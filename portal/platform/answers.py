"""Answers after an operation: a redirect, or the same page with the refusal."""

from collections.abc import Callable
from typing import TypeVar

import flask
from flask import Response, make_response, redirect

from portal.platform.db import attempt
from portal.platform.errors import Refusal

T = TypeVar("T")


def see_other(url: str, flash: str = "", category: str = "message") -> Response:
    """Lead to another page after a POST, which says what was done."""
    if flash:
        flask.flash(flash, category)
    return make_response(redirect(url, 303))


def act(do: Callable[[], T], *, then: Callable[[T], Response], again: Callable[[Refusal], Response | str]) -> Response:
    """Do something and answer with `then`; if it is refused, take back what it wrote and show the page `again`."""
    try:
        with attempt():
            result = do()
    except Refusal as refusal:
        return make_response(again(refusal), refusal.status)
    return then(result)
