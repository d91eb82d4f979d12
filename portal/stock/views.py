"""Titles: the list, one title with its copies, and its form."""

from contextlib import suppress
from datetime import date

from flask import Blueprint, Response, request

from portal.access.guard import actor, can, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.materials.models import Material
from portal.materials.queries import get_material
from portal.materials.rules import Unit
from portal.people import queries as people
from portal.platform import clock, paging
from portal.platform.answers import see_other
from portal.platform.htmx import respond
from portal.platform.i18n import text_of
from portal.records import pages as records
from portal.records.pages import Pages
from portal.stock import labels, overview
from portal.stock import titles as stock_titles
from portal.stock.forms import MaterialForm
from portal.stock.rules import Act
from portal.stock.serials import numbers_of

bp = Blueprint("materials", __name__, url_prefix="/materials")
PAGES = Pages(
    endpoint="materials",
    id_name="material_reference",
    edit=Permission.EDIT_MATERIALS,
    fields="materials/fields/titles.html",
    events=("materials.added", "materials.changed"),
    form="materials/edit.html",
)


@bp.get("")
@requires(Permission.VIEW_MATERIALS)
def index() -> Response:
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
    return records.form_page(PAGES, _offered(MaterialForm(formdata=None)))


@bp.post("")
@requires(Permission.EDIT_MATERIALS)
def create() -> Response:
    form = _offered(MaterialForm())
    return records.save(PAGES, form, lambda: stock_titles.add(form.planned(), actor=actor(), now=clock.now()))


@bp.get("/<material_reference>")
@requires(Permission.VIEW_MATERIALS, material=get_material)
def show(material: Material) -> Response:
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
    return records.form_page(PAGES, _form_of(material), material)


@bp.post("/<material_reference>/edit")
@requires(Permission.EDIT_MATERIALS, material=get_material)
def update(material: Material) -> Response:
    form = _offered(MaterialForm())

    def save() -> Material:
        version = form.version.data or 0
        stock_titles.change(material, form.planned(), version=version, actor=actor(), now=clock.now())
        return material

    return records.save(PAGES, form, save, material, lambda: _form_of(material))


@bp.post("/<material_reference>/retire")
@requires(Permission.EDIT_MATERIALS, material=get_material)
def retire(material: Material) -> Response:
    stock_titles.set_retired(material, True, actor=actor(), now=clock.now())
    return see_other(PAGES.url("show", material))


@bp.post("/<material_reference>/restore")
@requires(Permission.EDIT_MATERIALS, material=get_material)
def restore(material: Material) -> Response:
    stock_titles.set_retired(material, False, actor=actor(), now=clock.now())
    return see_other(PAGES.url("show", material))


def _day() -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(request.args.get("on", ""))
    return None


def _form_of(material: Material) -> MaterialForm:
    return _offered(MaterialForm(formdata=None, obj=material))


def _offered(form: MaterialForm) -> MaterialForm:
    form.offer([(one.id, text_of(one, "name")) for one in people.list_institutions()])
    return form
