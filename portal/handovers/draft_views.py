"""The form of a hand-over act: filled in with what is known, shown, and read back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import Response, request

from portal.access.guard import actor
from portal.handovers import queries
from portal.handovers.queries import Start
from portal.materials import queries as material_queries
from portal.materials import rules as material_rules
from portal.materials.forms import HandoverForm, values_of
from portal.materials.models import Handover, Material
from portal.materials.operations import HandoverChanged, HandoverRefused, subject
from portal.materials.rules import Condition, Transfer
from portal.people import queries as people
from portal.platform import clock, compare
from portal.platform.errors import Refusal
from portal.platform.htmx import respond
from portal.platform.i18n import text_of
from portal.platform.texts import Text
from portal.stock import labels
from portal.trainings import queries as trainings
from portal.trainings.models import Training

_AHEAD = timedelta(days=60)  # acts are printed before the ceremony, not years before
_GIVER = "UNODC"
_SAVED = ("materials.act_drafted", "materials.act_changed")


@dataclass(frozen=True)
class Desk:
    """What a form is filled in on: the place with its copies; the training and the draft, if there is one."""

    start: Start
    training: Training | None
    handover: Handover | None
    action: str
    cancel: str
    base: Mapping[int, int] = field(default_factory=dict)

    @property
    def materials(self) -> dict[str, Material]:
        """Return the titles that can stand on the act, by reference: those of the place, and those of the draft."""
        drafted = [item.material for item in self.handover.items] if self.handover else []
        if self.handover and self.handover.corrects and self.base:
            drafted += [item.material for item in self.handover.corrects.items]
        return {one.reference: one for one in [*(one.material for one in self.start.held), *drafted]}

    @property
    def held(self) -> dict[str, int]:
        """Return how many copies of each title can stand on the act: those of the place, and those that it corrects."""
        held = {one.material.reference: one.quantity for one in self.start.held}
        for reference, material in self.materials.items():
            held[reference] = held.get(reference, 0) + self.base.get(material.id, 0)
        return held


def choose(training: Training | None) -> tuple[list[Start], Start | None]:
    """Return the places that copies can come from, and the one that the address names."""
    starts = queries.list_starts(actor(), training)
    wanted = request.args.get("from", "")
    return starts, next((one for one in starts if one.place.key == wanted), None)


def blank(desk: Desk) -> HandoverForm:
    """Return the form of a new act, with everything in it that earlier acts and the training say."""
    lines = [_line(material, None) for material in desk.materials.values()]
    return offered(desk, HandoverForm(formdata=None, lines=lines, **_known(desk.training)))


def filled(desk: Desk) -> HandoverForm:
    handover = desk.handover
    assert handover is not None
    drafted = {item.material.reference: item for item in handover.items}
    lines = [_line(material, drafted.get(reference)) for reference, material in desk.materials.items()]
    shares = [
        {"unit": share.unit, "material": share.material.reference, "quantity": share.quantity}
        for share in handover.shares
    ]
    return offered(desk, HandoverForm(formdata=None, lines=lines, shares=shares, **values_of(handover)))


def offered(desk: Desk, form: HandoverForm) -> HandoverForm:
    today = clock.today()
    open_now = [one for one in people.list_institutions() if one.closed_on is None or one.closed_on > today]
    form.offer(
        [(one.id, text_of(one, "name")) for one in open_now],
        [(reference, text_of(material, "title")) for reference, material in desk.materials.items()],
    )
    return form


def read(desk: Desk) -> tuple[HandoverForm, bool]:
    """Return what was sent, and whether it can be kept as far as the form can tell."""
    form = offered(desk, HandoverForm())
    is_readable = form.check(clock.today() + _AHEAD)
    is_excess = form.excess(desk.held)
    return form, is_readable and not is_excess


def page(desk: Desk, form: HandoverForm, *, refusal: Refusal | None = None, status: int = 200) -> Response:
    status = refusal.status if refusal else status
    differences = saved_by = None
    if isinstance(refusal, HandoverRefused):
        form.show(refusal.faults)
        refusal = None
    if isinstance(refusal, HandoverChanged) and desk.handover is not None:
        differences = compare.differences(form, filled(desk))
        saved_by = trainings.find_last_change(subject(desk.handover), _SAVED)
        form.version.data, form.version.raw_data = str(desk.handover.version), None
    return respond(
        page="handovers/form.html",
        fragment="handovers/_form.html",
        status=status,
        desk=desk,
        form=form,
        refusal=refusal,
        differences=differences,
        saved_by=saved_by,
        training=desk.training,
        words=labels,
    )


def _line(material: Material, item: Any) -> dict[str, Any]:
    value = item.unit_value if item else material.unit_value
    return {
        "material": material.reference,
        "quantity": item.quantity if item else None,
        "unit_value": material_rules.written(value) if value is not None else "",
        "condition": item.condition if item and item.condition in set(Condition) else Condition.NEW.value,
        "note": item.note if item else "",
        "numbers": item.numbers if item else "",
    }


def _known(training: Training | None) -> Mapping[str, Any]:
    """Return what a new act says unless somebody says otherwise."""
    last = material_queries.find_last(actor())
    giver = people.get_institution_by_code(_GIVER)
    values: dict[str, Any] = {
        "handed_on": _day(training),
        "transfer": Transfer.OWNERSHIP.value,
        "copies": material_rules.COPIES_OF_ACT[0],
        "giving_institution_id": giver.id if giver else 0,
        **material_rules.PURPOSE.columns("purpose"),
    }
    if last is not None:
        values |= {name: value for name, value in values_of(last).items() if name.startswith("giving_")}
        values["transfer"] = last.transfer
    if training is not None:
        values |= training.region.name.columns("place")
        named = {side: text_of(training, "title", side) for side in ("ky", "ru", "en")}
        basis = Text(
            ky=f"«{named['ky']}» окуусу, {training.code}",
            ru=f"обучение «{named['ru']}», {training.code}",
            en=f"training “{named['en']}”, {training.code}",
        )
        values |= basis.columns("basis")
    return values


def _day(training: Training | None) -> date:
    """Return a day of the training if it is near, today otherwise."""
    today = clock.today()
    if training is None or training.ends_on < today or training.starts_on > today + _AHEAD:
        return today
    return max(today, training.starts_on)
