"""The forms of the reports."""

import json
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, IntegerField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from portal.platform.forms import PortalForm


class BooksField(HiddenField):
    """How the books of the trainings stood when somebody looked; what cannot be read counts as nothing seen."""

    data: dict[str, Any] | None  # type: ignore[assignment]  # sent as text, read as JSON

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what the page carried along."""
        try:
            found = json.loads(valuelist[0]) if valuelist else {}
        except ValueError:
            found = {}
        self.data = found if isinstance(found, dict) else {}

    def _value(self) -> str:
        return json.dumps(self.data or {}, separators=(",", ":"))


class PublishForm(PortalForm):
    """Publish what was looked at: up to which day, under which number, and how the books stood."""

    until = DateField(_l("Trainings that ended by"), validators=[InputRequired(_l("Enter a day."))])
    number = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    books = BooksField()
