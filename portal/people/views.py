"""The pages of institutions, ranks and posts, and what is offered where a rank or a post is typed."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.people import operations, queries
from portal.people.kinds import INSTITUTIONS, POSTS, RANKS, closing_words
from portal.people.models import Institution, Post, Rank
from portal.people.rules import InstitutionKind, RankGroup, is_closed
from portal.platform import clock
from portal.platform.answers import act, see_other
from portal.platform.errors import FieldsRefused, Refusal, wording
from portal.platform.i18n import label, text_of
from portal.records import pages
from portal.records.forms import CloseForm, VersionForm
from portal.records.pages import KindPages, blueprint

_OFFERED: Mapping[str, type[Rank] | type[Post]] = {"rank": Rank, "post": Post}
_TITLE_FACTS = ("institution_id", "place", "valid_from", "closed_on")


def offered_titles(name: str) -> list[str]:
    """Return the ranks or posts of today in the language of the page; any other may be typed."""
    titles = queries.list_offered_titles(_OFFERED[name], clock.today())
    return list(dict.fromkeys(text_of(one, "title") for one in titles))


def _institution_cells(institutions: Sequence[Institution]) -> list[Sequence[Any]]:
    above = {one.id: text_of(one, "name") for one in queries.list_institutions()}
    regions = {one.code: text_of(one, "name") for one in queries.list_regions()}
    return [
        (label(InstitutionKind(one.kind)), above.get(one.parent_id or 0, ""), regions.get(one.region_code or "", ""))
        for one in institutions
    ]


def _institution_page(institution: Institution) -> dict[str, Any]:
    return {
        "children": queries.list_children(institution),
        "close_form": CloseForm(formdata=None, version=institution.version, closed_on=clock.today()),
        "reopen_form": VersionForm(formdata=None, version=institution.version),
        "warning": closing_words(institution.closed_on, clock.today()),
    }


def _title_cells(titles: Sequence[Rank | Post]) -> list[Sequence[Any]]:
    return [
        (
            *([label(RankGroup(one.rank_group))] if isinstance(one, Rank) else []),
            text_of(one.institution, "name") if one.institution else _("all institutions"),
            one.place,
        )
        for one in titles
    ]


INSTITUTION_PAGES = KindPages(
    kind=INSTITUTIONS,
    endpoint="institutions",
    id_name="institution_id",
    load=queries.get_institution,
    view=Permission.VIEW_REFERENCE,
    edit=Permission.EDIT_REFERENCE,
    fields="people/fields/institutions.html",
    listed=lambda _actor: queries.institutions(),
    heads=[_l("Kind"), _l("Part of"), _l("Region")],
    cells=_institution_cells,
    warning=lambda institution: closing_words(institution.closed_on, clock.today()),
    facts=[
        "code",
        "name",
        "aliases",
        "kind",
        "parent_id",
        "region_code",
        "is_security_force",
        (_l("Exists from"), lambda institution: institution.valid_from or ""),
    ],
    page="people/institution.html",
    more=_institution_page,
    events=["people.institution_closed", "people.institution_reopened"],
)
RANK_PAGES = KindPages(
    kind=RANKS,
    endpoint="ranks",
    id_name="rank_id",
    load=queries.get_rank,
    view=Permission.VIEW_REFERENCE,
    edit=Permission.EDIT_REFERENCE,
    fields="people/fields/titles.html",
    listed=lambda _actor: queries.titles(Rank),
    heads=[_l("Counted as"), _l("Institution"), _l("Place in the list")],
    cells=_title_cells,
    warning=lambda title: _("No longer in use") if is_closed(title.closed_on, clock.today()) else "",
    facts=["code", "title", "rank_group", *_TITLE_FACTS],
)
POST_PAGES = KindPages(
    kind=POSTS,
    endpoint="posts",
    id_name="post_id",
    load=queries.get_post,
    view=Permission.VIEW_REFERENCE,
    edit=Permission.EDIT_REFERENCE,
    fields="people/fields/titles.html",
    listed=lambda _actor: queries.titles(Post),
    heads=[_l("Institution"), _l("Place in the list")],
    cells=_title_cells,
    warning=lambda title: _("No longer in use") if is_closed(title.closed_on, clock.today()) else "",
    facts=["code", "title", *_TITLE_FACTS],
)
institutions, ranks, posts = map(blueprint, (INSTITUTION_PAGES, RANK_PAGES, POST_PAGES))


@institutions.post("/<int:institution_id>/close")
@requires(Permission.EDIT_REFERENCE, institution=queries.get_institution)
def close(institution: Institution) -> Response | tuple[str, int]:
    form = CloseForm()
    if not form.validate() or form.closed_on.data is None:
        return pages.show(INSTITUTION_PAGES, institution, close_form=form), 422
    version, on = form.version.data or 0, form.closed_on.data
    try:
        operations.close(institution, on, version=version, actor=actor(), now=clock.now())
    except FieldsRefused as refusal:
        form.closed_on.errors = [wording(fault) for fault in refusal.faults]
        return pages.show(INSTITUTION_PAGES, institution, close_form=form), refusal.status
    except Refusal as refusal:
        return pages.show(INSTITUTION_PAGES, institution, refusal=refusal), refusal.status
    words = _("It is offered nowhere new from that day on; old records keep it.")
    return see_other(INSTITUTION_PAGES.url("show", institution), words)


@institutions.post("/<int:institution_id>/reopen")
@requires(Permission.EDIT_REFERENCE, institution=queries.get_institution)
def reopen(institution: Institution) -> Response:
    version = VersionForm().version.data or 0
    return act(
        lambda: operations.reopen(institution, version=version, actor=actor(), now=clock.now()),
        then=lambda _done: see_other(INSTITUTION_PAGES.url("show", institution), _("The institution is open again.")),
        again=lambda refusal: pages.show(INSTITUTION_PAGES, institution, refusal=refusal),
    )
