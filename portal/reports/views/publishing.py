"""Publish a release: look at what it would say, then confirm; the worker counts and writes it."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, current_app, flash, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.access.policy import Subject
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.htmx import is_partial, respond
from portal.platform.languages import current
from portal.reports import pages
from portal.reports.forms import PublishForm
from portal.reports.operations import publish as operations
from portal.reports.operations import publish_later
from portal.reports.queries import releases
from portal.reports.rules.parts import WHOLE, Seen, in_order

bp = Blueprint("releases", __name__, url_prefix="/summary/publish")


@bp.get("")
@requires(Permission.PUBLISH_RELEASE, whole=releases.everything)
def new(whole: Subject) -> Response | str | tuple[str, int]:
    """Show what a release would say that counts up to a day, today unless the address names another one."""
    run = publish_later.find_run()
    if run is not None and not run.is_over:
        return _to_progress()
    form = PublishForm(formdata=request.args if "until" in request.args else None)
    if "until" not in request.args:
        form.until.data = clock.today()
    if not _has_day(form):
        return _page(form), 422
    return _page(form, **_draft(form.until.data))


@bp.post("")
@requires(Permission.PUBLISH_RELEASE, whole=releases.everything)
@fresh()
def create(whole: Subject) -> Response | tuple[str, int]:
    """Have the release published that was looked at."""
    form = PublishForm()
    if not (form.validate() & _has_day(form)):
        return _page(form), 422
    assert form.number.data is not None
    assert form.until.data is not None
    try:
        seen = Seen(form.number.data, form.until.data, _k(), form.books.data or {})
        publish_later.request(seen, locale=current(), actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _page(form, refusal=refusal, **_draft(form.until.data, is_quiet=True)), refusal.status
    return _to_progress()


@bp.get("/progress")
@requires(Permission.PUBLISH_RELEASE, whole=releases.everything)
def progress(whole: Subject) -> Response:
    """Show how far the newest run is; when it has published, show the release."""
    run = publish_later.find_run()
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
        context |= pages.drawn(in_order(draft.whole.content))
    return render_template("reports/publish.html", form=form, k=_k(), **context)
