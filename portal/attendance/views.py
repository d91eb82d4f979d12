"""Rosters of sessions, one person's marks, and the sheet of a day: a PDF to print, and the same on screen."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_login import current_user

from portal.access.guard import actor, can, fresh, requires
from portal.access.permissions import Permission, Role
from portal.accounts import queries as accounts
from portal.attendance import documents, operations, queries, rules, venue_helpers
from portal.attendance.documents import BLANK_ROWS, MOST_BLANK_ROWS, SheetFacts
from portal.attendance.forms import AheadForm, MarkForm
from portal.attendance.operations import Marked, MarkInput
from portal.attendance.queries import Roster, RosterRow
from portal.attendance.rules import CHOSEN, AttendanceState
from portal.audit import documents as footing
from portal.audit import operations as audit
from portal.audit.queries import newest_head
from portal.platform import clock, downloads, i18n
from portal.platform.answers import act, see_other
from portal.platform.db import reads_first, start_writing
from portal.platform.errors import Refusal
from portal.platform.forms import options
from portal.platform.htmx import is_partial, respond
from portal.platform.i18n import label
from portal.platform.submissions import repeatable
from portal.printing import batch, client
from portal.printing.orders import Order
from portal.registration.models import Registration
from portal.registration.queries import get_registration
from portal.trainings import queries as trainings
from portal.trainings.models import Training, TrainingSession
from portal.trainings.paper_numbers import PaperKind, PaperNumber

bp = Blueprint("attendance", __name__, url_prefix="/trainings/<code>/attendance")

_SHOWN = (*CHOSEN, "not_marked")


@bp.get("")
@requires(Permission.VIEW_ATTENDANCE, training=trainings.get_training)
def index(training: Training) -> str:
    """Show the days with their sessions, and everybody's states and share."""
    now = clock.now()
    return render_template(
        "attendance/index.html",
        training=training,
        overview=queries.overview(training, as_of=now),
        zone=ZoneInfo(training.time_zone),
        now=now,
        today=training.day_at(now),
        hours_of=lambda minutes: format_decimal(round(minutes / 60, 1)),
    )


@bp.get("/<session_reference>")
@requires(Permission.VIEW_ROSTER, training=trainings.get_training, session=trainings.get_session)
def roster(training: Training, session: TrainingSession) -> Response:
    """Show the roster of one session; a search asks for its rows only."""
    return _roster(session)


@bp.post("/<session_reference>/open-ahead")
@requires(Permission.MARK_AHEAD, training=trainings.get_training, session=trainings.get_session)
def open_ahead(training: Training, session: TrainingSession) -> Response:
    """Let a session be marked ahead of its hour, with a reason."""
    form = AheadForm()
    if not form.validate():
        return _roster(session, status=422, ahead=form)
    return act(
        lambda: operations.open_ahead(session, reason=form.reason.data or "", actor=actor(), now=clock.now()),
        then=lambda _done: see_other(_address("roster", session)),
        again=lambda refusal: _board(session, refusal=refusal),
    )


@bp.post("/<session_reference>/all-present")
@requires(Permission.RECORD_ATTENDANCE, training=trainings.get_training, session=trainings.get_session)
def mark_all_present(training: Training, session: TrainingSession) -> Response:
    """Mark everybody present who has no state yet."""

    def done(marked: Marked) -> Response:
        words = ngettext("%(num)s person marked present.", "%(num)s people marked present.", marked.number)
        address = _address("undo_all_present", session, batch=marked.after.batch[0] if marked.after.batch else "")
        undo = {"url": address, "label": _("Undo"), "target": "#attendance-board"} if marked.number else None
        return _all_marked(session, marked, words, undo)

    return act(
        lambda: operations.mark_all_present(session, actor=actor(), now=clock.now()),
        then=done,
        again=lambda refusal: _board(session, refusal=refusal),
    )


@bp.post("/<session_reference>/undo-all-present")
@requires(Permission.RECORD_ATTENDANCE, training=trainings.get_training, session=trainings.get_session)
def undo_all_present(training: Training, session: TrainingSession) -> Response:
    """Take one "all present" back where nobody has marked since."""
    batch = request.values.get("batch", "")
    return act(
        lambda: operations.undo_all_present(session, batch=batch, actor=actor(), now=clock.now()),
        then=lambda marked: _all_marked(
            session, marked, ngettext("%(num)s mark taken back.", "%(num)s marks taken back.", marked.number)
        ),
        again=lambda refusal: _board(session, refusal=refusal),
    )


