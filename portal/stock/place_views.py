"""Offices that hold copies: names, adding, closing."""

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.materials.models import StockPlace
from portal.people import queries as people
from portal.platform import clock, paging
from portal.platform.answers import act, see_other
from portal.platform.errors import Refusal
from portal.platform.forms import options
from portal.platform.i18n import long_day, text_of
from portal.records import pages as records
from portal.records.pages import Pages
from portal.stock import labels, places, queries
from portal.stock.forms import CloseForm, PlaceForm

bp = Blueprint("places", __name__, url_prefix="/stock-places")
PAGES = Pages(
    endpoint="places",
    id_name="place_id",
    edit=Permission.MOVE_STOCK,
    fields="materials/fields/places.html",
    events=("materials.place_added", "materials.place_changed"),
)


@bp.get("")
@requires(Permission.VIEW_MATERIALS)
def index() -> str:
    is_closed = request.args.get("show") == "closed"
    page = queries.page_of_offices(actor(), number=paging.asked(), is_closed=is_closed)
    held = queries.count_by_place([place.id for place in page.items])
    return render_template("materials/places.html", places=page, held=held, is_closed=is_closed, words=labels)


@bp.get("/new")
@requires(Permission.MOVE_STOCK)
def new() -> Response:
    return records.form_page(PAGES, _offered(PlaceForm(formdata=None)))


@bp.post("")
@requires(Permission.MOVE_STOCK)
def create() -> Response:
    form = _offered(PlaceForm())

    def save() -> StockPlace:
        region = people.get_region(form.region_code.data)
        assert region is not None
        return places.add(form.name, region, actor=actor(), now=clock.now())

    return records.save(PAGES, form, save)


@bp.get("/<int:place_id>")
@requires(Permission.VIEW_MATERIALS, place=queries.get_place)
def show(place: StockPlace) -> str:
    return _page(place)


@bp.get("/<int:place_id>/edit")
@requires(Permission.MOVE_STOCK, place=queries.get_place)
def edit(place: StockPlace) -> Response:
    return records.form_page(PAGES, _form_of(place), place)


@bp.post("/<int:place_id>/edit")
@requires(Permission.MOVE_STOCK, place=queries.get_place)
def update(place: StockPlace) -> Response:
    form = PlaceForm()
    del form.region_code

    def save() -> StockPlace:
        places.change(place, form.name, version=form.version.data or 0, actor=actor(), now=clock.now())
        return place

    return records.save(PAGES, form, save, place, lambda: _form_of(place))


@bp.post("/<int:place_id>/close")
@requires(Permission.MOVE_STOCK, place=queries.get_place)
def close(place: StockPlace) -> Response | tuple[str, int]:
    form = CloseForm()
    if not form.validate():
        return _page(place, form), 422
    assert form.closed_on.data is not None
    closed_on = form.closed_on.data
    return act(
        lambda: places.close(place, closed_on=closed_on, actor=actor(), now=clock.now()),
        then=lambda _done: see_other(PAGES.url("show", place)),
        again=lambda refusal: _page(place, form, refusal),
    )


@bp.post("/<int:place_id>/reopen")
@requires(Permission.MOVE_STOCK, place=queries.get_place)
def reopen(place: StockPlace) -> Response:
    places.reopen(place, actor=actor(), now=clock.now())
    return see_other(PAGES.url("show", place))


def _page(place: StockPlace, form: CloseForm | None = None, refusal: Refusal | None = None) -> str:
    facts = [
        *([(_("Its name"), place.name)] if place.name else []),
        (_("Region"), text_of(place.region, "name")),
        *([(_("Closed since"), long_day(place.closed_on))] if place.closed_on else []),
    ]
    return records.show_page(
        PAGES,
        place,
        labels.place_name(place),
        facts,
        page="materials/place.html",
        balances=queries.list_balances(places=[place.id]),
        close_form=form or CloseForm(formdata=None, closed_on=clock.today()),
        is_main=places.is_main(place),
        refusal=refusal,
        words=labels,
    )


def _offered(form: PlaceForm) -> PlaceForm:
    regions = [(region.code, text_of(region, "name")) for region in people.list_regions_of(actor())]
    form.region_code.choices = options([("", _("Choose"))] * (len(regions) > 1) + regions)
    return form


def _form_of(place: StockPlace) -> PlaceForm:
    form = PlaceForm(formdata=None, version=place.version, **place.name.columns("name"))
    del form.region_code
    return form
