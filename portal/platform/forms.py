"""What all forms share: protection against forgery, the key that makes a repetition harmless, and bound checks."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField

from portal.platform import tokens


class PortalForm(FlaskForm):
    """A form that may be sent twice without harm."""

    form_key = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.form_key.data:
            self.form_key.data = tokens.random_token()
