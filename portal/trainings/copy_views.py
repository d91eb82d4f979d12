"""Copy a training."""

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.catalog import queries as catalog
from portal.catalog.kinds import VenueElsewhere
from portal.catalog.rules import NewVenue
from portal.people import queries as people
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.errors import Refusal, wording
from portal.platform.forms import add_error
from portal.platform.htmx import respond
from portal.platform.i18n import text_of
from portal.records import printed
from portal.records.refusals import PlanRefused
from portal.trainings import operations, queries
from portal.trainings.forms import CopyForm
from portal.trainings.models import Training
from portal.trainings.operations import Target
from portal.trainings.rules import TrainingState

bp = Blueprint("copies", __name__, url_prefix="/trainings/<code>/copy")


@bp.get("")
@requires(Permission.EDIT_TRAINING, training=queries.get_training)
def new(training: Training) -> Response:
    """Ask for the new days and the place."""
    values = {"region_code": training.region_code, "venue_id": str(training.venue_id)}
    return _page(training, CopyForm(formdata=None, **training.title.columns(), **values))


@bp.post("")
@requires(Permission.EDIT_TRAINING, training=queries.get_training)
def create(training: Training) -> Response:
    """Make the copy."""
    form = CopyForm()
    _offer(form)
    if not form.validate():
        return _page(training, form, status=422)
    try:
        copy = operations.copy(training, _target(form), actor=actor(), now=clock.now())
    except PlanRefused as refusal:
        further = [str(refusal)] if not _shown(form, refusal) else []
        return _page(training, form, refusal=" ".join(further), status=refusal.status)
    except Refusal as refusal:
        return _page(training, form, refusal=str(refusal), status=refusal.status)
    return see_other(
        url_for("closing.show", code=copy.code),
        _(
            "The training %(code)s is planned after the pattern of %(other)s.",
            code=copy.code,
            other=training.code,
        ),
    )


def _target(form: CopyForm) -> Target:
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


def _shown(form: CopyForm, refusal: PlanRefused) -> bool:
    """Put the words of each fault beside its field; tell whether all have one here."""
    for fault in refusal.faults:
        if fault.place is None and fault.field in form:
            add_error(form[fault.field], wording(fault))
    return all(fault.place is None and fault.field in form for fault in refusal.faults)


def _offer(form: CopyForm) -> None:
    regions = people.list_regions_of(actor())
    venues = catalog.list_venues(region.code for region in regions)
    form.offer(
        [(region.code, text_of(region, "name")) for region in regions],
        [(str(one.id), f"{text_of(one, 'name')} – {text_of(one.region, 'name')}") for one in venues],
    )


def _page(training: Training, form: CopyForm, *, refusal: str = "", status: int = 200) -> Response:
    _offer(form)
    return respond(
        page="trainings/copy.html",
        fragment="trainings/_copy.html",
        training=training,
        form=form,
        refusal=refusal,
        letters=printed.LETTERS,
        status=status,
    )
