"""The pages of institutions."""

from typing import Any

from flask import Blueprint, Response, flash
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.people import queries
from portal.people.forms.directory import CloseForm, InstitutionForm, VersionForm
from portal.people.models import Institution
from portal.people.operations import institutions
from portal.people.operations.wording import KINDS
from portal.people.rules.institutions import lies_under
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.languages import text_of
from portal.platform.refusals import FieldsRefused
from portal.platform.texts import Text
from portal.records import pages as records
from portal.records.pages import Kind, Line, Saving

bp = Blueprint("institutions", __name__, url_prefix="/institutions")
KIND = Kind(
    "institutions",
    "institution_id",
    Permission.EDIT_REFERENCE,
    fields="people/fields/institutions.html",
    events=(
        "people.institution_added",
        "people.institution_changed",
        "people.institution_closed",
        "people.institution_reopened",
    ),
)
_SHOWN = ["name_", "kind", "is_security_force", "valid_from"]


@bp.get("")
@requires(Permission.VIEW_REFERENCE)
def index() -> Response:
    """List the institutions."""
    page = queries.page_of_institutions(**records.asked())
    above = {one.id: text_of(one, "name") for one in queries.list_institutions()}
    regions = {one.code: text_of(one, "name") for one in queries.list_regions()}
    lines = [
        Line(
            KIND.url("show", one),
            text_of(one, "name"),
            one.code,
            [KINDS[one.kind], above.get(one.parent_id or 0, ""), regions.get(one.region_code or "", "")],
            _closing(one),
        )
        for one in page.items
    ]
    return records.index(KIND, page, lines, [_("Kind"), _("Part of"), _("Region")])


@bp.get("/new")
@requires(Permission.EDIT_REFERENCE)
def new() -> Response:
    """Show the empty form."""
    return records.form_page(KIND, _offered(InstitutionForm(formdata=None)))


@bp.post("")
@requires(Permission.EDIT_REFERENCE)
def create() -> Response:
    """Make an institution."""
    form = _offered(InstitutionForm())

    def act() -> Institution:
        return institutions.create(form.code.data or "", form.planned(), actor=actor(), now=clock.now())

    return records.save(Saving(KIND, form, act))


@bp.get("/<int:institution_id>")
@requires(Permission.VIEW_REFERENCE, institution=queries.get_institution)
def show(institution: Institution) -> str:
    """Show an institution."""
    return _page(institution)


@bp.get("/<int:institution_id>/edit")
@requires(Permission.EDIT_REFERENCE, institution=queries.get_institution)
def edit(institution: Institution) -> Response:
    """Show the institution in the form."""
    return records.form_page(KIND, _form_of(institution), institution)


@bp.post("/<int:institution_id>/edit")
@requires(Permission.EDIT_REFERENCE, institution=queries.get_institution)
def update(institution: Institution) -> Response:
    """Save the changed institution."""
    form = _offered(InstitutionForm(), institution)
    del form.code

    def act() -> Institution:
        version = form.version.data or 0
        institutions.change(institution, form.planned(), version=version, actor=actor(), now=clock.now())
        return institution

    return records.save(Saving(KIND, form, act, institution, lambda: _form_of(institution)))


@bp.post("/<int:institution_id>/close")
@requires(Permission.EDIT_REFERENCE, institution=queries.get_institution)
def close(institution: Institution) -> Response | tuple[str, int]:
    """Close the institution from a day on."""
    form = CloseForm()
    if not form.validate() or form.closed_on.data is None:
        return _page(institution, form), 422
    version, on = form.version.data or 0, form.closed_on.data
    try:
        institutions.close(institution, on, version=version, actor=actor(), now=clock.now())
    except FieldsRefused as refusal:
        form.closed_on.errors = [refusal.wording(fault) for fault in refusal.faults]
        return _page(institution, form), refusal.status
    except Refusal as refusal:
        return _page(institution, refusal=refusal), refusal.status
    flash(_("It is offered nowhere new from that day on; old records keep it."))
    return see_other(KIND.url("show", institution))


@bp.post("/<int:institution_id>/reopen")
@requires(Permission.EDIT_REFERENCE, institution=queries.get_institution)
def reopen(institution: Institution) -> Response | tuple[str, int]:
    """Open the institution again."""
    form = VersionForm()
    try:
        institutions.reopen(institution, version=form.version.data or 0, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(institution, refusal=refusal), refusal.status
    return see_other(KIND.url("show", institution), _("The institution is open again."))


def _page(institution: Institution, form: CloseForm | None = None, **context: Any) -> str:
    parent = queries.get_institution(institution.parent_id) if institution.parent_id else None
    region = queries.get_region(institution.region_code) if institution.region_code else None
    facts = [
        (_("Code"), institution.code),
        (_("Its name"), Text.of(institution, "name")),
        (_("Further names in lists"), ", ".join(institution.aliases)),
        (_("Kind"), KINDS[institution.kind]),
        (_("Part of"), text_of(parent, "name") if parent else ""),
        (_("Region"), text_of(region, "name") if region else _("the whole country")),
        (_("Security force"), _("yes") if institution.is_security_force else _("no")),
        (_("Exists from"), institution.valid_from or ""),
    ]
    return records.show(
        KIND,
        institution,
        text_of(institution, "name"),
        facts,
        page="people/institution.html",
        children=queries.list_children(institution),
        close_form=form or CloseForm(formdata=None, version=institution.version, closed_on=clock.today()),
        reopen_form=VersionForm(formdata=None, version=institution.version),
        warning=_closing(institution),
        **context,
    )


def _closing(institution: Institution) -> str:
    if institution.closed_on is None:
        return ""
    is_closed = institution.is_closed(clock.today())
    words = _("Closed since %(day)s") if is_closed else _("Closes on %(day)s")
    return words % {"day": records.day(institution.closed_on)}


def _form_of(institution: Institution) -> InstitutionForm:
    form = InstitutionForm(
        formdata=None,
        **records.values_of(institution, _SHOWN),
        aliases="\n".join(institution.aliases),
        parent_id=str(institution.parent_id or ""),
        region_code=institution.region_code or "",
    )
    del form.code
    return _offered(form, institution)


def _offered(form: InstitutionForm, institution: Institution | None = None) -> InstitutionForm:
    """Offer what may stand above: nothing that is closed or that lies below; what stands above already stays."""
    kept = [institution.parent_id] if institution and institution.parent_id else []
    parents = queries.list_parents()
    form.offer(
        kinds=list(KINDS.items()),
        institutions=[
            (str(one.id), text_of(one, "name"))
            for one in queries.list_offered_institutions(clock.today(), kept)
            if institution is None or not lies_under(institution.id, one.id, parents)
        ],
        regions=[(region.code, text_of(region, "name")) for region in queries.list_regions()],
    )
    return form
