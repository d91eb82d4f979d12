"""Titles: the list, one title with its copies, and its form."""

from contextlib import suppress
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, can, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.materials.models import Material
from portal.materials.queries import get_material
from portal.materials.rules import Unit
from portal.people import queries as people
from portal.platform import clock, compare, paging, tokens
from portal.platform.answers import see_other
from portal.platform.errors import RecordChanged, Refusal
from portal.platform.htmx import respond
from portal.platform.i18n import text_of
from portal.platform.texts import LANGUAGES
from portal.records.refusals import PlanRefused
from portal.stock import labels, overview
from portal.stock import titles as stock_titles
from portal.stock.forms import MaterialForm
from portal.stock.rules import Act
from portal.stock.serials import numbers_of
from portal.trainings import queries as trainings

bp = Blueprint("materials", __name__, url_prefix="/materials")
_SHOWN = (
    "language",
    "edition",
    "year",
    "isbn",
    "unit",
    "unit_value",
    "currency",
    "is_numbered",
    "owner_institution_id",
    "version",
)


@bp.get("")
@requires(Permission.VIEW_MATERIALS)
def index() -> Response:
    """List the titles with their copies."""
    search, with_retired = request.args.get("q", "")[:100], "retired" in request.args
    number = paging.asked()
    page = overview.page_of_materials(actor(), search=search, with_retired=with_retired, number=number)
    return respond(
        page="materials/index.html",
        fragment="materials/_list.html",
        lines=page,
        search=search,
        with_retired=with_retired,
        words=labels,
    )


@bp.get("/new")
@requires(Permission.EDIT_MATERIALS)
def new() -> Response:
    """Show the empty form."""
    return _form_page(_offer(MaterialForm(formdata=None)))


@bp.post("")
@requires(Permission.EDIT_MATERIALS)
def create() -> Response:
    """Add a title."""
    form = _offer(MaterialForm())
    if not form.validate():
        return _form_page(form, status=422)
    try:
        material = stock_titles.add(form.planned(), actor=actor(), now=clock.now())
    except PlanRefused as refusal:
        form.show(refusal.faults)
        return _form_page(form, status=refusal.status)
    except Refusal as refusal:
        return _form_page(form, refusal=refusal, status=refusal.status)
    flash(_("Saved."))
    return _to(material)


@bp.get("/<material_reference>")
@requires(Permission.VIEW_MATERIALS, material=get_material)
def show(material: Material) -> Response:
    """Show a title: what has become of its copies, where they are, and every movement."""
    on = _day()
    movements = overview.page_of_movements(material, actor(), paging.asked())
    return respond(
        page="materials/show.html",
        fragment="materials/_movements.html",
        material=material,
        material_titles=material.title,
        line=overview.line_of(material, actor(), on),
        on=on,
        today=clock.today(),
        movements=movements,
        numbers=numbers_of({one.id for one in movements.items}) if material.is_numbered else {},
        recorded_by=accounts.names_of({one.recorded_by for one in movements.items}),
        acts=[act for act in Act if act != Act.RECEIVE or not material.is_retired],
        may_move=can(Permission.MOVE_STOCK),
        words=labels,
        Unit=Unit,
    )


@bp.get("/<material_reference>/edit")
@requires(Permission.EDIT_MATERIALS, material=get_material)
def edit(material: Material) -> Response:
    """Show the title in the form."""
    return _form_page(_form_of(material), material)


@bp.post("/<material_reference>/edit")
@requires(Permission.EDIT_MATERIALS, material=get_material)
def update(material: Material) -> Response:
    """Save the changed title."""
    form = _offer(MaterialForm())
    if not form.validate():
        return _form_page(form, material, status=422)
    try:
        stock_titles.change(material, form.planned(), version=form.version.data or 0, actor=actor(), now=clock.now())
    except PlanRefused as refusal:
        form.show(refusal.faults)
        return _form_page(form, material, status=refusal.status)
    except RecordChanged as refusal:
        return _compare(form, material, refusal)
    except Refusal as refusal:
        return _form_page(form, material, refusal=refusal, status=refusal.status)
    flash(_("Saved."))
    return _to(material)


@bp.post("/<material_reference>/retire")
@requires(Permission.EDIT_MATERIALS, material=get_material)
def retire(material: Material) -> Response:
    """Take the title off the list."""
    stock_titles.retire(material, actor=actor(), now=clock.now())
    return _to(material)


@bp.post("/<material_reference>/restore")
@requires(Permission.EDIT_MATERIALS, material=get_material)
def restore(material: Material) -> Response:
    """Put the title back on the list."""
    stock_titles.restore(material, actor=actor(), now=clock.now())
    return _to(material)


def _day() -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(request.args.get("on", ""))
    return None


def _to(material: Material) -> Response:
    address = url_for("materials.show", material_reference=material.reference)
    return see_other(address)


def _form_of(material: Material) -> MaterialForm:
    titles = {f"title_{language}": getattr(material, f"title_{language}") for language in LANGUAGES}
    shown = {name: getattr(material, name) for name in _SHOWN}
    return _offer(MaterialForm(formdata=None, **titles, **shown))


def _offer(form: MaterialForm) -> MaterialForm:
    owners = [(one.id, text_of(one, "name")) for one in people.list_institutions()]
    form.offer(owners)
    return form


def _form_page(form: MaterialForm, material: Material | None = None, *, status: int = 200, **context: Any) -> Response:
    if status == 200:
        form.form_key.data = tokens.random_token()
    return respond(
        page="materials/edit.html",
        fragment="materials/_form.html",
        form=form,
        material=material,
        status=status,
        **context,
    )


def _compare(form: MaterialForm, material: Material, refusal: RecordChanged) -> Response:
    """Show what was typed beside what somebody else has saved; the form can be sent again on top of it."""
    form.version.data, form.version.raw_data = material.version, None
    events = ("materials.added", "materials.changed")
    return _form_page(
        form,
        material,
        refusal=refusal,
        status=refusal.status,
        differences=compare.differences(form, _form_of(material)),
        saved_by=trainings.find_last_change(stock_titles.subject(material), events),
    )
