"""The materials of one training: what was brought, given and handed over there, and what is left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, can, requires
from portal.access.permissions import Permission
from portal.materials import wording
from portal.materials.forms.movements import SheetForm
from portal.materials.models.materials import Material
from portal.materials.operations import movements, stock
from portal.materials.queries import overview, places
from portal.materials.queries import stock as queries
from portal.materials.queries.places import Spot
from portal.materials.queries.stock import Balance
from portal.materials.rules.stock import MOST_COPIES, Act, PlaceKind, PlannedMove
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import add_error
from portal.platform.wording import _l
from portal.registration.queries import registrations
from portal.registration.rules.states import RegistrationState
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("training_materials", __name__, url_prefix="/trainings/<code>/materials")


@dataclass(frozen=True)
class Kind:
    """One of the three sheets of a training: which act it is, and its words."""

    act: Act
    title: Any
    about: Any
    button: Any


KINDS: Mapping[str, Kind] = {
    "bring": Kind(
        Act.MOVE,
        _l("Bring copies to the training"),
        _l("How many copies of each title travel to the training."),
        _l("Bring"),
    ),
    "give": Kind(
        Act.GIVE,
        _l("Give to participants"),
        _l("How many copies of each title the participants got, together. They sign for them on the receipt list."),
        _l("Give"),
    ),
    "return": Kind(
        Act.MOVE,
        _l("Take back what is left"),
        _l("How many copies of each title go back to the office of the region."),
        _l("Take back"),
    ),
}
_KIND = "any(" + ", ".join(KINDS) + "):act"


@bp.get("")
@requires(Permission.VIEW_MATERIALS, training=get_training)
def index(training: Training) -> str:
    """Show what became of each title at the training."""
    return render_template(
        "materials/training.html",
        training=training,
        lines=overview.list_at_training(training),
        may_move=can(Permission.MOVE_STOCK, training) and not training.is_locked,
        kinds=KINDS,
        words=wording,
    )


@bp.get(f"/<{_KIND}>")
@requires(Permission.MOVE_STOCK, training=get_training)
def sheet(training: Training, act: str) -> str:
    """Show the titles that can be brought, given or taken back, each with a place for the number."""
    starts = _starts(training, act)
    start, held = _open(starts)
    rows = [{"material": one.material.reference} for one in held]
    day = training.starts_on if act == "bring" else training.ends_on
    form = SheetForm(formdata=None, rows=rows, moved_on=min(clock.today(), day))
    return _page(training, act, (starts, start, held), form)


@bp.post(f"/<{_KIND}>")
@requires(Permission.MOVE_STOCK, training=get_training)
def move(training: Training, act: str) -> Response | tuple[str, int]:
    """Move what was typed, all of it or none."""
    starts = _starts(training, act)
    start, held = _open(starts)
    form, shown = SheetForm(), (starts, start, held)
    form.today = clock.today()
    planned = _planned(training, act, shown, form)
    if not planned:
        return _page(training, act, shown, form), 422
    try:
        movements.carry_out(planned, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(training, act, shown, form, refusal), refusal.status
    flash(_("Noted: %(copies)s.", copies=wording.copies(sum(one.quantity for _material, one in planned))))
    return see_other(url_for("training_materials.index", code=training.code))


Shown = tuple[list[Spot], Spot | None, list[Balance]]


def _planned(training: Training, act: str, shown: Shown, form: SheetForm) -> list[tuple[Material, PlannedMove]]:
    """Return what was typed; nothing if something stands against it, which the form then says."""
    _starts_, start, held = shown
    materials = {one.material.reference: one.material for one in held}
    if not form.validate() or start is None:
        return []
    assert form.moved_on.data is not None
    planned = []
    for row in form.filled():
        material, copies = materials.get(row.material.data or ""), row.quantity.data or 0
        if material is None:
            add_error(row.quantity, _("Choose one of the list."))
        elif not 1 <= copies <= MOST_COPIES:
            add_error(row.quantity, str(stock.QuantityImplausible(most=MOST_COPIES)))
        else:
            said = (form.moved_on.data, start.key, _end(training, act), form.note.data or "", row.numbers.data)
            planned.append((material, PlannedMove(KINDS[act].act, copies, *said)))
    if not form.filled() and form.rows:
        add_error(form.rows[0].form.quantity, _("Give the copies of at least one title."))
    return planned if not form.problems() else []


def _end(training: Training, act: str) -> str:
    kinds = {"bring": PlaceKind.TRAINING, "give": PlaceKind.PARTICIPANTS}
    if act in kinds:
        return f"{kinds[act].value}:{training.code}"
    return f"{PlaceKind.OFFICE.value}:{training.region_code}"


def _starts(training: Training, act: str) -> list[Spot]:
    """Return the places from which a sheet can take copies: those of the training first, then its region's office."""
    here, office = f"{PlaceKind.TRAINING.value}:{training.code}", f"{PlaceKind.OFFICE.value}:{training.region_code}"
    spots = [spot for spot in places.list_counted(actor()) if spot.kind != PlaceKind.TRAINING or spot.key == here]
    if act == "return":
        return [spot for spot in spots if spot.key == here]
    if act == "bring":
        spots = [spot for spot in spots if spot.key != here]
    return sorted(spots, key=lambda spot: [here, office].index(spot.key) if spot.key in (here, office) else 2)


def _open(starts: list[Spot]) -> tuple[Spot | None, list[Balance]]:
    start = next((spot for spot in starts if spot.key == request.args.get("from")), starts[0] if starts else None)
    place = queries.find_place(start.key) if start else None
    return start, queries.list_balances(places=[place.id]) if place else []


def _page(training: Training, act: str, shown: Shown, form: SheetForm, refusal: Refusal | None = None) -> str:
    starts, start, held = shown
    return render_template(
        "materials/sheet.html",
        training=training,
        act=act,
        kind=KINDS[act],
        starts=starts,
        start=start,
        balances={one.material.reference: one for one in held},
        people=registrations.count_by_state(training.id).get(RegistrationState.CONFIRMED.value, 0),
        form=form,
        refusal=refusal,
        words=wording,
    )
