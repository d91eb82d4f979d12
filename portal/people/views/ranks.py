"""The pages of ranks."""

from flask import Blueprint, Response
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.people import queries
from portal.people.forms.directory import RankForm
from portal.people.models import Rank
from portal.people.operations import titles
from portal.people.views import titles as pages
from portal.platform import clock
from portal.records import pages as records
from portal.records.pages import Kind, Saving

bp = Blueprint("ranks", __name__, url_prefix="/ranks")
KIND = Kind(
    "ranks",
    "rank_id",
    Permission.EDIT_REFERENCE,
    fields="people/fields/titles.html",
    events=("people.rank_added", "people.rank_changed"),
)


@bp.get("")
@requires(Permission.VIEW_REFERENCE)
def index() -> Response:
    """List the ranks."""
    page = queries.page_of_titles(Rank, **records.asked())
    heads = [_("Counted as"), _("Institution"), _("Place in the list")]
    return records.index(KIND, page, pages.lines(KIND, list(page.items)), heads)


@bp.get("/new")
@requires(Permission.EDIT_REFERENCE)
def new() -> Response:
    """Show the empty form."""
    return records.form_page(KIND, pages.offered(RankForm(formdata=None)))


@bp.post("")
@requires(Permission.EDIT_REFERENCE)
def create() -> Response:
    """Make a rank."""
    form = pages.offered(RankForm())

    def act() -> Rank:
        return titles.create(Rank, form.planned(form.code.data or ""), actor=actor(), now=clock.now())

    return records.save(Saving(KIND, form, act))


@bp.get("/<int:rank_id>")
@requires(Permission.VIEW_REFERENCE, rank=queries.get_rank)
def show(rank: Rank) -> str:
    """Show a rank."""
    return pages.page(KIND, rank)


@bp.get("/<int:rank_id>/edit")
@requires(Permission.EDIT_REFERENCE, rank=queries.get_rank)
def edit(rank: Rank) -> Response:
    """Show the rank in the form."""
    return records.form_page(KIND, _form_of(rank), rank)


@bp.post("/<int:rank_id>/edit")
@requires(Permission.EDIT_REFERENCE, rank=queries.get_rank)
def update(rank: Rank) -> Response:
    """Save the changed rank."""
    form = pages.offered(RankForm(), rank)
    del form.code

    def act() -> Rank:
        planned, version = form.planned(rank.code), form.version.data or 0
        titles.change(rank, planned, version=version, actor=actor(), now=clock.now())
        return rank

    return records.save(Saving(KIND, form, act, rank, lambda: _form_of(rank)))


def _form_of(rank: Rank) -> RankForm:
    form = RankForm(formdata=None, **pages.values_of(rank))
    del form.code
    pages.offered(form, rank)
    return form
