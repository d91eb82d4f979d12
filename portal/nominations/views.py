"""Nomination lists: upload one, review and fix its rows, import them, undo an import."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, make_response, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.accounts import queries as accounts
from portal.audit import operations as audit
from portal.list_reader.columns import Column
from portal.nominations import imports, operations, pages, queries, reading, row_corrections
from portal.nominations.forms import ActForm, MeaningForm, UploadForm, columns_said, source_of, ticks_of
from portal.nominations.imports import Imported, Undone
from portal.nominations.models import NominationList, NominationRow
from portal.nominations.operations import Layout, ListChanged, ListNotWaiting, RowChanged
from portal.nominations.pages import FileColumns
from portal.nominations.previews import Places, RowFields
from portal.nominations.queries import get_list, get_row
from portal.nominations.reading import Defaults
from portal.nominations.summary import bad_rows
from portal.platform import clock, dates, exports, submissions
from portal.platform.answers import act, see_other
from portal.platform.db import reads_first
from portal.platform.downloads import send_bytes
from portal.platform.errors import Refusal
from portal.platform.htmx import is_partial, refuse, respond
from portal.platform.submissions import repeatable
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("nominations", __name__, url_prefix="/trainings/<code>/nominations")


@bp.get("")
@requires(Permission.VIEW_REGISTRATIONS, training=get_training)
def index(training: Training) -> str:
    """Take a list, and show those that came before."""
    return _index(training, UploadForm(formdata=None))


@bp.post("")
@reads_first
@requires(Permission.IMPORT_NOMINATIONS, training=get_training)
def create(training: Training) -> Response | tuple[str, int]:
    """Read a file or pasted rows and show what is in it; nothing is imported yet."""
    form = UploadForm()
    if not form.validate():
        return _index(training, form), 422
    try:
        draft = reading.draft(training, source_of(form), today=clock.now().date())
        repeated = submissions.start_writing()
        if repeated is not None:
            return repeated
        nomination_list = operations.stage(training, draft, actor=actor(), now=clock.now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _index(training, form), refusal.status
    return _to_list(training, nomination_list)


@bp.get("/<list_reference>")
@requires(Permission.VIEW_REGISTRATIONS, training=get_training, nomination_list=get_list)
def show(training: Training, nomination_list: NominationList) -> str:
    """Show every row of a list with what becomes of it, or what became of it."""
    return _page(training, nomination_list)


@bp.get("/<list_reference>/progress")
@requires(Permission.VIEW_REGISTRATIONS, training=get_training, nomination_list=get_list)
def progress(training: Training, nomination_list: NominationList) -> Response | str:
    """Send how far the work on a long list is; when it is over, the whole page once."""
    job = imports.find_job(nomination_list)
    if job is None or job.is_over:
        return Response(headers={"HX-Refresh": "true"})
    return render_template("nominations/_progress.html", training=training, nomination_list=nomination_list, job=job)


@bp.post("/<list_reference>/mapping")
@requires(Permission.IMPORT_NOMINATIONS, training=get_training, nomination_list=get_list)
def remap(training: Training, nomination_list: NominationList) -> Response | tuple[str, int]:
    """Read the list anew with other columns."""
    form = FileColumns(nomination_list).form(Places(), is_sent=True)
    if not form.validate():
        return _page(training, nomination_list, mapping_form=form), 422
    defaults = Defaults(form["institution"].data, form["region"].data)
    try:
        layout = Layout.chosen(form["header_row"].data, columns_said(form), defaults)
        operations.remap(nomination_list, layout, expected_version=form.seen.data or "", actor=actor(), now=clock.now())
    except Refusal as refusal:
        if isinstance(refusal, ListChanged):
            pages.show_present(form, FileColumns(nomination_list).form(Places()))
        return _page(training, nomination_list, mapping_form=form, mapping_refusal=refusal), refusal.status
    flash(_("The list is read with these columns."), "success")
    return _to_list(training, nomination_list)


@bp.post("/<list_reference>/meaning")
@requires(Permission.IMPORT_NOMINATIONS, training=get_training, nomination_list=get_list)
def interpret(training: Training, nomination_list: NominationList) -> Response | tuple[str, int]:
    """Say once what a word of the list means, for every row that has it."""
    form, places = MeaningForm(), Places()
    if not form.validate() or form.meaning.data not in places.offered[form.column.data or ""]:
        form.meaning.errors = [_("Choose what it means.")]
        return _page(training, nomination_list, meaning_form=form), 422
    column = Column(form.column.data or "")
    try:
        rows = operations.interpret(
            nomination_list,
            column,
            form.written.data or "",
            places.word(column, form.meaning.data),
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        return _page(training, nomination_list, refusal=refusal), refusal.status
    if rows:
        flash(ngettext("%(num)s row is read anew.", "%(num)s rows are read anew.", rows), "success")
    else:
        flash(_("No row says “%(word)s” any more: somebody has changed the list.", word=form.written.data), "warning")
    return _to_list(training, nomination_list)


@bp.get("/<list_reference>/rows/<int:row_number>")
@requires(Permission.IMPORT_NOMINATIONS, training=get_training, row=get_row)
def edit(training: Training, row: NominationRow) -> Response:
    """Offer the cells of a row to be mended, with what is wrong beside each."""
    if row.nomination_list.state != "staged":
        if is_partial():  # An old page learns that its list was imported meanwhile.
            return refuse(str(ListNotWaiting.message), ListNotWaiting.status)
        return _to_list(training, row.nomination_list)
    fields = RowFields(row, actor())
    form = fields.form()
    fields.explain(form)
    form.back.data = request.args.get("back", "")
    return _row_form(training, fields, form)


@bp.post("/<list_reference>/rows/<int:row_number>")
@requires(Permission.IMPORT_NOMINATIONS, training=get_training, row=get_row)
def update(training: Training, row: NominationRow) -> Response:
    """Keep a mended row if nothing stands against it any more."""
    fields = RowFields(row, actor())
    form = fields.form(request.form)
    if not form.validate():
        return _row_form(training, fields, form, status=422)
    choice = form["choice"].data if "choice" in form else row.choice
    try:
        has_company = operations.mend(
            row,
            fields.cells(form),
            choice=choice,
            expected_version=form.seen.data or "",
            actor=actor(),
            now=clock.now(),
        )
    except RowChanged as refusal:
        fields = RowFields(row, actor())
        fields.show_present(form)
        form.seen.data = operations.row_version(row)
        return _row_form(training, fields, form, refusal=refusal, status=refusal.status)
    except Refusal as refusal:
        RowFields(row, actor()).explain(form)
        return _row_form(training, fields, form, refusal=refusal, status=refusal.status)
    return _mended(training, row, form.back.data or "", has_company)


@bp.post("/<list_reference>/import")
@requires(Permission.IMPORT_NOMINATIONS, training=get_training, nomination_list=get_list)
def commit(training: Training, nomination_list: NominationList) -> Response:
    """Nominate the people of all good rows, and correct those of the training as it is ticked."""
    return act(
        lambda: imports.start_import(nomination_list, **{**_act(), "version": _ticked(nomination_list)}),
        then=lambda imported: _imported(training, nomination_list, imported),
        again=lambda refusal: _page(training, nomination_list, refusal=refusal),
    )


def _imported(training: Training, nomination_list: NominationList, imported: Imported | None) -> Response:
    if imported is not None and imported.overtaken:
        words = ngettext(
            "%(num)s change was not taken over: somebody has corrected the same meanwhile.",
            "%(num)s changes were not taken over: somebody has corrected the same meanwhile.",
            imported.overtaken,
        )
        flash(words, "warning")
    return _to_list(training, nomination_list)


@bp.post("/<list_reference>/changes")
@requires(Permission.IMPORT_NOMINATIONS, training=get_training, nomination_list=get_list)
def choose(training: Training, nomination_list: NominationList) -> Response:
    """Keep what is ticked on this page of the list."""
    back = _back(training, nomination_list, request.form.get("back", ""))
    return act(
        lambda: _ticked(nomination_list),
        then=lambda _version: see_other(f"{back}#nominations-rows", _("Your choice is kept."), "success"),
        again=lambda refusal: _page(training, nomination_list, refusal=refusal),
    )


@bp.post("/<list_reference>/undo")
@requires(Permission.IMPORT_NOMINATIONS, training=get_training, nomination_list=get_list)
def undo(training: Training, nomination_list: NominationList) -> Response:
    """Take a whole import back."""
    return act(
        lambda: imports.start_undo(nomination_list, **_act()),
        then=lambda undone: _undone(training, nomination_list, undone),
        again=lambda refusal: _page(training, nomination_list, refusal=refusal),
    )


def _undone(training: Training, nomination_list: NominationList, undone: Undone | None) -> Response:
    if undone is None:
        return _to_list(training, nomination_list)
    words = ngettext("%(num)s registration is removed.", "%(num)s registrations are removed.", undone.registrations)
    if undone.corrected:
        words += " " + ngettext(
            "%(num)s person is kept again as before.", "%(num)s people are kept again as before.", undone.corrected
        )
    if undone.kept:
        words += " " + ngettext(
            "%(num)s person stays in the directory: another record needs them.",
            "%(num)s people stay in the directory: other records need them.",
            undone.kept,
        )
    return see_other(url_for(".index", code=training.code), words, "success")


@bp.post("/<list_reference>/discard")
@requires(Permission.IMPORT_NOMINATIONS, training=get_training, nomination_list=get_list)
def discard(training: Training, nomination_list: NominationList) -> Response:
    """Let a list go."""
    done = _("The list is discarded, and its rows are not kept.")
    version = ActForm().version.data
    return act(
        lambda: operations.discard(nomination_list, version=version, actor=actor(), now=clock.now()),
        then=lambda _nothing: see_other(url_for(".index", code=training.code), done, "success"),
        again=lambda refusal: _page(training, nomination_list, refusal=refusal),
    )


@bp.post("/<list_reference>/bad-rows")
@requires(Permission.IMPORT_NOMINATIONS, training=get_training, nomination_list=get_list)
@fresh()
@repeatable
def download_bad(training: Training, nomination_list: NominationList) -> Response:
    """Send the bad rows back as a workbook, each with what is to be mended; that stands in the audit log."""
    headings, rows = bad_rows(nomination_list)
    audit.note_taken("rows to fix", f"training {training.code}", len(rows), actor=actor(), now=clock.now())
    today = clock.today(training.time_zone)
    heading = [
        _("Rows to fix: %(file)s", file=pages.list_name(nomination_list)),
        f"{training.code}, {dates.numeric_date(today)}",
    ]
    content = exports.write_xlsx(_("Rows to fix"), headings, rows, heading=heading)
    return send_bytes(content, filename=f"{training.code}-rows-to-fix-{today}.xlsx")


def _index(training: Training, form: UploadForm, refusal: object = None) -> str:
    found = queries.list_imports(training.id)
    return render_template(
        "nominations/index.html",
        training=training,
        form=form,
        refusal=refusal,
        waiting=[each for each in found if each.list.state == "staged"],
        earlier=[each for each in found if each.list.state != "staged"],
        who=accounts.names_of(each.list.created_by for each in found),
        list_name=pages.list_name,
        is_closed=training.is_locked or training.is_cancelled,
        zone=ZoneInfo(training.time_zone),
    )


def _page(training: Training, nomination_list: NominationList, **context: Any) -> str:
    if nomination_list.state == "discarded":
        if request.method == "GET":
            abort(404)
        return _index(training, UploadForm(formdata=None), ListNotWaiting.message)
    return render_template("nominations/show.html", **pages.page_of(nomination_list, training, actor(), **context))


def _ticked(nomination_list: NominationList) -> int | None:
    """Keep the ticks that the page has sent along, and return which version of the list stands then."""
    version, (shown, ticked) = ActForm().version.data, ticks_of(request.form)
    if not shown:
        return version
    row_corrections.tick(nomination_list, shown, ticked, version=version, actor=actor(), now=clock.now())
    return nomination_list.version


def _act() -> dict[str, Any]:
    version = ActForm().version.data
    return {"version": version, "locale": str(get_locale()), "actor": actor(), "now": clock.now()}


def _row_form(
    training: Training,
    fields: RowFields,
    form: Any,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> Response:
    nomination_list = fields.row.nomination_list
    return respond(
        page="nominations/edit.html",
        fragment="nominations/_row_form.html",
        status=status,
        training=training,
        nomination_list=nomination_list,
        row=fields.row,
        form=form,
        refusal=refusal,
        back=_back(training, nomination_list, form.back.data),
        list_name=pages.list_name(nomination_list),
    )


def _mended(training: Training, row: NominationRow, came_from: str, has_company: bool) -> Response:
    """Show the row as it is now; if others have changed with it, the whole page."""
    done, back = _("Row %(number)s is fixed.", number=row.number), _back(training, row.nomination_list, came_from)
    if not is_partial():
        return see_other(f"{back}#nominations-row-{row.number}", done, "success")
    if has_company:
        flash(done, "success")
        return make_response("", 200, {"HX-Refresh": "true"})
    return respond(
        page="nominations/show.html",
        fragment="nominations/_row.html",
        toast=done,
        is_alone=True,
        came_from=came_from,
        **pages.row_context(row, training, actor(), show_kind=came_from.partition(",")[0]),
    )


def _back(training: Training, nomination_list: NominationList, sent: str | None) -> str:
    """Return the list's address with the tab and the page that a form brought along."""
    show_kind, _comma, number = (sent or "").partition(",")
    return url_for(
        ".show",
        code=training.code,
        list_reference=nomination_list.reference,
        show=show_kind or None,
        page=number if number.isdigit() and number != "1" else None,
    )


def _to_list(training: Training, nomination_list: NominationList) -> Response:
    return see_other(url_for(".show", code=training.code, list_reference=nomination_list.reference))
