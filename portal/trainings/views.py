"""Create or copy a training; the calendar by month and region, and calendar files."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.access.guard import actor, public, requires
from portal.access.permissions import Permission
from portal.accounts import operations as account_operations
from portal.accounts import queries as accounts
from portal.accounts.rules import is_demo_address
from portal.catalog import queries as catalog
from portal.catalog.kinds import VenueElsewhere
from portal.catalog.models import Course, Project
from portal.catalog.rules import NewCourse, NewVenue
from portal.people import queries as people
from portal.platform import clock, downloads, i18n, links, tokens
from portal.platform.answers import act, see_other
from portal.platform.errors import Refusal
from portal.platform.forms import options
from portal.platform.htmx import respond
from portal.platform.i18n import text_of
from portal.platform.texts import Text
from portal.records import printed
from portal.trainings import calendars, operations, queries, rules
from portal.trainings.forms import CopyForm, NewTrainingForm, beside, contact
from portal.trainings.models import Training, TrainingSession
from portal.trainings.operations import Place, Target
from portal.trainings.queries import get_session, get_training
from portal.trainings.rules import NAMES_DUE_DAYS, NOMINATIONS_DUE_DAYS, TrainingState

calendar_bp = Blueprint("calendar", __name__)
_FEED_PAST = timedelta(days=120)


@calendar_bp.get("/calendar")
@requires(Permission.VIEW_TRAININGS)
def index() -> str:
    """Show a month's trainings within reach, of all regions or one."""
    month = rules.month_of(request.args.get("month", ""), clock.today())
    regions = people.list_regions_of(actor())
    region = request.args.get("region", "")
    region = region if region in {one.code for one in regions} else ""
    trainings = queries.list_between(actor(), *rules.bounds(month), region)
    feed = accounts.find_calendar_feed(current_user.id)
    return render_template(
        "trainings/calendar.html",
        month=month,
        days=list(rules.sheet(month, trainings)),
        beside={step: _address(rules.beside(month, step), region) for step in (-1, 1)},
        today=clock.today(),
        region=region,
        regions=regions,
        feed_address=f"{links.address('/calendar/feeds/', feed.seed)}.ics" if feed else "",
    )


@calendar_bp.post("/calendar/feed")
@requires(Permission.VIEW_TRAININGS)
def make_feed() -> Response:
    """Make the address of one's own calendar; an older one ends."""
    account_operations.make_feed(current_user, now=clock.now())
    flash(_("Your calendar has an address now. Who knows it reads your trainings: keep it to yourself."))
    return see_other(url_for("calendar.index", _anchor="feed"))


@calendar_bp.post("/calendar/feed/end")
@requires(Permission.VIEW_TRAININGS)
def end_feed() -> Response:
    """End the address of one's own calendar."""
    account_operations.end_feed(current_user, now=clock.now())
    return see_other(url_for("calendar.index", _anchor="feed"), _("The address of your calendar has ended."))


@calendar_bp.get("/calendar/feeds/<feed_token>.ics")
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


@calendar_bp.get("/trainings/<code>/agenda/calendar.ics")
@requires(Permission.VIEW_TRAININGS, training=get_training)
def training_file(training: Training) -> Response:
    """Download the days of a training as calendar entries."""
    content = calendars.training_file(training, i18n.current(), now=clock.now())
    return _file(content, f"{training.code}.ics")


@calendar_bp.get("/trainings/<code>/agenda/sessions/<session_reference>.ics")
@requires(Permission.VIEW_TRAININGS, training=get_training, session=get_session)
def session_file(training: Training, session: TrainingSession) -> Response:
    """Download one session as a calendar entry."""
    content = calendars.session_file(session, i18n.current(), now=clock.now())
    return _file(content, f"{training.code}-{session.local_date.isoformat()}.ics")


def _file(content: str, filename: str) -> Response:
    return downloads.send_bytes(content.encode(), filename=filename)


def _address(month: date | None, region: str) -> Any:
    if month is None:
        return None
    return url_for("calendar.index", month=f"{month:%Y-%m}", region=region or None)


bp = Blueprint("trainings", __name__, url_prefix="/trainings")
_ZONE = NewVenue(Text()).time_zone


@bp.get("/new")
@requires(Permission.EDIT_TRAINING)
def new() -> Response:
    """Show the empty form."""
    due = {"nominations_due_days": NOMINATIONS_DUE_DAYS, "names_due_days": NAMES_DUE_DAYS}
    mine = str(operations.contact_by_default(actor()) or "")
    return _page(NewTrainingForm(formdata=None, minimum_attendance=80, contact_id=mine, **due))


@bp.post("")
@requires(Permission.EDIT_TRAINING)
def create() -> Response:
    """Make the training, or do what one of the form's other buttons asks for."""
    form = NewTrainingForm()
    _offer(form)
    if button := request.form.get("act", ""):
        form.act(button, _ZONE)
        return _page(form)
    if not len(form.sessions) and form.starts_on.data and form.ends_on.data:
        form.propose(_ZONE)
        return _page(form, is_proposed=True, status=422)
    if not form.validate():
        return _page(form, status=422)
    return act(
        lambda: _create(form),
        then=lambda made: _to_training(made, _("The training %(code)s is planned.", code=made.code)),
        again=lambda refusal: _page(form, refusal=beside(form, refusal), status=refusal.status),
    )


