"""Forms of a hand-over act: its contents, its signed scan, and why it becomes void."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, ClassVar

from flask_wtf.file import FileField
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, RadioField
from wtforms.validators import InputRequired, Length, Optional

from portal.materials import rules
from portal.materials.models import Handover, Material
from portal.platform.errors import wording
from portal.platform.forms import (
    WHOLE,
    ChoiceField,
    DayField,
    NumberField,
    PortalForm,
    Text3Field,
    add_error,
    choices_of,
    options,
    paragraph,
    text,
    titles,
)
from portal.platform.i18n import _l
from portal.records.rules import RecordFault

_SHARE_ROWS = 8
_SIDES = ("giving", "receiving")
_LINES = ("giving_name", "receiving_name", "proxy_kind", "proxy_name", "proxy_number", "transfer", "witness")
_TEXTS = (
    *("place", "basis", "purpose", "discrepancies", "proxy_position"),
    *(f"{side}_{what}" for side in _SIDES for what in ("position", "authority")),
)


def _optional(label: Any) -> Any:
    return text(label, validators=[Optional()])


def _long(label: Any) -> Any:
    return paragraph(label, validators=[Optional()])


class LineForm(Form):
    material = HiddenField()
    quantity = NumberField(_l("Copies"), [Optional()])
    unit_value = _optional(_l("Value of one copy"))
    condition = ChoiceField(_l("Condition"), choices=options(choices_of(rules.Condition)))
    note = _optional(_l("Note"))
    numbers = _optional(_l("Copy numbers"))


class ShareForm(Form):
    unit = _optional(_l("Unit"))
    material = ChoiceField(_l("Title"), choices=[])
    quantity = NumberField(_l("Copies"), [Optional()])


class HandoverForm(PortalForm):
    """Everything that an act says; `version` is the one that the page showed."""

    row_labels: ClassVar = {"lines": _l("Title %(number)s"), "shares": _l("Unit %(number)s")}
    version = HiddenField()
    receiving_institution_id = ChoiceField(_l("Receiving institution"), coerce=int, choices=[])
    receiving_name = _optional(_l("Full name"))
    receiving_position = Text3Field(_l("Position"), kind=_long)
    receiving_authority = Text3Field(_l("Authority"), kind=_long)
    proxy_kind = RadioField(
        _l("Who signs"), choices=options(choices_of(rules.ProxyKind)), default=rules.ProxyKind.NONE.value
    )
    proxy_name = _optional(_l("Full name of who signs instead"))
    proxy_position = Text3Field(_l("Position"), kind=_long)
    proxy_number = _optional(_l("№ of the power of attorney, or of the letter if it is known"))
    proxy_date = DayField(_l("Its date"), [Optional()])
    giving_institution_id = ChoiceField(_l("Giving institution"), coerce=int, choices=[])
    giving_name = _optional(_l("Full name"))
    giving_position = Text3Field(_l("Position"), kind=_long)
    giving_authority = Text3Field(_l("Authority"), kind=_long)
    handed_on = DayField(_l("Date of the act"), [InputRequired(_l("Give the day."))])
    place = Text3Field(_l("Place"), kind=_long)
    basis = Text3Field(_l("Basis"), kind=_long)
    lines = FieldList(FormField(LineForm), max_entries=rules.MOST_LINES)
    in_parts = BooleanField(_l("The copies leave in several deliveries"))
    purpose = Text3Field(_l("Purpose and limits of use"), kind=_long)
    discrepancies = Text3Field(_l("Discrepancies"), kind=_long)
    transfer = RadioField(_l("What passes"), choices=options(choices_of(rules.Transfer)))
    copies = NumberField(_l("Copies of the act"), [InputRequired(WHOLE)])
    with_english = BooleanField(_l("English as a third language"))
    witness = _optional(_l("Witness"))
    shares = FieldList(FormField(ShareForm), max_entries=rules.MOST_SHARES)

    def offer(self, institutions: Sequence[tuple[int, str]], materials: Iterable[tuple[str, str]]) -> None:
        """Offer the institutions that are open, and for the annex the titles of the place."""
        choose: list[tuple[Any, Any]] = [(0, _l("Choose"))]
        for side in _SIDES:
            self[f"{side}_institution_id"].choices = options([*choose, *institutions])
        while len(self.shares) < _SHARE_ROWS and not self.is_submitted():
            self.shares.append_entry()
        titles_offered = options([("", "–"), *materials])
        for share in self.shares:
            share.form.material.choices = titles_offered

    def check(self, latest: date) -> bool:
        """Tell whether the form can be read; the parties must be chosen, and the day be no slip of the keyboard."""
        is_readable = self.validate()
        for side in _SIDES:
            if not self[f"{side}_institution_id"].data:
                add_error(self[f"{side}_institution_id"], _l("Choose one of the list."))
                is_readable = False
        if self.handed_on.data and self.handed_on.data > latest:
            add_error(self.handed_on, _l("The day is too far ahead. Date the act on the day when it is signed."))
            is_readable = False
        return is_readable

    def planned(self, materials: dict[str, Material]) -> rules.PlannedHandover:
        """Return what was typed; a title without a number stays where it is."""
        lines = []
        for row in self._filled():
            material = materials[row.material.data or ""]
            lines.append(
                rules.PlannedLine(
                    material.id,
                    row.quantity.data,
                    rules.parse(row.unit_value.data or ""),
                    material.currency,
                    row.condition.data,
                    row.note.data or "",
                    row.numbers.data or "",
                )
            )
        shares = [
            rules.PlannedShare(
                row.form.unit.data or "", materials[row.form.material.data].id, row.form.quantity.data or 0
            )
            for row in self.shares
            if row.form.material.data in materials
        ]
        assert self.handed_on.data is not None
        said: dict[str, Any] = {name: self[name].data or "" for name in _LINES}
        said |= {name: titles(self, name) for name in _TEXTS}
        return rules.PlannedHandover(
            giving_institution_id=self.giving_institution_id.data,
            receiving_institution_id=self.receiving_institution_id.data,
            handed_on=self.handed_on.data,
            lines=tuple(lines),
            copies=self.copies.data or 0,
            with_english=self.with_english.data,
            shares=tuple(shares),
            proxy_date=self.proxy_date.data,
            in_parts=self.in_parts.data,
            **said,
        )

    def excess(self, held: dict[str, int]) -> bool:
        """Say beside each number that is larger than what the place holds how many there are; tell if one is.

        An act in parts may promise copies that are still to be printed.
        """
        is_excess = False
        if self.in_parts.data:
            return False
        for row in self._filled():
            there = held.get(row.material.data or "", 0)
            if row.quantity.data > there:
                add_error(row.quantity, _l("Only %(there)s are there.") % {"there": there})
                is_excess = True
        return is_excess

    def show(self, faults: Sequence[RecordFault]) -> None:
        """Say what stands against the act beside the fields that it is about."""
        filled = self._filled()
        sharing = [row.form for row in self.shares if row.form.material.data]
        for fault in faults:
            if fault.place is not None:
                is_shares = fault.field in ("unit", "material", "share") or fault.code in _OF_SHARES
                row = (sharing if is_shares else filled)[fault.place]
                control = row["quantity" if fault.field == "share" else fault.field]
            else:
                control = self.lines[0].form.quantity if fault.field == "lines" and self.lines else self[fault.field]
            add_error(control, wording(fault))

    def _filled(self) -> list[Any]:
        return [row.form for row in self.lines if row.form.quantity.data is not None]


_OF_SHARES = frozenset({rules.ActFaultCode.SHARES_EXCEED_LINE, rules.ActFaultCode.SHARE_OF_NOTHING})


class SignedForm(PortalForm):
    signed_on = DayField(_l("Day of the signatures"), [InputRequired(_l("Give the day."))])
    scan = FileField(_l("Scan of the signed act"))


class VoidForm(PortalForm):
    reason = text(
        _l("Reason"),
        validators=[
            InputRequired(_l("Say why the act becomes void.")),
            Length(max=rules.MAX_REASON, message=_l("The text is too long: at most %(max)d characters.")),
        ],
    )


def values_of(handover: Handover) -> dict[str, Any]:
    values = {name: getattr(handover, name) for name in ("version", *rules.TERMS) if name not in _TEXTS}
    return values | {column: text for name in _TEXTS for column, text in getattr(handover, name).columns(name).items()}
