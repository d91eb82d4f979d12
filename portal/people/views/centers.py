"""The pages of crisis centers: administrators keep them, coordinators say that those of their regions are right."""

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.people import queries
from portal.people.forms.directory import CenterForm, VersionForm
from portal.people.models import ReferralCenter, Region
from portal.people.operations import centers
from portal.people.operations.wording import GUESTS, OFFERS, TONGUES, in_words
from portal.people.rules.centers import is_stale
from portal.people.rules.institutions import is_closed
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import options
from portal.platform.languages import text_of
from portal.platform.texts import Text
from portal.records import pages as records
from portal.records.pages import Kind, Line, Saving

bp = Blueprint("centers", __name__, url_prefix="/referral-centers")
KIND = Kind(
    "centers",
    "center_id",
    Permission.EDIT_CENTERS,
    fields="people/fields/centers.html",
    events=("people.center_added", "people.center_changed"),
)
_CHECKS = ("people.center_checked",)
_SHOWN = ["name_", "region_code", "address_", "hours_", "offers", "accepts", "languages", "note_", "closed_on"]


@bp.get("")
@requires(Permission.VIEW_CENTERS)
def index() -> Response:
    """List the crisis centers of the whole country, or of one region."""
    page = queries.page_of_centers(**records.asked(), region=request.args.get("region", "")[:6])
    lines = [
        Line(
            KIND.url("show", one),
            text_of(one, "name"),
            text_of(one, "address"),
            [text_of(one.region, "name"), ", ".join(in_words(one.offers, OFFERS)), records.day(one.checked_on)],
            warning_of(one),
        )
        for one in page.items
    ]
    return records.index(KIND, page, lines, [_("Region"), _("What it offers"), _("Last checked on")])


@bp.get("/new")
@requires(Permission.EDIT_CENTERS)
def new() -> Response:
    """Show the empty form."""
    return records.form_page(KIND, _offered(CenterForm(formdata=None)))


@bp.post("")
@requires(Permission.EDIT_CENTERS)
def create() -> Response:
    """Make an entry."""
    form = _offered(CenterForm())

    def act() -> ReferralCenter:
        return centers.create(form.planned(), actor=actor(), now=clock.now())

    return records.save(Saving(KIND, form, act))


@bp.get("/<int:center_id>")
@requires(Permission.VIEW_CENTERS, center=queries.get_center)
def show(center: ReferralCenter) -> str:
    """Show an entry."""
    return _page(center)


@bp.get("/<int:center_id>/edit")
@requires(Permission.EDIT_CENTERS, center=queries.get_center)
def edit(center: ReferralCenter) -> Response:
    """Show the entry in the form."""
    return records.form_page(KIND, _form_of(center), center)


@bp.post("/<int:center_id>/edit")
@requires(Permission.EDIT_CENTERS, center=queries.get_center)
def update(center: ReferralCenter) -> Response:
    """Save the changed entry."""
    form = _offered(CenterForm())

    def act() -> ReferralCenter:
        centers.change(center, form.planned(), version=form.version.data or 0, actor=actor(), now=clock.now())
        return center

    return records.save(Saving(KIND, form, act, center, lambda: _form_of(center)))


@bp.post("/<int:center_id>/checked")
@requires(Permission.CONFIRM_CENTERS, center=queries.get_center, region=queries.get_region_of_center)
def checked(center: ReferralCenter, region: Region) -> Response | tuple[str, int]:
    """Say that the entry is right today."""
    version = VersionForm().version.data or 0
    try:
        centers.confirm(center, version=version, today=clock.today(), actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(center, refusal=refusal), refusal.status
    return see_other(KIND.url("show", center), _("Thank you. Participants see that it was checked today."))


def warning_of(center: ReferralCenter) -> str:
    """Return what is to be said of an entry before it is trusted; empty if nothing is."""
    today = clock.today()
    if center.closed_on is not None:
        words = _("Closed since %(day)s") if is_closed(center.closed_on, today) else _("Closes on %(day)s")
        return words % {"day": records.day(center.closed_on)}
    if center.checked_on is None:
        return _("Not checked yet")
    return _("Not checked for 12 months") if is_stale(center.checked_on, today) else ""


def _page(center: ReferralCenter, **context: Any) -> str:
    facts = [
        (_("Region"), text_of(center.region, "name")),
        (_("Address"), Text.of(center, "address")),
        (_("Hours"), Text.of(center, "hours")),
        (_("What it offers"), ", ".join(in_words(center.offers, OFFERS))),
        (_("Whom it takes in"), ", ".join(in_words(center.accepts, GUESTS))),
        (_("Languages spoken"), ", ".join(in_words(center.languages, TONGUES))),
        (_("Note"), Text.of(center, "note")),
    ]
    return records.show(
        KIND,
        center,
        text_of(center, "name"),
        facts,
        page="people/center.html",
        check=records.last_change(center, _CHECKS),
        check_form=VersionForm(formdata=None, version=center.version),
        warning=warning_of(center),
        **context,
    )


def _form_of(center: ReferralCenter) -> CenterForm:
    values = records.values_of(center, _SHOWN)
    return _offered(CenterForm(formdata=None, **values, phones="\n".join(center.phones)))


def _offered(form: CenterForm) -> CenterForm:
    regions = [(region.code, text_of(region, "name")) for region in queries.list_regions()]
    form.offers.choices = options(list(OFFERS.items()))
    form.accepts.choices = options(list(GUESTS.items()))
    form.languages.choices = options(list(TONGUES.items()))
    form.region_code.choices = options([("", _("Choose")), *regions])
    return form
