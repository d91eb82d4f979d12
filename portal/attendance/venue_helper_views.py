"""Links for venue helpers, as a coordinator creates, watches and ends them; the page that a link opens."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, flash, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import HELPER_COOKIE, actor, fresh, public, requires, venue_helper
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.accounts.rules import device_of
from portal.attendance import queries, rules, venue_helpers
from portal.attendance.forms import HelperLinkForm, VenueHelperForm
from portal.attendance.models import VenueHelper, VenueHelperSession
from portal.attendance.rules import HELPER_STAY, HELPER_TRIES
from portal.platform import clock, cookies, dates, i18n, paging
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import options
from portal.platform.limits import Limit, client_address, forgive_request, limited
from portal.platform.qr import qr
from portal.platform.submissions import repeatable
from portal.trainings import queries as trainings
from portal.trainings.models import Training

bp = Blueprint("venue_helpers", __name__, url_prefix="/trainings/<code>/venue-helpers")


@bp.get("")
@requires(Permission.MANAGE_VENUE_HELPERS, training=trainings.get_training)
def index(training: Training) -> str:
    """List who may help, from which devices they came and when last, and offer a new link."""
    form = _form(training, formdata=None)
    form.days.data = [choice.value for choice in form.days.choices or []]
    return _page(training, form)


@bp.post("")
@requires(Permission.MANAGE_VENUE_HELPERS, training=trainings.get_training)
@fresh()
@repeatable  # The answer shows a secret, which no row may keep.
def give_link(training: Training) -> str | tuple[str, int]:
    """Make a link and show it this once."""
    form = _form(training)
    if not form.validate():
        return _page(training, form), 422
    days = [date.fromisoformat(day) for day in form.days.data or []]
    try:
        helper, secret = venue_helpers.give_link(
            training, name=form.name.data or "", days=days, actor=actor(), now=clock.now()
        )
    except Refusal as refusal:
        return _page(training, form, refusal=refusal), refusal.status
    address = f"{current_app.config['PORTAL_BASE_URL']}/helper#{secret}"
    return render_template(
        "attendance/venue_helper_link.html",
        training=training,
        helper=helper,
        address=address,
        days=[dates.long_date(day, i18n.current()) for day in helper.dates],
        code=qr(address),
    )


@bp.post("/<helper_reference>/end")
@requires(Permission.MANAGE_VENUE_HELPERS, training=trainings.get_training, venue_helper=venue_helpers.get_venue_helper)
@repeatable
def end_link(training: Training, venue_helper: VenueHelper) -> Response:
    """End a link at once, on every device that uses it."""
    venue_helpers.end_link(venue_helper, actor=actor(), now=clock.now())
    flash(_("The link of %(name)s is not valid any more.", name=venue_helper.name), "success")
    return see_other(url_for(".index", code=training.code))


def _form(training: Training, **sent: None) -> VenueHelperForm:
    """Return the form with the days that are not over."""
    form = VenueHelperForm(**sent)
    zone, now, lang = ZoneInfo(training.time_zone), clock.now(), i18n.current()
    days = sorted({session.local_date for session in training.sessions})
    ahead = [day for day in days if rules.helper_until([day], zone) > now]
    form.days.choices = options([(day.isoformat(), dates.long_date(day, lang)) for day in ahead])
    return form


def _page(training: Training, form: VenueHelperForm, **context: Any) -> str:
    listed = venue_helpers.list_venue_helpers(training, paging.asked())
    return render_template(
        "attendance/venue_helpers.html",
        training=training,
        form=form,
        listed=listed,
        names=accounts.names_of(helper.created_by for helper, _stays in listed.items),
        zone=ZoneInfo(training.time_zone),
        now=clock.now(),
        **context,
    )


helper_page_bp = Blueprint("helper_page", __name__, url_prefix="/helper")
_TOUCH = timedelta(minutes=1)


@helper_page_bp.get("", endpoint="index")
@public
def open_page() -> str:
    """Show today's sessions, or say how the page is opened; the script sends what a link carries."""
    stay = venue_helper()
    if not isinstance(stay, VenueHelperSession):
        ended = venue_helpers.WrongHelperLink() if cookies.read(HELPER_COOKIE) else None
        return render_template("attendance/door_closed.html", link=HelperLinkForm(formdata=None), refusal=ended)
    helper, training = stay.venue_helper, stay.venue_helper.training
    return render_template(
        "attendance/door.html",
        training=training,
        helper=helper,
        sessions={day: [one for one in training.sessions if one.local_date == day] for day in helper.dates},
        today=clock.today(training.time_zone),
        counts=queries.counts(training),
        zone=ZoneInfo(training.time_zone),
        now=clock.now(),
    )


@helper_page_bp.post("/open")
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


@helper_page_bp.post("/leave")
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
        venue_helpers.touch_stay(stay, now=now)
    return stay


def _end_stay() -> None:
    stay = venue_helper()
    if isinstance(stay, VenueHelperSession):
        venue_helpers.end_stay(stay, now=clock.now())
