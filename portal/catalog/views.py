"""Pages of donors, projects, courses, venues and crisis centers."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.catalog import operations, queries
from portal.catalog.kinds import CENTERS, COURSES, DONORS, PROJECTS, VENUES
from portal.catalog.models import Project, ReferralCenter
from portal.catalog.rules import Offer, is_stale
from portal.people.kinds import closing_words
from portal.people.models import Region
from portal.platform import clock
from portal.platform.answers import act, see_other
from portal.platform.i18n import long_day, text_of
from portal.records import pages
from portal.records.fields import in_words
from portal.records.forms import VersionForm
from portal.records.pages import KindPages, blueprint


def warning_of(center: ReferralCenter) -> str:
    """Return what is to be said of an entry before it is trusted; empty if nothing is."""
    today = clock.today()
    if center.closed_on is not None:
        return closing_words(center.closed_on, today)
    if center.checked_on is None:
        return str(_("Not checked yet"))
    return str(_("Not checked for 12 months")) if is_stale(center.checked_on, today) else ""


def _project_page(project: Project) -> dict[str, Any]:
    # The pages that print it belong to certificates, a floor above.
    return {
        "specimen_url": url_for("specimens.download", project_id=project.id),
        "logos_url": url_for("logos.index", project_id=project.id),
    }


def _center_cells(centers: Sequence[ReferralCenter]) -> list[Sequence[Any]]:
    return [(text_of(one.region, "name"), in_words(one.offers, Offer), long_day(one.checked_on)) for one in centers]


def _center_page(center: ReferralCenter) -> dict[str, Any]:
    return {
        "check": pages.last_change(center, ["people.center_checked"]),
        "check_form": VersionForm(formdata=None, version=center.version),
        "warning": warning_of(center),
    }


DONOR_PAGES = KindPages(
    kind=DONORS,
    endpoint="donors",
    id_name="donor_id",
    load=queries.get_donor,
    view=Permission.VIEW_DIRECTORY,
    edit=Permission.EDIT_DIRECTORY,
    fields="catalog/fields/donors.html",
)
PROJECT_PAGES = KindPages(
    kind=PROJECTS,
    endpoint="projects",
    id_name="project_id",
    load=queries.get_project,
    view=Permission.VIEW_DIRECTORY,
    edit=Permission.EDIT_DIRECTORY,
    fields="catalog/fields/projects.html",
    heads=[_l("Series")],
    cells=lambda projects: [(one.certificate_series,) for one in projects],
    page="catalog/project.html",
    more=_project_page,
)
COURSE_PAGES = KindPages(
    kind=COURSES,
    endpoint="courses",
    id_name="course_id",
    load=queries.get_course,
    view=Permission.VIEW_DIRECTORY,
    edit=Permission.EDIT_DIRECTORY,
    fields="catalog/fields/courses.html",
    heads=[_l("Hours")],
    cells=lambda courses: [(one.hours,) for one in courses],
)
VENUE_PAGES = KindPages(
    kind=VENUES,
    endpoint="venues",
    id_name="venue_id",
    load=queries.get_venue,
    view=Permission.VIEW_VENUES,
    edit=Permission.EDIT_VENUES,
    fields="catalog/fields/venues.html",
    listed=queries.venues_within_reach,
    heads=[_l("Region"), _l("Places in the hall"), _l("Whom to call")],
    cells=lambda venues: [(text_of(one.region, "name"), one.hall_capacity or "", one.contact) for one in venues],
    note=lambda venue: text_of(venue, "address"),
    facts=["name", "region_code", "address", "hall_capacity", "contact", "contact_phone", "time_zone"],
)
CENTER_PAGES = KindPages(
    kind=CENTERS,
    endpoint="centers",
    address="/referral-centers",
    id_name="center_id",
    load=queries.get_center,
    view=Permission.VIEW_CENTERS,
    edit=Permission.EDIT_CENTERS,
    fields="catalog/fields/centers.html",
    listed=lambda _actor: queries.centers(request.args.get("region", "")[:6]),
    heads=[_l("Region"), _l("What it offers"), _l("Last checked on")],
    cells=_center_cells,
    note=lambda center: text_of(center, "address"),
    warning=warning_of,
    facts=["region_code", "address", "hours", "offers", "accepts", "languages", "note"],
    page="catalog/center.html",
    more=_center_page,
)
donors, projects, courses, venues, centers = map(
    blueprint, (DONOR_PAGES, PROJECT_PAGES, COURSE_PAGES, VENUE_PAGES, CENTER_PAGES)
)


@centers.post("/<int:center_id>/checked")
@requires(Permission.CONFIRM_CENTERS, center=queries.get_center, region=queries.get_region_of_center)
def checked(center: ReferralCenter, region: Region) -> Response:
    version, words = VersionForm().version.data or 0, _("Thank you. Participants see that it was checked today.")
    return act(
        lambda: operations.confirm_center(center, version=version, today=clock.today(), actor=actor(), now=clock.now()),
        then=lambda _done: see_other(CENTER_PAGES.url("show", center), words),
        again=lambda refusal: pages.show(CENTER_PAGES, center, refusal=refusal),
    )
