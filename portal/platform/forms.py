"""What all forms share: protection against forgery, the key that makes a repetition harmless, and bound checks."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.fields.choices import SelectChoice

from portal.platform import tokens

Pairs = Sequence[tuple[str, Any]]


class PortalForm(FlaskForm):
    """A form that may be sent twice without harm."""

    form_key = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.form_key.data:
            self.form_key.data = tokens.random_token()


def options(choices: Pairs | Mapping[Any, Pairs]) -> list[SelectChoice]:
    """Return pairs of value and words as a field takes them; a mapping groups them under its keys."""
    groups = choices.items() if isinstance(choices, Mapping) else [(None, choices)]
    return [SelectChoice(value, words, optgroup=group) for group, pairs in groups for value, words in pairs]
