"""The pages of donors."""

from flask import Blueprint, Response
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.platform import clock
from portal.platform.languages import text_of
from portal.platform.texts import Text
from portal.records import pages as records
from portal.records.pages import Kind, Line, Saving
from portal.trainings import queries
from portal.trainings.forms.directory import DonorForm
from portal.trainings.models import Donor
from portal.trainings.operations import donors

bp = Blueprint("donors", __name__, url_prefix="/donors")
KIND = Kind(
    "donors",
    "donor_id",
    Permission.EDIT_DIRECTORY,
    fields="trainings/fields/donors.html",
    events=("trainings.donor_added", "trainings.donor_changed"),
)


@bp.get("")
@requires(Permission.VIEW_DIRECTORY)
def index() -> Response:
    """List the donors."""
    page = queries.page_of_records(Donor, **records.asked())
    lines = [Line(KIND.url("show", one), text_of(one, "name"), one.code, []) for one in page.items]
    return records.index(KIND, page, lines, [])


@bp.get("/new")
@requires(Permission.EDIT_DIRECTORY)
def new() -> Response:
    """Show the empty form."""
    return records.form_page(KIND, DonorForm(formdata=None))


@bp.post("")
@requires(Permission.EDIT_DIRECTORY)
def create() -> Response:
    """Make a donor."""
    form = DonorForm()

    def act() -> Donor:
        return donors.create(form.planned(form.code.data or ""), actor=actor(), now=clock.now())

    return records.save(Saving(KIND, form, act))


@bp.get("/<int:donor_id>")
@requires(Permission.VIEW_DIRECTORY, donor=queries.get_donor)
def show(donor: Donor) -> str:
    """Show a donor."""
    facts = [(_("Code"), donor.code), (_("Its name"), Text.of(donor, "name"))]
    return records.show(KIND, donor, text_of(donor, "name"), facts)


@bp.get("/<int:donor_id>/edit")
@requires(Permission.EDIT_DIRECTORY, donor=queries.get_donor)
def edit(donor: Donor) -> Response:
    """Show the donor in the form."""
    return records.form_page(KIND, _form_of(donor), donor)


@bp.post("/<int:donor_id>/edit")
@requires(Permission.EDIT_DIRECTORY, donor=queries.get_donor)
def update(donor: Donor) -> Response:
    """Save the changed donor."""
    form = DonorForm()
    del form.code

    def act() -> Donor:
        version = form.version.data or 0
        donors.change(donor, form.planned(donor.code), version=version, actor=actor(), now=clock.now())
        return donor

    return records.save(Saving(KIND, form, act, donor, lambda: _form_of(donor)))


def _form_of(donor: Donor) -> DonorForm:
    form = DonorForm(formdata=None, **records.values_of(donor, ["name_"]))
    del form.code
    return form
