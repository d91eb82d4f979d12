"""Publish a release: look at what it would say, then confirm."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.access.policy import Subject
from portal.platform import clock
from portal.platform.errors import DomainError
from portal.reports import pages
from portal.reports.forms import PublishForm
from portal.reports.operations import publish as operations
from portal.reports.queries import releases
from portal.reports.rules.parts import WHOLE, in_order

bp = Blueprint("releases", __name__, url_prefix="/summary/publish")


@bp.get("")
@requires(Permission.PUBLISH_RELEASE, whole=releases.everything)
def new(whole: Subject) -> str | tuple[str, int]:
    """Show what a release would say that counts up to a day, today unless the address names another one."""
    form = PublishForm(formdata=request.args if "until" in request.args else None)
    if "until" not in request.args:
        form.until.data = clock.today()
    if not _has_day(form):
        return _page(form), 422
    return _page(form, **_draft(form.until.data))


@bp.post("")
@requires(Permission.PUBLISH_RELEASE, whole=releases.everything)
def create(whole: Subject) -> Response | tuple[str, int]:
    """Publish the release that was looked at."""
    form = PublishForm()
    if not (form.validate() & _has_day(form)):
        return _page(form), 422
    try:
        release = operations.publish(form.until.data, _k(), expected=form.number.data, actor=actor(), now=clock.now())
    except DomainError as refusal:
        return _page(form, refusal=refusal, **_draft(form.until.data, is_quiet=True)), refusal.status
    flash(_("Release %(number)s is published. Donors see it now.", number=release.number))
    return redirect(url_for("summary.show", release_number=release.number, part_code=WHOLE), 303)  # type: ignore[return-value]


def _k() -> int:
    return int(current_app.config["PORTAL_SETTINGS"].smallest_count)


def _has_day(form: PublishForm) -> bool:
    """Tell whether the form names a day that has come."""
    if form.until.data is None:
        form.until.errors = [_("Enter a day.")]
    elif form.until.data > clock.today():
        form.until.errors = [_("That day has not come yet.")]
    return not form.until.errors


def _draft(until: date | None, *, is_quiet: bool = False) -> dict[str, Any]:
    """Return the draft, or why there is none; after a refusal only the draft."""
    assert until is not None
    try:
        draft = operations.prepare(until, _k())
    except DomainError as obstacle:
        return {} if is_quiet else {"obstacle": obstacle}
    return {"draft": draft}


def _page(form: PublishForm, **context: Any) -> str:
    draft = context.get("draft")
    if draft is not None:
        form.number.data = draft.number
        context |= pages.drawn(in_order(draft.whole.content))
    return render_template("reports/publish.html", form=form, k=_k(), **context)
