"""Numbers in URLs, limited to what an id, a year or a serial can be."""

from flask import Flask
from werkzeug.routing import IntegerConverter


class Number(IntegerConverter):
    """A whole number that every database takes; an address with a longer one is not there."""

    regex = r"\d{1,9}"


def init_app(app: Flask) -> None:
    """Read `<int:…>` of every address so; before the routes are added."""
    app.url_map.converters["int"] = Number