@bp.get("/<session_reference>/<registration_reference>")
@requires(
    Permission.VIEW_ROSTER,
    training=trainings.get_training,
    session=trainings.get_session,
    registration=get_registration,
)
def show(training: Training, session: TrainingSession, registration: Registration) -> Response:
    """Show all marks of one person in one session, and the form for minutes and a reason."""
    mark = queries.get_current_mark(session, registration)
    values = {"state": mark.state, "minutes": mark.minutes, "reason": mark.reason} if mark else {}
    return _person(session, registration, _form(**values))


@bp.post("/<session_reference>/<registration_reference>")
@requires(
    Permission.RECORD_ATTENDANCE,
    training=trainings.get_training,
    session=trainings.get_session,
    registration=get_registration,
)
@repeatable
def mark(training: Training, session: TrainingSession, registration: Registration) -> Response:
    """Mark one person, or take the last mark back."""
    undone = request.values.get("undo", "")
    form = _form()
    if not undone and not form.validate():
        return _person(session, registration, form, status=422)

    def do() -> Marked:
        by: dict[str, Any] = {"actor": actor(), "now": clock.now()}
        if undone:
            return operations.undo(session, registration, mark_id=undone, **by)
        return operations.mark(session, registration, given=_input(form, registration), **by)

    return act(
        do,
        then=lambda marked: _marked(session, marked.after, marked.after.row_of(registration)),
        again=lambda refusal: _person(session, registration, form, refusal=refusal, status=refusal.status),
    )


def _form(**values: Any) -> MarkForm:
    form = MarkForm(data=values)
    form.state.choices = options([(state.value, label(state)) for state in CHOSEN])
    return form


def _input(form: MarkForm, registration: Registration) -> MarkInput:
    """Return what the page asks for; a button that says nothing of minutes and reason leaves them as they are.

    The rows of a roster share one key, which makes the page lighter.
    """
    key = f"{form.form_key.data or ''} {registration.reference}"
    state, kept = AttendanceState(form.state.data), frozenset({"minutes", "reason"} - set(request.form))
    return MarkInput(key, state, form.seen.data or "", form.minutes.data, form.reason.data or "", kept)


def _roster(
    session: TrainingSession,
    everybody: Roster | None = None,
    *,
    fragment: str = "attendance/_roster.html",
    status: int = 200,
    ahead: AheadForm | None = None,
    **context: Any,
) -> Response:
    everybody = everybody or queries.roster(session)
    words, shown = request.args.get("q", "")[:100], request.args.get("show", "")
    shown = shown if shown in _SHOWN else ""
    return respond(
        page="attendance/roster.html",
        fragment=fragment,
        status=status,
        **_shown(session),
        everybody=everybody,
        found=everybody.matching(words, shown),
        words=words,
        shown=shown,
        ahead=ahead or AheadForm(formdata=None),
        **context,
    )


def _board(session: TrainingSession, everybody: Roster | None = None, **context: Any) -> Response:
    return _roster(session, everybody, fragment="attendance/_board.html", **context)


def _all_marked(session: TrainingSession, marked: Marked, done: str, undo: dict[str, str] | None = None) -> Response:
    if not is_partial():
        return see_other(_address("roster", session), done)
    return _board(session, marked.after, toast=done, undo=undo)


def _marked(session: TrainingSession, everybody: Roster, row: RosterRow) -> Response:
    """Answer a mark that was taken: the row and the counts for htmx, else the roster at this row."""
    person = row.registration.person
    done = f"{person.family} {person.given}: {label(row.current.state) if row.current else _('Not marked')}"
    anchor = f"attendance-row-{row.registration.reference}"
    if not is_partial():
        return see_other(_address("roster", session, _anchor=anchor), done)
    undo = None
    if row.undoable:
        at = {"registration_reference": row.registration.reference, "undo": row.undoable.mark_id}
        undo = {"url": _address("mark", session, **at), "label": _("Undo"), "target": f"#{anchor}"}
    return _row(session, everybody, row, toast=done, undo=undo)


