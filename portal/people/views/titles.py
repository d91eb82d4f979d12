"""What the pages of ranks and of posts share, and what is offered where one of them is typed."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from portal.people import queries
from portal.people.forms.directory import PostForm
from portal.people.models import Post, Rank
from portal.people.operations.wording import GROUPS
from portal.platform import clock
from portal.platform.forms import options
from portal.platform.languages import text_of
from portal.platform.texts import Text
from portal.records import pages as records
from portal.records.pages import Kind, Line

_SHOWN = ["title_", "place", "valid_from", "closed_on"]
_OFFERED: Mapping[str, type[Rank] | type[Post]] = {"rank": Rank, "post": Post}


def offered_titles(name: str) -> list[str]:
    """Return the ranks or posts of today in the language of the page; any other may be typed."""
    titles = queries.list_offered_titles(_OFFERED[name], clock.today())
    return list(dict.fromkeys(text_of(one, "title") for one in titles))


def lines(kind: Kind, titles: list[Rank] | list[Post]) -> list[Line]:
    """Return the lines of a list."""
    return [
        Line(
            kind.url("show", one),
            text_of(one, "title"),
            one.code,
            [
                *([GROUPS[one.rank_group]] if isinstance(one, Rank) else []),
                text_of(one.institution, "name") if one.institution else _("all institutions"),
                one.place,
            ],
            _("No longer in use") if one.closed_on and one.closed_on <= clock.today() else "",
        )
        for one in titles
    ]


def page(kind: Kind, title: Rank | Post) -> str:
    """Show a rank or a post."""
    facts = [
        (_("Code"), title.code),
        (_("Title"), Text.of(title)),
        *([(_("Counted as"), GROUPS[title.rank_group])] if isinstance(title, Rank) else []),
        (_("Institution"), text_of(title.institution, "name") if title.institution else _("all institutions")),
        (_("Place in the list"), title.place),
        (_("In use from"), records.day(title.valid_from)),
        (_("No longer in use from"), records.day(title.closed_on)),
    ]
    return records.show(kind, title, text_of(title, "title"), facts)


def values_of(title: Rank | Post) -> dict[str, Any]:
    """Return what the form shows of a rank or a post."""
    group = {"rank_group": title.rank_group} if isinstance(title, Rank) else {}
    return {**records.values_of(title, _SHOWN), "institution_id": str(title.institution_id or ""), **group}


def offered(form: PostForm, title: Rank | Post | None = None) -> PostForm:
    """Offer the institutions that are open; the one that has the title already stays."""
    kept = [title.institution_id] if title and title.institution_id else []
    institutions = queries.list_offered_institutions(clock.today(), kept)
    if "rank_group" in form:
        form["rank_group"].choices = options(list(GROUPS.items()))
    form.offer([(str(one.id), text_of(one, "name")) for one in institutions])
    return form
