"""Seats for everyone who waits, and the list of those who have one: page, paper and spreadsheet."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request, url_for

from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.platform import clock, dates, downloads, exports, languages
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.submissions import repeatable
from portal.registration import documents
from portal.registration.forms.registrations import ConfirmAllForm
from portal.registration.operations import lists, seats
from portal.registration.queries import registrations as queries
from portal.registration.queries import seats as seat_queries
from portal.registration.views.registrations import sieve_of
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("seats", __name__, url_prefix="/trainings/<code>/registrations")

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/confirmation")
@requires(Permission.CONFIRM_REGISTRATION, training=get_training)
def confirmation(training: Training) -> str:
    """Show who would get a seat and who would wait for what; or, with `at`, what was decided at that moment."""
    at = _moment(request.args.get("at", ""))
    if at is None:
        return _confirmation(training)
    return render_template(
        "registration/confirmed_all.html",
        training=training,
        decided=queries.list_decided_at(training.id, at),
        left=seat_queries.plan(training),
        seating=seat_queries.get_seating(training),
        at=at,
        zone=ZoneInfo(training.time_zone),
    )


@bp.post("/confirm-all")
@requires(Permission.CONFIRM_REGISTRATION, training=get_training)
def confirm_all(training: Training) -> Response | tuple[str, int]:
    """Give everyone who waits a seat, or a place on the waiting list."""
    now = clock.now()
    try:
        seats.confirm_all(training, actor=actor(), now=now)
    except Refusal as refusal:
        return _confirmation(training, refusal=refusal), refusal.status
    return see_other(url_for(".confirmation", code=training.code, at=now.isoformat()))


@bp.get("/confirmed")
@requires(Permission.VIEW_REGISTRATIONS, training=get_training)
def confirmed(training: Training) -> str:
    """Show everyone who is confirmed, as it is printed and sent to the institutions."""
    return render_template(
        "registration/confirmed.html",
        training=training,
        registrations=queries.list_confirmed(training.id),
        today=dates.long_date(clock.today(training.time_zone), languages.current()),
    )


@bp.post("/export")
@requires(Permission.EXPORT_REGISTRATIONS, training=get_training)
@fresh()
@repeatable
def export(training: Training) -> Response:
    """Send the list of the confirmed as a spreadsheet; who took it along stands in the audit log."""
    registrations = lists.export_confirmed(training, actor=actor(), now=clock.now())
    as_of = clock.today(training.time_zone)
    table = documents.confirmed_list(training, registrations, as_of)
    content = exports.write_xlsx(table.name, table.columns, table.rows, heading=table.heading)
    return downloads.send_bytes(content, filename=f"{training.code}-confirmed-{as_of}.xlsx", media_type=_XLSX)


@bp.post("/list-export")
@requires(Permission.EXPORT_REGISTRATIONS, training=get_training)
@fresh()
@repeatable
def export_list(training: Training) -> Response:
    """Send the registrations as they are searched and filtered; who took them along stands in the audit log."""
    sieve = sieve_of(training, request.args)
    registrations = lists.export_sifted(training, sieve, actor=actor(), now=clock.now())
    as_of = clock.today(training.time_zone)
    table = documents.sifted_list(training, registrations, as_of)
    content = exports.write_xlsx(table.name, table.columns, table.rows, heading=table.heading)
    return downloads.send_bytes(content, filename=f"{training.code}-registrations-{as_of}.xlsx", media_type=_XLSX)


def _confirmation(training: Training, **context: Any) -> str:
    return render_template(
        "registration/confirmation.html",
        training=training,
        plan=seat_queries.plan(training),
        seating=seat_queries.get_seating(training),
        form=ConfirmAllForm(),
        **context,
    )


def _moment(text: str) -> datetime | None:
    """Return the moment that an address names; an address without one, or with a broken one, asks for the preview."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
