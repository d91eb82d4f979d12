"""Move copies, count them, and show a training's materials."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access.guard import actor, can, requires
from portal.access.permissions import Permission
from portal.materials import queries as material_queries
from portal.materials.models import Material
from portal.materials.queries import get_material
from portal.materials.rules import MOST_COPIES, PlaceKind
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import add_error, beside
from portal.platform.i18n import _l
from portal.registration import queries as registration_queries
from portal.registration.rules import RegistrationState
from portal.stock import labels, movements, operations, overview, queries, serials
from portal.stock.forms import CountForm, MovementForm, SheetForm
from portal.stock.movements import Count
from portal.stock.queries import Balance, Spot
from portal.stock.rules import EXPLAINED, REASON_OF, TAKES_LOWEST, Act, PlannedMove
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("movements", __name__, url_prefix="/materials")
_ACT = "any(" + ", ".join(act.value for act in Act) + "):act"
_GROUPS: Mapping[PlaceKind, Any] = {
    PlaceKind.OFFICE: _l("Offices"),
    PlaceKind.TRAINING: _l("Trainings"),
    PlaceKind.PARTICIPANTS: _l("Trainings"),
    PlaceKind.VENUE: _l("Venues"),
}
# Beside which control a refusal stands.
_BESIDE = {"institution_closed": "end"}


@bp.get(f"/<material_reference>/<{_ACT}>")
@requires(Permission.MOVE_STOCK, material=get_material)
def new(material: Material, act: str) -> str:
    given = {"start": request.args.get("from"), "end": request.args.get("to"), "moved_on": clock.today()}
    form = MovementForm(formdata=None, **{name: value for name, value in given.items() if value})
    return _page(material, Act(act), _offer(form, material, Act(act)))


@bp.post(f"/<material_reference>/<{_ACT}>")
@requires(Permission.MOVE_STOCK, material=get_material)
def create(material: Material, act: str) -> Response | tuple[str, int]:
    form = _offer(MovementForm(), material, Act(act))
    form.today = clock.today()
    if not form.validate():
        return _page(material, Act(act), form), 422
    try:
        movements.carry_out([(material, form.planned(Act(act)))], actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(material, Act(act), form, beside(form, refusal, _BESIDE)), refusal.status
    flash(_("Noted: %(copies)s.", copies=labels.copies(form.quantity.data or 0)))
    address = url_for("materials.show", material_reference=material.reference)
    return see_other(address)


@bp.get("/stocktake")
@requires(Permission.MOVE_STOCK)
def stocktake() -> str:
    spots = queries.list_counted(actor())
    named = (spot for spot in spots if spot.key == request.args.get("place"))
    chosen = next(named, spots[0] if len(spots) == 1 else None)
    held = _held(chosen)
    rows = [{"material": one.material.reference, "expected": one.quantity} for one in held]
    return _count_page(spots, chosen, held, CountForm(formdata=None, rows=rows))


@bp.post("/stocktake")
@requires(Permission.MOVE_STOCK)
def take_stock() -> Response | tuple[str, int]:
    spots = queries.list_counted(actor())
    chosen = next((spot for spot in spots if spot.key == request.args.get("place")), None)
    place = material_queries.find_place(chosen.key) if chosen else None
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


def _held(chosen: Spot | None) -> list[Balance]:
    place = material_queries.find_place(chosen.key) if chosen else None
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
        words=labels,
    )


def _offer(form: MovementForm, material: Material, act: Act) -> MovementForm:
    starts = [(spot.key, labels.choice(spot)) for spot in queries.list_starts(actor(), act, material)]
    ends: dict[Any, list[tuple[str, str]]] = defaultdict(list)
    for spot in queries.list_ends(actor(), act, clock.today()):
        ends[_GROUPS[spot.kind]].append((spot.key, labels.choice(spot)))
    form.offer(None if act == Act.RECEIVE else starts, ends or None)
    if not material.is_numbered:
        del form.numbers
    elif REASON_OF[act] not in TAKES_LOWEST:
        form.numbers.flags.optional = False
    if act in EXPLAINED:
        form.note.flags.optional = False
    return form


def _page(material: Material, act: Act, form: MovementForm, refusal: Refusal | None = None) -> str:
    return render_template(
        "materials/movement.html",
        material=material,
        act=act,
        act_words=labels.ACTS[act],
        is_explained=act in EXPLAINED,
        held=serials.list_held(material, actor()) if act != Act.RECEIVE else [],
        is_empty=act != Act.RECEIVE and not queries.list_starts(actor(), act, material),
        form=form,
        refusal=refusal,
        words=labels,
    )


training_bp = Blueprint("training_materials", __name__, url_prefix="/trainings/<code>/materials")


# The three sheets of a training, and which act each of them is.
SHEETS: Mapping[str, Act] = {"bring": Act.MOVE, "give": Act.GIVE, "return": Act.MOVE}
_KIND = "any(" + ", ".join(SHEETS) + "):act"


@training_bp.get("")
@requires(Permission.VIEW_MATERIALS, training=get_training)
def index(training: Training) -> str:
    return render_template(
        "materials/training.html",
        training=training,
        lines=overview.list_at_training(training),
        may_move=can(Permission.MOVE_STOCK, training) and not training.is_locked,
        kinds=labels.SHEETS,
        words=labels,
    )


@training_bp.get(f"/<{_KIND}>")
@requires(Permission.MOVE_STOCK, training=get_training)
def sheet(training: Training, act: str) -> str:
    shown = _sheet(training, act)
    rows = [{"material": one.material.reference} for one in shown.held]
    day = training.starts_on if act == "bring" else training.ends_on
    return _training_page(shown, SheetForm(formdata=None, rows=rows, moved_on=min(clock.today(), day)))


@training_bp.post(f"/<{_KIND}>")
@requires(Permission.MOVE_STOCK, training=get_training)
def move(training: Training, act: str) -> Response | tuple[str, int]:
    shown, form = _sheet(training, act), SheetForm()
    form.today = clock.today()
    planned = _planned(shown, form)
    if not planned:
        return _training_page(shown, form), 422
    try:
        movements.carry_out(planned, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _training_page(shown, form, refusal), refusal.status
    flash(_("Noted: %(copies)s.", copies=labels.copies(sum(one.quantity for _material, one in planned))))
    return see_other(url_for("training_materials.index", code=training.code))


@dataclass(frozen=True)
class Sheet:
    """A sheet of a training, with the places that it can take copies from, and the one that is open with its copies."""

    training: Training
    act: str
    starts: list[Spot]
    start: Spot | None
    held: list[Balance]


def _sheet(training: Training, act: str) -> Sheet:
    """Return a sheet; the places of the training come first, then its region's office."""
    here, office = f"{PlaceKind.TRAINING.value}:{training.code}", f"{PlaceKind.OFFICE.value}:{training.region_code}"
    starts = [spot for spot in queries.list_counted(actor()) if spot.kind != PlaceKind.TRAINING or spot.key == here]
    if act in ("return", "bring"):
        starts = [spot for spot in starts if (spot.key == here) == (act == "return")]
    starts.sort(key=lambda spot: [here, office].index(spot.key) if spot.key in (here, office) else 2)
    start = next((spot for spot in starts if spot.key == request.args.get("from")), starts[0] if starts else None)
    return Sheet(training, act, starts, start, _held(start))


