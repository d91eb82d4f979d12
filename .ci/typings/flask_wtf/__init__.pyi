"""What the portal uses of Flask-WTF, which has no types."""

from typing import Any

from flask import Flask
from wtforms import Form

class FlaskForm(Form):
    def __init__(self, formdata: Any = ..., **values: Any) -> None: ...
    def is_submitted(self) -> bool: ...

class CSRFProtect:
    def __init__(self, app: Flask) -> None: ...