def _person(
    session: TrainingSession,
    registration: Registration,
    form: MarkForm,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> Response:
    """Answer with one person: the row for htmx, else the page with all marks."""
    everybody = queries.roster(session)
    row = everybody.row_of(registration)
    if is_partial():
        return _row(
            session,
            everybody,
            row,
            refusal=refusal or next((messages[0] for messages in form.errors.values()), None),
            status=status,
        )
    form.seen.data = row.last_mark_id
    labels = {mark.marked_by for mark in row.marks}
    return respond(
        page="attendance/show.html",
        fragment="attendance/_row.html",
        status=status,
        **_shown(session),
        row=row,
        authors=accounts.names_of(labels) | venue_helpers.helper_names(labels),
        form=form,
        refusal=refusal,
    )


def _row(session: TrainingSession, everybody: Roster, row: RosterRow, **context: Any) -> Response:
    return respond(
        page="attendance/show.html",
        fragment="attendance/_row.html",
        **_shown(session),
        everybody=everybody,
        row=row,
        shown=request.args.get("show", ""),
        words=request.args.get("q", ""),
        is_swapped=True,
        **context,
    )


def _shown(session: TrainingSession) -> dict[str, Any]:
    training, now = session.training, clock.now()
    is_closed = training.is_locked or training.is_cancelled
    takes_marks = not is_closed and queries.takes_marks(session, actor(), now)
    opens_at = rules.opens_at(session.starts_at)
    return {
        "training": training,
        "session": session,
        "zone": ZoneInfo(training.time_zone),
        "is_helper": actor().role == Role.VENUE_HELPER,
        "may_mark": takes_marks and can(Permission.RECORD_ATTENDANCE, training),
        "opens_at": opens_at if now < opens_at and not is_closed else None,
        "opening": queries.find_opening(session) if takes_marks and now < opens_at else None,
    }


def _address(view: str, session: TrainingSession, **values: Any) -> str:
    kept = {name: request.args[name] for name in ("q", "show") if request.args.get(name)}
    return url_for(
        f"attendance.{view}",
        code=session.training.code,
        session_reference=session.reference,
        **{**kept, **values},
    )


sheets_bp = Blueprint("sheets", __name__, url_prefix="/trainings/<code>/attendance/sheets")


@sheets_bp.get("/<day>", endpoint="show")
@requires(Permission.VIEW_ATTENDANCE, training=trainings.get_training)
def show_sheet(training: Training, day: str) -> str:
    """Show the sheet on screen, ready to be printed by the browser."""
    return _sheet_page(training, _sheet_day(training, day))


@sheets_bp.post("/<day>/pdf")
@requires(Permission.VIEW_ATTENDANCE, training=trainings.get_training)
@fresh()
@repeatable
@reads_first
def download(training: Training, day: str) -> Response | tuple[str, int]:
    """Print the sheet anew from the rows; who took it along stands in the audit log."""
    date_of_sheet = _sheet_day(training, day)
    facts = _sheet_facts(training, date_of_sheet)
    try:
        number = PaperNumber(training.code, PaperKind.SHEET, str(facts.ordinal))
        printed = facts.as_dict() | {"foot": footing.foot(str(number), newest_head())}
        content = batch.render_one(Order(documents.TEMPLATE, printed, facts.document_title, facts.lang, clock.now()))
    except client.NOT_PRINTED as reason:
        return _sheet_page(training, date_of_sheet, reason=reason), 503
    start_writing()
    subject = f"training {training.code}"
    audit.note_taken(f"attendance sheet, {day}", subject, len(facts.rows), actor=actor(), now=clock.now())
    return downloads.send_bytes(content, filename=f"{training.code}-{day}-attendance.pdf")


def _sheet_day(training: Training, written: str) -> date:
    found = next((one.local_date for one in training.sessions if one.local_date.isoformat() == written), None)
    return found or abort(404)


def _sheet_facts(training: Training, day: date) -> SheetFacts:
    return documents.sheet_of(
        training,
        day,
        queries.list_listed(training),
        coordinator=current_user.name,
        blank_rows=_blank_rows(),
        lang=i18n.current(),
    )


def _blank_rows() -> int:
    wanted = request.args.get("blank_rows", BLANK_ROWS, type=int)
    return max(0, min(wanted, MOST_BLANK_ROWS))


def _sheet_page(training: Training, day: date, *, reason: Exception | None = None) -> str:
    facts = _sheet_facts(training, day)
    address = url_for("sheets.download", code=training.code, day=day.isoformat(), blank_rows=_blank_rows())
    return render_template(
        "attendance/sheet.html",
        training=training,
        day=day,
        facts=facts,
        reason=reason,
        pdf_address=address,
        most_blank_rows=MOST_BLANK_ROWS,
    )
