"""The form for the order of certificates."""

from collections.abc import Mapping
from typing import Any

from wtforms import IntegerField, RadioField
from wtforms.validators import DataRequired
from wtforms.widgets import HiddenInput

from portal.certificates.rules import PrintOrder
from portal.platform.forms import PortalForm, options
from portal.platform.i18n import _l

_SEAT, _SEAT_DIGITS, _MOST_SEATS = "seat-", 4, 2_000


class OrderForm(PortalForm):
    """In which order papers lie; the seats are one field for each person, `seat-REFERENCE`."""

    print_order = RadioField(
        _l("Order"),
        [DataRequired(_l("Choose an order."))],
        choices=options(
            [
                (PrintOrder.NAME.value, _l("by names, in Kyrgyz order")),
                (PrintOrder.INSTITUTION.value, _l("by institution, then rank, then name")),
                (PrintOrder.SEAT.value, _l("by seat")),
            ]
        ),
    )
    version = IntegerField(widget=HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.typed: dict[str, str] = {}
        self.seats: dict[str, int] = {}
        self.faults: dict[str, Any] = {}

    def read_seats(self, sent: Mapping[str, str]) -> None:
        """Take the seats as they were typed; an empty one is none."""
        for name in [one for one in sent if one.startswith(_SEAT)][:_MOST_SEATS]:
            typed, reference = sent[name].strip(), name.removeprefix(_SEAT)
            self.typed[reference] = typed[:_SEAT_DIGITS]
            if typed.isascii() and typed.isdecimal() and len(typed) <= _SEAT_DIGITS and int(typed):
                self.seats[reference] = int(typed)
            elif typed:
                self.faults[name] = _l("Give a whole number from 1 to 9999.")

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Look at the order and at the seats."""
        is_right = super().validate(*args, **kwargs)
        if self.faults:
            self.form_errors.append(_l("A seat is a whole number from 1 to 9999."))
        return is_right and not self.faults
