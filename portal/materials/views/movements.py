"""The forms by which copies of one title change place, and the count of what a place holds."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.materials import wording
from portal.materials.forms.movements import CountForm, MovementForm
from portal.materials.models.materials import Material
from portal.materials.operations import movements
from portal.materials.operations.movements import Count
from portal.materials.queries import numbers, places
from portal.materials.queries import stock as queries
from portal.materials.queries.materials import get_material
from portal.materials.queries.places import Spot
from portal.materials.queries.stock import Balance
from portal.materials.rules.stock import EXPLAINED, MOST_COPIES, REASON_OF, TAKES_LOWEST, Act, PlaceKind
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import add_error, beside
from portal.platform.wording import _l

bp = Blueprint("movements", __name__, url_prefix="/materials")
_ACT = "any(" + ", ".join(act.value for act in Act) + "):act"
_GROUPS: Mapping[PlaceKind, Any] = {
    PlaceKind.OFFICE: _l("Offices"),
    PlaceKind.TRAINING: _l("Trainings"),
    PlaceKind.PARTICIPANTS: _l("Trainings"),
    PlaceKind.VENUE: _l("Venues"),
}
# Beside which control a refusal stands.
_BESIDE: Mapping[str, str] = {
    "quantity_implausible": "quantity",
    "not_enough": "quantity",
    "not_enough_then": "quantity",
    "not_there_yet": "moved_on",
    "institution_closed": "end",
    "place_closed": "end",
    "reason_missing": "note",
    "numbers_missing": "numbers",
    "numbers_differ": "numbers",
    "numbers_not_there": "numbers",
    "numbers_doubled": "numbers",
}


@bp.get(f"/<material_reference>/<{_ACT}>")
@requires(Permission.MOVE_STOCK, material=get_material)
def new(material: Material, act: str) -> str:
    """Show the form of an act, with the places that the address names."""
    given = {"start": request.args.get("from"), "end": request.args.get("to"), "moved_on": clock.today()}
    form = MovementForm(formdata=None, **{name: value for name, value in given.items() if value})
    return _page(material, Act(act), _offer(form, material, Act(act)))


@bp.post(f"/<material_reference>/<{_ACT}>")
@requires(Permission.MOVE_STOCK, material=get_material)
def create(material: Material, act: str) -> Response | tuple[str, int]:
    """Do what was typed."""
    form = _offer(MovementForm(), material, Act(act))
    form.today = clock.today()
    if not form.validate():
        return _page(material, Act(act), form), 422
    try:
        movements.carry_out([(material, form.planned(Act(act)))], actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(material, Act(act), form, beside(form, refusal, _BESIDE)), refusal.status
    flash(_("Noted: %(copies)s.", copies=wording.copies(form.quantity.data or 0)))
    address = url_for("materials.show", material_reference=material.reference)
    return see_other(address)


@bp.get("/stocktake")
@requires(Permission.MOVE_STOCK)
def stocktake() -> str:
    """Show what a place should hold, to be counted."""
    spots = places.list_counted(actor())
    chosen = _chosen(spots, request.args.get("place", ""))
    held = _held(chosen)
    rows = [{"material": one.material.reference, "expected": one.quantity} for one in held]
    return _count_page(spots, chosen, held, CountForm(formdata=None, rows=rows))


@bp.post("/stocktake")
@requires(Permission.MOVE_STOCK)
def take_stock() -> Response | tuple[str, int]:
    """Set what a place holds to what was counted."""
    spots = places.list_counted(actor())
    chosen = next((spot for spot in spots if spot.key == request.args.get("place")), None)
    place = queries.find_place(chosen.key) if chosen else None
    if place is None:
        abort(422)
    held, form = _held(chosen), CountForm()
    counts = _counts(form, held)
    if counts is None:
        return _count_page(spots, chosen, held, form), 422
    try:
        differing = movements.count(place, counts, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _count_page(spots, chosen, held, form, refusal), refusal.status
    all_there = ngettext(
        "%(num)s title counted: every copy is there.", "%(num)s titles counted: every copy is there.", len(counts)
    )
    flash(_("The differences are noted as movements.") if differing else all_there)
    return see_other(url_for("movements.stocktake", place=place.key))


def _counts(form: CountForm, held: list[Balance]) -> list[Count] | None:
    """Return what was counted; None if something stands against it, which the form then says."""
    known = {one.material.reference: one.material for one in held}
    is_sound, counts = form.validate(), []
    for row in form.rows:
        reference, counted = row.form.material.data or "", row.form.counted
        if counted.data is None:
            continue
        material = known.get(reference) or get_material(reference)  # Its last copies may have gone meanwhile.
        if material is None:
            add_error(counted, _("Choose one of the list."))
            continue
        if not 0 <= counted.data <= MOST_COPIES:
            add_error(counted, _("Give a number from 0 to %(most)s.", most=MOST_COPIES))
        said = row.form.expected.data or ""
        expected = int(said) if said.isdigit() else 0
        if counted.data != expected and not row.form.note.data:
            add_error(row.form.note, _("Say in a few words why."))
        counts.append(Count(material, counted.data, expected, row.form.note.data or ""))
    is_sound = is_sound and not any(field.errors for row in form.rows for field in row.form)
    return counts if is_sound else None


def _chosen(spots: list[Spot], key: str) -> Spot | None:
    return next((spot for spot in spots if spot.key == key), spots[0] if len(spots) == 1 else None)


def _held(chosen: Spot | None) -> list[Balance]:
    place = queries.find_place(chosen.key) if chosen else None
    return queries.list_balances(places=[place.id]) if place else []


def _count_page(
    spots: list[Spot], chosen: Spot | None, held: list[Balance], form: CountForm, refusal: Refusal | None = None
) -> str:
    return render_template(
        "materials/stocktake.html",
        spots=spots,
        chosen=chosen,
        balances={one.material.reference: one for one in held},
        form=form,
        refusal=refusal,
        words=wording,
    )


def _offer(form: MovementForm, material: Material, act: Act) -> MovementForm:
    starts = [(spot.key, wording.choice(spot)) for spot in places.list_starts(actor(), act, material)]
    ends: dict[Any, list[tuple[str, str]]] = defaultdict(list)
    for spot in places.list_ends(actor(), act, clock.today()):
        ends[_GROUPS[spot.kind]].append((spot.key, wording.choice(spot)))
    form.offer(None if act == Act.RECEIVE else starts, ends or None)
    if not material.is_numbered:
        del form.numbers
    elif REASON_OF[act] not in TAKES_LOWEST:
        form.numbers.flags.optional = False
    if act in EXPLAINED:
        form.ask_why()
    return form


def _page(material: Material, act: Act, form: MovementForm, refusal: Refusal | None = None) -> str:
    return render_template(
        "materials/movement.html",
        material=material,
        act=act,
        act_words=wording.ACTS[act],
        is_explained=act in EXPLAINED,
        held=numbers.list_held(material, actor()) if act != Act.RECEIVE else [],
        is_empty=act != Act.RECEIVE and not places.list_starts(actor(), act, material),
        form=form,
        refusal=refusal,
        words=wording,
    )
