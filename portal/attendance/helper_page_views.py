"""The venue helper's start page: opened by a link, it leads to the rosters of the helper's days."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request, url_for

from portal.access.guard import HELPER_COOKIE, public, venue_helper
from portal.accounts.rules import device_of
from portal.attendance import queries, venue_helpers
from portal.attendance.forms import HelperLinkForm
from portal.attendance.models import VenueHelper, VenueHelperSession
from portal.attendance.rules import HELPER_STAY, HELPER_TRIES
from portal.platform import clock, cookies
from portal.platform.answers import see_other
from portal.platform.db import is_writing
from portal.platform.errors import Refusal
from portal.platform.limits import Limit, client_address, forgive_request, limited
from portal.platform.submissions import repeatable

bp = Blueprint("helper_page", __name__, url_prefix="/helper")
_TOUCH = timedelta(minutes=1)


@bp.get("")
@public
def index() -> str:
    """Show today's sessions, or say how the page is opened; the script sends what a link carries."""
    stay = venue_helper()
    if not isinstance(stay, VenueHelperSession):
        ended = venue_helpers.WrongHelperLink() if cookies.read(HELPER_COOKIE) else None
        return render_template("attendance/door_closed.html", link=HelperLinkForm(formdata=None), refusal=ended)
    return _start(stay.venue_helper)


@bp.post("/open")
@public
@repeatable
@limited(Limit("helper address", *HELPER_TRIES, client_address))
def open_with_link() -> Response | tuple[str, int]:
    """Open the page with a link."""
    form = HelperLinkForm()
    try:
        device = device_of(request.user_agent.string)
        secret, _helper = venue_helpers.open_with_link(form.token.data or "", device=device, now=clock.now())
    except Refusal as refusal:
        link = HelperLinkForm(formdata=None)
        return render_template("attendance/door_closed.html", link=link, refusal=refusal), refusal.status
    forgive_request()
    _end_stay()
    response = see_other(url_for(".index"))
    cookies.write(response, HELPER_COOKIE, secret, max_age=int(HELPER_STAY.total_seconds()))
    return response


@bp.post("/leave")
@public
@repeatable
def leave() -> Response:
    """Close the page on this device."""
    _end_stay()
    response = see_other(url_for(".index"))
    cookies.write(response, HELPER_COOKIE, "", max_age=0)
    return response


def load_venue_helper() -> VenueHelperSession | None:
    """Return the helper's stay of this request's cookie; whether the link still holds is read anew each time."""
    token, now = cookies.read(HELPER_COOKIE), clock.now()
    stay = venue_helpers.find_helper_stay(token, now) if token else None
    if stay is not None and now - stay.seen_at >= _TOUCH:
        touch = venue_helpers.keep_stay if is_writing() else venue_helpers.touch_stay
        touch(stay, now=now)
    return stay


def _end_stay() -> None:
    stay = venue_helper()
    if isinstance(stay, VenueHelperSession):
        venue_helpers.end_stay(stay, now=clock.now())


def _start(helper: VenueHelper) -> str:
    training, today = helper.training, clock.today(helper.training.time_zone)
    sessions = {day: [one for one in training.sessions if one.local_date == day] for day in helper.dates}
    return render_template(
        "attendance/door.html",
        training=training,
        helper=helper,
        sessions=sessions,
        today=today,
        counts=queries.counts(training),
        zone=ZoneInfo(training.time_zone),
        now=clock.now(),
    )
