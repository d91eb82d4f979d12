"""A title's chain of custody on any day, and its movements as a table."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from portal.access import policy
from portal.access.guard import actor, can, fresh, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.audit import operations as audit
from portal.custody import queries
from portal.custody.models import EndHolder, ReceiptSignature
from portal.custody.rules import Line
from portal.materials.models import Material, StockPlace
from portal.materials.queries import get_material
from portal.materials.rules import PlaceKind
from portal.materials.serial_numbers import LARGEST, Numbers
from portal.platform import clock, downloads, exports, paging
from portal.platform.i18n import text_of
from portal.platform.submissions import repeatable
from portal.stock import labels, serials
from portal.stock.models import StockMovement

bp = Blueprint("custody", __name__, url_prefix="/materials/<material_reference>")
_LINE = "any(" + ", ".join(line.value for line in Line) + "):line"


@bp.get("/custody")
@requires(Permission.VIEW_MATERIALS, material=get_material)
def show(material: Material) -> str:
    custody = queries.read(material, actor(), _day())
    held, clash = serials.checked(material, _day())
    even = not material.is_numbered or custody.account.numbers_agree({place: len(some) for place, some in held.items()})
    return _page("custody/show.html", material, custody=custody, lines=Line, held=held, clash=clash, numbers_agree=even)


@bp.get("/copies")
@requires(Permission.VIEW_MATERIALS, material=get_material)
def copy(material: Material) -> str:
    """Show the way of one numbered copy from the print run to whoever has it."""
    typed = request.args.get("number", "").strip().lstrip("№").strip()[:10]
    number = int(typed) if typed.isascii() and typed.isdecimal() else 0
    way = serials.list_way(material, number) if 0 < number <= LARGEST else []
    signature = queries.find_signature(material, number) if way else None
    if signature is not None and not _is_holders(signature, way[-1]):
        signature = None
    return _page(
        "custody/copy.html",
        material,
        typed=typed,
        way=[(one, [_known(place) for place in (one.from_place, one.to_place)]) for one in way],
        signature=signature,
        keeper=_keeper(material, way[-1], number) if way else None,
    )


def _is_holders(signature: ReceiptSignature, last: StockMovement) -> bool:
    """Tell whether a copy is still where it was signed for, and the actor may know by whom."""
    is_there = last.to_place.kind == PlaceKind.PARTICIPANTS and (
        last.to_place.training_id == signature.registration.training_id
    )
    return is_there and policy.reaches(actor(), signature.scope)


def _keeper(material: Material, last: StockMovement, number: int) -> EndHolder | None:
    """Return who in the institution keeps a copy, for those who run the act's region."""
    handover = last.handover
    if handover is None or last.to_place.kind != PlaceKind.INSTITUTION or not can(Permission.HAND_OVER, handover):
        return None
    return queries.find_holder(handover, material, number)


def _known(place: StockPlace) -> StockPlace | None:
    """Return a place within reach; None stands for one of another region."""
    return place if policy.reaches(actor(), place.scope) else None


@bp.get(f"/custody/<{_LINE}>")
@requires(Permission.VIEW_MATERIALS, material=get_material)
def line(material: Material, line: str) -> str:
    """Show what a line is made of: its movements, or the acts and receipt lists that say the same."""
    chosen, number = Line(line), paging.asked()
    has_papers = chosen in (Line.HANDED_OVER, Line.GIVEN)
    shows_papers = has_papers and request.args.get("show") != "movements"
    found: dict[str, Any] = {}
    if not shows_papers:
        steps = queries.page_of_steps(material, chosen, actor(), _day(), number)
        found["steps"], found["numbers"] = steps, _numbers(material, [one for one, _copies in steps.items])
    elif chosen == Line.HANDED_OVER:
        found["acts"] = queries.page_of_acts(material, actor(), _day(), number)
    else:
        found["lists"] = queries.page_of_lists(material, actor(), _day(), number)
    custody = queries.read(material, actor(), _day())
    return _page("custody/line.html", material, custody=custody, line=chosen, has_papers=has_papers, **found)


@bp.post("/custody/xlsx")
@requires(Permission.VIEW_MATERIALS, material=get_material)
@fresh()
@repeatable
def spreadsheet(material: Material) -> Response:
    """Send the movements within reach up to a day as a spreadsheet; who took it along stands in the audit log."""
    on = _day()
    movements = queries.list_movements(material, actor(), on)
    audit.note_taken(
        "movements of copies", f"material {material.reference}", len(movements), actor=actor(), now=clock.now()
    )
    names = accounts.names_of({one.recorded_by for one in movements})
    columns = [
        _("Day"),
        _("What"),
        _("Copies"),
        "№",
        _("From"),
        _("To"),
        _("Act"),
        _("Note"),
        _("Noted by"),
        _("Noted on"),
    ]
    heading = [
        _("Movements as of %(day)s", day=on.isoformat()),
        text_of(material, "title"),
        labels.about(material),
    ]
    carried = _numbers(material, movements)
    rows = [_row(one, carried, names) for one in movements]
    content = exports.write_xlsx(_("Movements"), columns, rows, heading=heading)
    filename = f"movements-{material.reference[:6]}-{on.isoformat()}.xlsx"
    return downloads.send_bytes(content, filename=filename)


def _numbers(material: Material, movements: Sequence[StockMovement]) -> dict[int, Numbers]:
    return serials.numbers_of({one.id for one in movements}) if material.is_numbered else {}


def _row(one: StockMovement, carried: Mapping[int, Numbers], names: Mapping[str, str]) -> list[exports.Cell]:
    return [
        one.moved_on,
        labels.reason(one),
        one.quantity,
        str(carried.get(one.id, "")),
        labels.place_name(one.from_place),
        labels.place_name(one.to_place),
        one.handover.number if one.handover else "",
        labels.note_of(one),
        names.get(one.recorded_by, _("operator")),
        clock.country_day(one.recorded_at),
    ]


def _page(page: str, material: Material, **context: Any) -> str:
    return render_template(page, material=material, on=_day(), today=clock.today(), words=labels, **context)


def _day() -> date:
    """Return the day that the address asks for; today if it names none that can be read."""
    with suppress(ValueError):
        return date.fromisoformat(request.args.get("on", ""))
    return clock.today()