def _planned(sheet: Sheet, form: SheetForm) -> list[tuple[Material, PlannedMove]]:
    """Return what was typed; nothing if something stands against it, which the form then says."""
    materials = {one.material.reference: one.material for one in sheet.held}
    if not form.validate() or sheet.start is None:
        return []
    assert form.moved_on.data is not None
    planned = []
    for row in form.filled():
        material, copies = materials.get(row.material.data or ""), row.quantity.data or 0
        if material is None:
            add_error(row.quantity, _("Choose one of the list."))
        elif not 1 <= copies <= MOST_COPIES:
            add_error(row.quantity, str(operations.quantity_implausible()))
        else:
            said = (form.moved_on.data, sheet.start.key, _end(sheet), form.note.data or "", row.numbers.data)
            planned.append((material, PlannedMove(SHEETS[sheet.act], copies, *said)))
    if not form.filled() and form.rows:
        add_error(form.rows[0].form.quantity, _("Give the copies of at least one title."))
    return planned if not form.problems() else []


def _end(sheet: Sheet) -> str:
    kinds = {"bring": PlaceKind.TRAINING, "give": PlaceKind.PARTICIPANTS}
    if sheet.act in kinds:
        return f"{kinds[sheet.act].value}:{sheet.training.code}"
    return f"{PlaceKind.OFFICE.value}:{sheet.training.region_code}"


def _training_page(sheet: Sheet, form: SheetForm, refusal: Refusal | None = None) -> str:
    confirmed = registration_queries.count_by_state(sheet.training.id).get(RegistrationState.CONFIRMED.value, 0)
    return render_template(
        "materials/sheet.html",
        training=sheet.training,
        act=sheet.act,
        kind=labels.SHEETS[sheet.act],
        starts=sheet.starts,
        start=sheet.start,
        balances={one.material.reference: one for one in sheet.held},
        people=confirmed,
        form=form,
        refusal=refusal,
        words=labels,
    )
