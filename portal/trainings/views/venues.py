"""The pages of venues: those of the regions in which somebody runs trainings."""

from flask import Blueprint, Response
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.people import queries as people
from portal.platform import clock
from portal.platform.forms import options
from portal.platform.languages import text_of
from portal.platform.texts import Text
from portal.records import pages as records
from portal.records.pages import Kind, Line, Saving
from portal.trainings import queries
from portal.trainings.forms.directory import VenueForm
from portal.trainings.models import Venue
from portal.trainings.operations import printed, retiring, venues

bp = Blueprint("venues", __name__, url_prefix="/venues")
KIND = Kind(
    "venues",
    "venue_id",
    Permission.EDIT_VENUES,
    fields="trainings/fields/venues.html",
    events=("trainings.venue_added", "trainings.venue_changed"),
    letters=printed.LETTERS,
)
_SHOWN = ["name_", "address_", "hall_capacity", "contact", "contact_phone", "time_zone"]


@bp.get("")
@requires(Permission.VIEW_VENUES)
def index() -> Response:
    """List the venues within reach."""
    page = queries.page_of_venues(actor(), **records.asked(), is_retired=records.is_retired_asked())
    lines = [
        Line(
            KIND.url("show", one),
            text_of(one, "name"),
            text_of(one, "address"),
            [text_of(one.region, "name"), one.hall_capacity or "", one.contact],
        )
        for one in page.items
    ]
    return records.index(KIND, page, lines, [_("Region"), _("Places in the hall"), _("Whom to call")], can_retire=True)


@bp.get("/new")
@requires(Permission.EDIT_VENUES)
def new() -> Response:
    """Show the empty form."""
    return records.form_page(KIND, _new_form(VenueForm(formdata=None)))


@bp.post("")
@requires(Permission.EDIT_VENUES)
def create() -> Response:
    """Make a venue."""
    form = _new_form(VenueForm())

    def act() -> Venue:
        region = people.get_region(form.region_code.data)
        assert region is not None
        return venues.create(form.planned(), region, actor=actor(), now=clock.now())

    return records.save(Saving(KIND, form, act))


@bp.get("/<int:venue_id>")
@requires(Permission.VIEW_VENUES, venue=queries.get_venue)
def show(venue: Venue) -> str:
    """Show a venue."""
    facts = [
        (_("Its name"), Text.of(venue, "name")),
        (_("Region"), text_of(venue.region, "name")),
        (_("Address"), Text.of(venue, "address")),
        (_("Places in the hall"), venue.hall_capacity or ""),
        (_("Whom to call"), venue.contact),
        (_("Phone"), venue.contact_phone),
        (_("Time zone"), venue.time_zone),
    ]
    return records.show(KIND, venue, text_of(venue, "name"), facts, can_retire=True)


@bp.get("/<int:venue_id>/edit")
@requires(Permission.EDIT_VENUES, venue=queries.get_venue)
def edit(venue: Venue) -> Response:
    """Show the venue in the form."""
    return records.form_page(KIND, _form_of(venue), venue)


@bp.post("/<int:venue_id>/edit")
@requires(Permission.EDIT_VENUES, venue=queries.get_venue)
def update(venue: Venue) -> Response:
    """Save the changed venue."""
    form = VenueForm()
    del form.region_code

    def act() -> Venue:
        version = form.version.data or 0
        venues.change(venue, form.planned(), version=version, actor=actor(), now=clock.now())
        return venue

    return records.save(Saving(KIND, form, act, venue, lambda: _form_of(venue)))


@bp.post("/<int:venue_id>/retire")
@requires(Permission.EDIT_VENUES, venue=queries.get_venue)
def retire(venue: Venue) -> Response:
    """Offer the venue nowhere new."""
    retiring.retire(venue, actor=actor(), now=clock.now())
    return records.to_record(KIND, venue)


@bp.post("/<int:venue_id>/restore")
@requires(Permission.EDIT_VENUES, venue=queries.get_venue)
def restore(venue: Venue) -> Response:
    """Offer the venue again."""
    retiring.restore(venue, actor=actor(), now=clock.now())
    return records.to_record(KIND, venue)


def _new_form(form: VenueForm) -> VenueForm:
    regions = [(region.code, text_of(region, "name")) for region in queries.list_regions(actor())]
    form.region_code.choices = options([("", _("Choose"))] * (len(regions) > 1) + regions)
    return form


def _form_of(venue: Venue) -> VenueForm:
    form = VenueForm(formdata=None, **records.values_of(venue, _SHOWN))
    del form.region_code
    return form
