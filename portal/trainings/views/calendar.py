"""The calendar of all trainings by month and region, and calendar files: a session, a training, a feed of one's own."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.access.guard import actor, public, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.accounts.operations import calendars as feeds
from portal.accounts.rules.demo import is_demo_address
from portal.people import queries as people
from portal.platform import clock, downloads, languages, links
from portal.platform.answers import see_other
from portal.trainings import calendars, queries
from portal.trainings.models import Training, TrainingSession
from portal.trainings.queries import get_session, get_training
from portal.trainings.rules import months

bp = Blueprint("calendar", __name__)
_FEED_PAST = timedelta(days=120)


@bp.get("/calendar")
@requires(Permission.VIEW_TRAININGS)
def index() -> str:
    """Show a month's trainings within reach, of all regions or one."""
    month = months.month_of(request.args.get("month", ""), clock.today())
    regions = people.list_regions_of(actor())
    region = request.args.get("region", "")
    region = region if region in {one.code for one in regions} else ""
    trainings = queries.list_between(actor(), *months.bounds(month), region)
    feed = accounts.find_calendar_feed(current_user.id)
    return render_template(
        "trainings/calendar.html",
        month=month,
        days=list(months.sheet(month, trainings)),
        beside={step: _address(months.beside(month, step), region) for step in (-1, 1)},
        today=clock.today(),
        region=region,
        regions=regions,
        feed_address=_feed_address(feed.seed) if feed else "",
    )


@bp.post("/calendar/feed")
@requires(Permission.VIEW_TRAININGS)
def make_feed() -> Response:
    """Make the address of one's own calendar; an older one ends."""
    feeds.make_feed(current_user, now=clock.now())
    flash(_("Your calendar has an address now. Who knows it reads your trainings: keep it to yourself."))
    return see_other(url_for("calendar.index", _anchor="feed"))


@bp.post("/calendar/feed/end")
@requires(Permission.VIEW_TRAININGS)
def end_feed() -> Response:
    """End the address of one's own calendar."""
    feeds.end_feed(current_user, now=clock.now())
    return see_other(url_for("calendar.index", _anchor="feed"), _("The address of your calendar has ended."))


@bp.get("/calendar/feeds/<feed_token>.ics")
@public
def feed(feed_token: str) -> Response:
    """Give a calendar program the trainings of the account whose address this is.

    Such a program can only read an address, so the secret stands in it: random, and ended by one button.
    """
    account = accounts.find_calendar_owner(feed_token)
    if account is None or (is_demo_address(account.email) and not current_app.config["PORTAL_IS_DEMO"]):
        abort(404)
    since = clock.today() - _FEED_PAST
    trainings = queries.list_for_feed(account, since)
    content = calendars.feed(trainings, _("Trainings"), account.locale, now=clock.now())
    return _file(content, "trainings.ics")


@bp.get("/trainings/<code>/agenda/calendar.ics")
@requires(Permission.VIEW_TRAININGS, training=get_training)
def training_file(training: Training) -> Response:
    """Download the days of a training as calendar entries."""
    content = calendars.training_file(training, languages.current(), now=clock.now())
    return _file(content, f"{training.code}.ics")


@bp.get("/trainings/<code>/agenda/sessions/<session_reference>.ics")
@requires(Permission.VIEW_TRAININGS, training=get_training, session=get_session)
def session_file(training: Training, session: TrainingSession) -> Response:
    """Download one session as a calendar entry."""
    content = calendars.session_file(session, languages.current(), now=clock.now())
    return _file(content, f"{training.code}-{session.local_date.isoformat()}.ics")


def _file(content: str, filename: str) -> Response:
    return downloads.send_bytes(content.encode(), filename=filename, media_type=calendars.MEDIA_TYPE)


def _feed_address(seed: str) -> str:
    return f"{links.address('/calendar/feeds/', seed)}.ics"


def _address(month: date | None, region: str) -> Any:
    if month is None:
        return None
    return url_for("calendar.index", month=f"{month:%Y-%m}", region=region or None)
