"""The counts as their readers see them: a release for donors, live counts for those who run trainings."""

from flask import Blueprint, Response, render_template
from flask_babel import gettext as _

from portal.access import policy
from portal.access.guard import actor, requires
from portal.access.permissions import Permission, Role
from portal.people import queries as people
from portal.platform import clock, downloads, exports, paging, security_events
from portal.platform.languages import current, text_of
from portal.platform.security_events import Kind
from portal.reports import pages
from portal.reports.documents import releases as documents
from portal.reports.models import ReleasePart
from portal.reports.queries import counts, releases
from portal.reports.rules import publishing

bp = Blueprint("summary", __name__, url_prefix="/summary")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TRAININGS = 10


@bp.get("")
@requires(Permission.VIEW_SUMMARY)
def index() -> str:
    """Show a donor the latest release of its projects, and everybody else the live counts of what they reach."""
    if actor().role == Role.DONOR:
        part = releases.find_latest(actor())
        return _part_page(part) if part else render_template("reports/none.html")
    regions, institutions = people.list_regions(), people.list_institutions()
    live = counts.list_live(actor(), institutions, as_of=clock.now())
    content = publishing.open_content(live, [region.code for region in regions])
    content["names"] = {row.code: {current(): text_of(row, "name")} for rows in (regions, institutions) for row in rows}
    return render_template("reports/live.html", today=clock.today(), **pages.drawn(content))


@bp.get("/releases")
@requires(Permission.VIEW_SUMMARY)
def index_of_releases() -> str:
    """List the releases within reach."""
    page = releases.page_of_parts(actor(), paging.asked())
    return render_template("reports/releases.html", parts=page, everything=releases.everything())


@bp.get("/releases/<int:release_number>/<part_code>")
@requires(Permission.VIEW_SUMMARY, part=releases.get_part)
def show(part: ReleasePart) -> str:
    """Show one part of a release."""
    return _part_page(part)


@bp.get("/releases/<int:release_number>/<part_code>/trainings")
@requires(Permission.VIEW_SUMMARY, part=releases.get_part)
def trainings(part: ReleasePart) -> str:
    """Show the trainings of a release with their tables, the latest first."""
    content = releases.content_of(part)
    page = paging.cut(content["trainings"][::-1], paging.asked(), _TRAININGS)
    return render_template("reports/trainings.html", part=part, page=page, **pages.drawn(content))


@bp.get("/releases/<int:release_number>/<part_code>/release.xlsx")
@requires(Permission.VIEW_SUMMARY, part=releases.get_part)
def workbook(part: ReleasePart) -> Response:
    """Send a part as a workbook with its definitions."""
    _note_taken()
    sheets = documents.sheets(releases.content_of(part), _about(part), current())
    content = exports.write_workbook(_title(part), sheets)
    return downloads.send_bytes(content, filename=_filename(part, "xlsx"), media_type=_XLSX)


@bp.get("/releases/<int:release_number>/<part_code>/release.csv")
@requires(Permission.VIEW_SUMMARY, part=releases.get_part)
def table(part: ReleasePart) -> Response:
    """Send a part as one table, each line with what its number means."""
    _note_taken()
    content = releases.content_of(part)
    sheet, _trainings, definitions = documents.sheets(content, _about(part), current())
    lines = [*sheet.rows, *documents.training_lines(content, current())]
    lines += [[_("Definitions"), *row] for row in definitions.rows]
    answer = exports.write_csv(sheet.columns, lines)
    return downloads.send_bytes(answer, filename=_filename(part, "csv"), media_type="text/csv")


@bp.get("/releases/<int:release_number>/<part_code>/release.json")
@requires(Permission.VIEW_SUMMARY, part=releases.get_part)
def text(part: ReleasePart) -> Response:
    """Send the exact text that the printed hash covers."""
    _note_taken()
    return downloads.send_bytes(part.content.encode(), filename=_filename(part, "json"), media_type="application/json")


def _note_taken() -> None:
    """Let it be known who took a release along, as often as that was."""
    security_events.note(Kind.RELEASE_TAKEN, actor().label)


def latest_release() -> ReleasePart | None:
    """Return what whoever is signed in reads of the latest release; the start page asks for it."""
    return releases.find_latest(actor())


def _part_page(part: ReleasePart) -> str:
    content = releases.content_of(part)
    return render_template(
        "reports/show.html",
        part=part,
        neighbors=releases.list_neighbors(part, actor()),
        is_unchanged=releases.is_unchanged(part),
        may_see_all=policy.reaches(actor(), part.release.scope),
        **pages.drawn(content),
    )


def _title(part: ReleasePart) -> str:
    of = text_of(part.project, "title") if part.project else _("All trainings")
    return _("Release %(number)s: %(of)s", number=part.release.number, of=of)


def _about(part: ReleasePart) -> list[tuple[str, str]]:
    """Return what a file says of itself."""
    release = part.release
    return [
        (_("Release"), _title(part)),
        (_("As of"), _("Counts up to %(day)s", day=release.until.isoformat())),
        (_("Published"), clock.country_day(release.published_at).isoformat()),
        ("SHA-256", part.sha256),
    ]


def _filename(part: ReleasePart, ending: str) -> str:
    return f"release-{part.release.number}-{part.code}-{part.release.until.isoformat()}.{ending}"