def _to_training(training: Training, words: str) -> Response:
    return see_other(url_for("closing.show", code=training.code), words)


def _create(form: NewTrainingForm) -> Training:
    courses = {str(course.id): course for course in catalog.list_courses()}
    venues = {str(venue.id): venue for venue in catalog.list_venues([form.region_code.data])}
    projects = {str(project.id): project for project in catalog.list_projects()}
    region = people.get_region(form.region_code.data)
    course, venue = courses.get(form.course_id.data), venues.get(form.venue_id.data)
    if form.venue_id.data and venue is None:
        raise VenueElsewhere
    plan = form.plan(
        venue.time_zone if venue else _ZONE,
        hours=course.hours if course else None,
        titles=course.title if course else None,
    )
    assert region is not None
    place = Place(
        course=course or NewCourse(form.course_code.data or "", plan.titles, plan.hours),
        project=projects.get(form.project_id.data),
        region=region,
        venue=venue or NewVenue(form.venue_name),
    )
    state = TrainingState.DRAFT if "draft" in request.form else TrainingState.APPROVED
    return operations.create(plan, place, state=state, actor=actor(), now=clock.now())


def _offer(form: NewTrainingForm) -> None:
    regions = people.list_regions_of(actor())
    venues = catalog.list_venues(region.code for region in regions)
    institutions = people.list_offered_institutions(clock.today())
    form.offer(
        institutions=[(str(one.id), text_of(one, "name")) for one in institutions],
        regions=[(one.code, text_of(one, "name")) for one in people.list_regions()],
        venues=[(str(one.id), f"{text_of(one, 'name')} – {text_of(one.region, 'name')}") for one in venues],
        contacts=[contact(one) for one in accounts.list_coordinators(*(region.code for region in regions))],
    )
    unsaid = [("", _("Choose"))] if len(regions) > 1 else []
    form.region_code.choices = options([*unsaid, *((region.code, text_of(region, "name")) for region in regions)])
    form.course_id.choices = options([("", _("A new course")), *map(_called, catalog.list_courses())])
    form.project_id.choices = options([("", _("No project")), *map(_called, catalog.list_projects())])


def _called(one: Course | Project) -> tuple[str, str]:
    return str(one.id), f"{one.code} – {text_of(one, 'title')}"


def _page(
    form: NewTrainingForm, *, refusal: Refusal | None = None, is_proposed: bool = False, status: int = 200
) -> Response:
    _offer(form)
    if status == 200:  # The form was taken note of; what is sent next is another one.
        form.form_key.data = tokens.random_token()
    return respond(
        page="trainings/new.html",
        fragment="trainings/_form.html",
        form=form,
        refusal=refusal,
        is_proposed=is_proposed,
        letters=printed.LETTERS,
        status=status,
    )


copies_bp = Blueprint("copies", __name__, url_prefix="/trainings/<code>/copy")


@copies_bp.get("", endpoint="new")
@requires(Permission.EDIT_TRAINING, training=queries.get_training)
def new_copy(training: Training) -> Response:
    """Ask for the new days and the place."""
    values = {"region_code": training.region_code, "venue_id": str(training.venue_id)}
    return _copy_page(training, CopyForm(formdata=None, **training.title.columns(), **values))


@copies_bp.post("", endpoint="create")
@requires(Permission.EDIT_TRAINING, training=queries.get_training)
def create_copy(training: Training) -> Response:
    """Make the copy."""
    form = CopyForm()
    _offer_copy(form)
    if not form.validate():
        return _copy_page(training, form, status=422)

    def then(copy: Training) -> Response:
        words = _(
            "The training %(code)s is planned after the pattern of %(other)s.", code=copy.code, other=training.code
        )
        return _to_training(copy, words)

    return act(
        lambda: operations.copy(training, _target_of(form), actor=actor(), now=clock.now()),
        then=then,
        again=lambda refusal: _copy_page(training, form, refusal=beside(form, refusal)),
    )


def _target_of(form: CopyForm) -> Target:
    region = people.get_region(form.region_code.data)
    assert region is not None
    venues = {str(venue.id): venue for venue in catalog.list_venues([region.code])}
    if form.venue_id.data and form.venue_id.data not in venues:
        raise VenueElsewhere
    assert form.starts_on.data is not None
    return Target(
        titles=form.title,
        starts_on=form.starts_on.data,
        region=region,
        venue=venues.get(form.venue_id.data) or NewVenue(form.venue_name),
        state=TrainingState.DRAFT if "draft" in request.form else TrainingState.APPROVED,
    )


def _offer_copy(form: CopyForm) -> None:
    regions = people.list_regions_of(actor())
    venues = catalog.list_venues(region.code for region in regions)
    form.offer(
        [(region.code, text_of(region, "name")) for region in regions],
        [(str(one.id), f"{text_of(one, 'name')} – {text_of(one.region, 'name')}") for one in venues],
    )


def _copy_page(training: Training, form: CopyForm, *, refusal: Refusal | None = None, status: int = 200) -> Response:
    _offer_copy(form)
    return respond(
        page="trainings/copy.html",
        fragment="trainings/_copy.html",
        training=training,
        form=form,
        refusal=refusal,
        letters=printed.LETTERS,
        status=status,
    )
