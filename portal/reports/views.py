"""Pages of figures: releases for donors, live figures for staff, publishing."""

import json
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, flash, render_template, request, url_for
from flask_babel import gettext as _
from wtforms import DateField, HiddenField, IntegerField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission, Role
from portal.access.policy import Subject
from portal.people import queries as people
from portal.platform import clock, downloads, exports, paging, security_events
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import PortalForm
from portal.platform.htmx import is_partial, respond
from portal.platform.i18n import _l, current, text_of
from portal.platform.security_events import Kind
from portal.reports import documents, operations, publishing, queries, wording
from portal.reports.models import ReleasePart
from portal.reports.rules import WHOLE, Seen, in_order


def drawn(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a template needs beside the counts: words, names and dates in the page's language."""
    locale = current()
    return {
        "content": content,
        "terms": wording.TERMS,
        "definitions": wording.DEFINITIONS,
        "rule": wording.rule(content["k"]),
        "name_of": partial(wording.name_of, names=content["names"], locale=locale),
        "title_of": partial(wording.title_of, locale=locale),
        "share_of": wording.share,
        # The labels under the columns, as 09/26, with the seats.
        "short_months": lambda rows: [(f"{month[5:]}/{month[2:4]}", seats) for month, _held, seats in rows],
        "day_of": date.fromisoformat,
    }


class BooksField(HiddenField):
    """How the books of the trainings stood when somebody looked; what cannot be read counts as nothing seen."""

    data: dict[str, Any] | None  # type: ignore[assignment]  # sent as text, read as JSON

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            found = json.loads(valuelist[0]) if valuelist else {}
        except ValueError:
            found = {}
        self.data = found if isinstance(found, dict) else {}

    def _value(self) -> str:
        return json.dumps(self.data or {}, separators=(",", ":"))


class PublishForm(PortalForm):
    until = DateField(_l("Trainings that ended by"), validators=[InputRequired(_l("Enter a day."))])
    number = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    books = BooksField()


bp = Blueprint("releases", __name__, url_prefix="/summary/publish")


@bp.get("")
@requires(Permission.PUBLISH_RELEASE, whole=queries.everything)
def new(whole: Subject) -> Response | str | tuple[str, int]:
    """Show what a release would say that counts up to a day, today unless the address names another one."""
    run = operations.find_run()
    if run is not None and not run.is_over:
        return _to_progress()
    form = PublishForm(formdata=request.args if "until" in request.args else None)
    if "until" not in request.args:
        form.until.data = clock.today()
    if not _has_day(form):
        return _page(form), 422
    return _page(form, **_draft(form.until.data))


@bp.post("")
@requires(Permission.PUBLISH_RELEASE, whole=queries.everything)
@fresh()
def create(whole: Subject) -> Response | tuple[str, int]:
    form = PublishForm()
    if not (form.validate() & _has_day(form)):
        return _page(form), 422
    assert form.number.data is not None
    assert form.until.data is not None
    try:
        seen = Seen(form.number.data, form.until.data, _k(), form.books.data or {})
        operations.request(seen, locale=current(), actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(form, refusal=refusal, **_draft(form.until.data, is_quiet=True)), refusal.status
    return _to_progress()


@bp.get("/progress")
@requires(Permission.PUBLISH_RELEASE, whole=queries.everything)
def progress(whole: Subject) -> Response:
    """Show how far the newest run is; when it has published, show the release."""
    run = operations.find_run()
    if run is None:
        return see_other(url_for("releases.new"))
    if run.state != "done":
        until = date.fromisoformat(run.arguments["until"])
        return respond(page="reports/publishing.html", fragment="reports/_publishing.html", job=run, until=until)
    number = (run.result or {})["release"]
    flash(_("Release %(number)s is published. Donors see it now.", number=number))
    address = url_for("summary.show", release_number=number, part_code=WHOLE)
    return Response(headers={"HX-Redirect": address}) if is_partial() else see_other(address)


def _to_progress() -> Response:
    return see_other(url_for("releases.progress"))


def _k() -> int:
    return int(current_app.config["PORTAL_SETTINGS"].smallest_count)


def _has_day(form: PublishForm) -> bool:
    """Tell whether the form names a day that has come."""
    if form.until.data is None:
        form.until.errors = [_("Enter a day.")]
    elif form.until.data > clock.today():
        form.until.errors = [_("This day has not come yet.")]
    return not form.until.errors


def _draft(until: date | None, *, is_quiet: bool = False) -> dict[str, Any]:
    """Return the draft, or why there is none; after a refusal only the draft."""
    assert until is not None
    try:
        draft = operations.prepare(until, _k())
    except Refusal as obstacle:
        return {} if is_quiet else {"obstacle": obstacle}
    return {"draft": draft}


def _page(form: PublishForm, **context: Any) -> str:
    draft = context.get("draft")
    if draft is not None:
        form.number.data, form.books.data = draft.seen.number, draft.seen.books
        context |= drawn(in_order(draft.whole.content))
    return render_template("reports/publish.html", form=form, k=_k(), **context)


summary = Blueprint("summary", __name__, url_prefix="/summary")
_TRAININGS = 10


@summary.get("")
@requires(Permission.VIEW_SUMMARY)
def index() -> str:
    """Show a donor the latest release of its projects, and everybody else the live counts of what they reach."""
    if actor().role == Role.DONOR:
        part = queries.find_latest(actor())
        return _part_page(part) if part else render_template("reports/none.html")
    regions, institutions = people.list_regions(), people.list_institutions()
    live = queries.list_live(actor(), institutions, as_of=clock.now())
    content = publishing.open_content(live, [region.code for region in regions])
    content["names"] = {row.code: {current(): text_of(row, "name")} for rows in (regions, institutions) for row in rows}
    return render_template("reports/live.html", today=clock.today(), **drawn(content))


@summary.get("/releases")
@requires(Permission.VIEW_SUMMARY)
def index_of_releases() -> str:
    page = queries.page_of_parts(actor(), paging.asked())
    return render_template("reports/releases.html", parts=page, everything=queries.everything())


@summary.get("/releases/<int:release_number>/<part_code>")
@requires(Permission.VIEW_SUMMARY, part=queries.get_part)
def show(part: ReleasePart) -> str:
    return _part_page(part)


@summary.get("/releases/<int:release_number>/<part_code>/trainings")
@requires(Permission.VIEW_SUMMARY, part=queries.get_part)
def trainings(part: ReleasePart) -> str:
    """Show the trainings of a release with their tables, the latest first."""
    content = queries.content_of(part)
    page = paging.cut(content["trainings"][::-1], paging.asked(), _TRAININGS)
    return render_template("reports/trainings.html", part=part, page=page, **drawn(content))


@summary.get("/releases/<int:release_number>/<part_code>/release.xlsx")
@requires(Permission.VIEW_SUMMARY, part=queries.get_part)
def workbook(part: ReleasePart) -> Response:
    sheets = documents.sheets(queries.content_of(part), _about(part), current())
    return _send(part, exports.write_workbook(_title(part), sheets), "xlsx")


@summary.get("/releases/<int:release_number>/<part_code>/release.csv")
@requires(Permission.VIEW_SUMMARY, part=queries.get_part)
def table(part: ReleasePart) -> Response:
    """Send a part as one table, each line with what its number means."""
    content = queries.content_of(part)
    sheet, _trainings, definitions = documents.sheets(content, _about(part), current())
    lines = [*sheet.rows, *documents.training_lines(content, current())]
    lines += [[_("Definitions"), *row] for row in definitions.rows]
    return _send(part, exports.write_csv(sheet.columns, lines), "csv")


@summary.get("/releases/<int:release_number>/<part_code>/release.json")
@requires(Permission.VIEW_SUMMARY, part=queries.get_part)
def text(part: ReleasePart) -> Response:
    """Send the exact text that the printed hash covers."""
    return _send(part, part.content.encode(), "json")


def _send(part: ReleasePart, content: bytes, ending: str) -> Response:
    """Send a part, and let it be known who took it along, as often as that was."""
    security_events.note(Kind.RELEASE_TAKEN, actor().label)
    filename = f"release-{part.release.number}-{part.code}-{part.release.until.isoformat()}.{ending}"
    return downloads.send_bytes(content, filename=filename)


def latest_release() -> ReleasePart | None:
    """Return what whoever is signed in reads of the latest release; the start page asks for it."""
    return queries.find_latest(actor())


def _part_page(part: ReleasePart) -> str:
    content = queries.content_of(part)
    return render_template(
        "reports/show.html",
        part=part,
        neighbors=queries.list_neighbors(part, actor()),
        is_unchanged=queries.is_unchanged(part),
        **drawn(content),
    )


def _title(part: ReleasePart) -> str:
    of = text_of(part.project, "title") if part.project else _("All trainings")
    return _("Release %(number)s: %(of)s", number=part.release.number, of=of)


def _about(part: ReleasePart) -> list[tuple[str, str]]:
    release = part.release
    return [
        (_("Release"), _title(part)),
        (_("As of"), _("Counts up to %(day)s", day=release.until.isoformat())),
        (_("Published"), clock.country_day(release.published_at).isoformat()),
        ("SHA-256", part.sha256),
    ]
