"""Forms of receipt lists and end holders."""

from typing import ClassVar

from flask_wtf.file import FileField
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.custody.rules import PaperRow
from portal.platform.forms import DayField, PortalForm, text
from portal.platform.i18n import _l

_LONG = _l("The text is too long: at most %(max)d characters.")


class HoldersForm(PortalForm):
    """The whole list; `mark` is the one of the list that the page showed."""

    holders = TextAreaField(_l("Who keeps them"))
    mark = HiddenField()


class RowForm(Form):
    registration = HiddenField()
    row = HiddenField()
    is_signed = BooleanField(_l("Signed"))
    copy_number = text(_l("Copy №"), validators=[Optional(), Length(max=20, message=_LONG)])
    signed_by = text(_l("Colleague who signed"), validators=[Optional(), Length(max=200, message=_LONG)])


class ReceiptForm(PortalForm):
    """One page of the paper; `page` is its number. `everyone` comes by a button of its own."""

    row_labels: ClassVar = {"rows": _l("Row %(number)s")}
    page = HiddenField()
    everyone = BooleanField()
    signed_on = DayField(_l("Day of the signatures"), [InputRequired(_l("Give the day."))])
    rows = FieldList(FormField(RowForm), max_entries=60)

    def paper(self) -> list[PaperRow]:
        """Return what was typed; a number of a copy, or a colleague who signed, means that the row is signed."""
        return [
            PaperRow(
                row.form.registration.data or "",
                int(number) if (number := row.form.row.data or "").isdecimal() else 0,
                bool(
                    self.everyone.data
                    or row.form.is_signed.data
                    or row.form.copy_number.data
                    or row.form.signed_by.data
                ),
                row.form.copy_number.data or "",
                row.form.signed_by.data or "",
            )
            for row in self.rows
        ]


class ScanForm(PortalForm):
    scan = FileField(_l("Scan of the signed list"))
