"""The way of a title's copies from the print run to those who have them, on any day, and its movements as a table."""

from contextlib import suppress
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.materials import wording
from portal.materials.models.materials import Material
from portal.materials.models.stock import StockMovement
from portal.materials.queries import custody as queries
from portal.materials.queries.materials import get_material
from portal.materials.rules.custody import Line
from portal.platform import clock, downloads, exports
from portal.platform.languages import text_of

bp = Blueprint("custody", __name__, url_prefix="/materials/<material_reference>")
_LINE = "any(" + ", ".join(line.value for line in Line) + "):line"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/custody")
@requires(Permission.VIEW_MATERIALS, material=get_material)
def show(material: Material) -> str:
    """Show the chain of custody, and whether it closes."""
    return _page("materials/custody.html", material, custody=queries.read(material, actor(), _day()), lines=Line)


@bp.get(f"/custody/<{_LINE}>")
@requires(Permission.VIEW_MATERIALS, material=get_material)
def line(material: Material, line: str) -> str:
    """Show what a line is made of: its movements, or the acts and receipt lists that say the same."""
    chosen, number = Line(line), request.args.get("page", 1, type=int)
    has_papers = chosen in (Line.HANDED_OVER, Line.GIVEN)
    shows_papers = has_papers and request.args.get("show") != "movements"
    found: dict[str, Any] = {}
    if not shows_papers:
        found["steps"] = queries.page_of_steps(material, chosen, actor(), _day(), number)
    elif chosen == Line.HANDED_OVER:
        found["acts"] = queries.page_of_acts(material, actor(), _day(), number)
    else:
        found["lists"] = queries.page_of_lists(material, actor(), _day(), number)
    custody = queries.read(material, actor(), _day())
    return _page("materials/custody_line.html", material, custody=custody, line=chosen, has_papers=has_papers, **found)


@bp.get("/movements.xlsx")
@requires(Permission.VIEW_MATERIALS, material=get_material)
def spreadsheet(material: Material) -> Response:
    """Send the movements within reach up to a day as a spreadsheet."""
    on = _day()
    movements = queries.list_movements(material, actor(), on)
    names = accounts.names_of({one.recorded_by for one in movements})
    columns = [_("Day"), _("What"), _("Copies"), _("From"), _("To"), _("Act"), _("Note"), _("Noted by"), _("Noted on")]
    heading = [
        _("Movements as of %(day)s", day=on.isoformat()),
        text_of(material, "title"),
        wording.about(material),
    ]
    rows = [_row(one, names) for one in movements]
    content = exports.write_xlsx(_("Movements"), columns, rows, heading=heading)
    filename = f"movements-{material.reference[:6]}-{on.isoformat()}.xlsx"
    return downloads.send_bytes(content, filename=filename, media_type=_XLSX)


def _row(one: StockMovement, names: dict[str, str]) -> list[exports.Cell]:
    return [
        one.moved_on,
        str(wording.REASONS[one.reason]),  # type: ignore[index]
        one.quantity,
        wording.place_name(one.from_place),
        wording.place_name(one.to_place),
        one.handover.number if one.handover else "",
        one.note,
        names.get(one.recorded_by, _("operator")),
        one.recorded_at.date(),
    ]


def _page(page: str, material: Material, **context: Any) -> str:
    return render_template(page, material=material, on=_day(), today=clock.today(), words=wording, **context)


def _day() -> date:
    """Return the day that the address asks for; today if it names none that can be read."""
    with suppress(ValueError):
        return date.fromisoformat(request.args.get("on", ""))
    return clock.today()
