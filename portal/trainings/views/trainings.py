"""Make a training."""

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.catalog import queries as catalog
from portal.catalog.rules import NewCourse, NewVenue
from portal.people import queries as people
from portal.platform import clock, tokens
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import options
from portal.platform.htmx import respond
from portal.platform.languages import text_of
from portal.platform.texts import Text
from portal.records import printed, refusals
from portal.records.refusals import PlanRefused
from portal.trainings.forms.plans import Choices, NewTrainingForm, contact
from portal.trainings.models import Course, Project, Training
from portal.trainings.operations import plans
from portal.trainings.operations.plans import Place
from portal.trainings.operations.refusals import VenueElsewhere
from portal.trainings.rules.plans import NAMES_DUE_DAYS, NOMINATIONS_DUE_DAYS
from portal.trainings.rules.states import TrainingState

bp = Blueprint("trainings", __name__, url_prefix="/trainings")
_ZONE = NewVenue(Text()).time_zone


@bp.get("/new")
@requires(Permission.EDIT_TRAINING)
def new() -> Response:
    """Show the empty form."""
    due = {"nominations_due_days": NOMINATIONS_DUE_DAYS, "names_due_days": NAMES_DUE_DAYS}
    mine = str(plans.contact_by_default(actor()) or "")
    return _page(NewTrainingForm(formdata=None, minimum_attendance=80, contact_id=mine, **due))


@bp.post("")
@requires(Permission.EDIT_TRAINING)
def create() -> Response:
    """Make the training, or do what one of the form's other buttons asks for."""
    form = NewTrainingForm()
    _offer(form)
    act = request.form.get("act", "")
    if act:
        form.act(act, _ZONE)
        return _page(form)
    if not len(form.sessions) and form.starts_on.data and form.ends_on.data:
        form.propose(_ZONE)
        return _page(form, is_proposed=True, status=422)
    if not form.validate():
        return _page(form, status=422)
    try:
        training = _create(form)
    except PlanRefused as refusal:
        form.show(refusal.faults, refusals.wording)
        return _page(form, status=refusal.status)
    except Refusal as refusal:
        return _page(form, refusal=refusal, status=refusal.status)
    flash(_("The training %(code)s is planned.", code=training.code))
    return see_other(url_for("closing.show", code=training.code))


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
        titles=Text.of(course) if course else None,
    )
    assert region is not None
    place = Place(
        course=course or NewCourse(form.course_code.data or "", plan.titles, plan.hours),
        project=projects.get(form.project_id.data),
        region=region,
        venue=venue or NewVenue(form.venue_name),
    )
    state = TrainingState.DRAFT if "draft" in request.form else TrainingState.APPROVED
    return plans.create(plan, place, state=state, actor=actor(), now=clock.now())


def _offer(form: NewTrainingForm) -> None:
    regions = people.list_regions_of(actor())
    venues = catalog.list_venues(region.code for region in regions)
    institutions = people.list_offered_institutions(clock.today())
    form.offer(
        Choices(
            institutions=[(str(one.id), text_of(one, "name")) for one in institutions],
            regions=[(one.code, text_of(one, "name")) for one in people.list_regions()],
            venues=[(str(one.id), f"{text_of(one, 'name')} – {text_of(one.region, 'name')}") for one in venues],
            contacts=[contact(one) for one in accounts.list_coordinators(*(region.code for region in regions))],
        )
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
