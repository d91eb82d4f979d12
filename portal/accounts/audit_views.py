"""The audit log for administrators and auditors: who changed what, when, from what to what."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from portal.access import policy
from portal.access.guard import actor, fresh, requires
from portal.access.permissions import Permission
from portal.accounts import operations
from portal.accounts import queries as accounts
from portal.audit import events as audit_events
from portal.audit import queries
from portal.platform import clock, downloads, exports, paging, security_events
from portal.platform.errors import Refusal
from portal.platform.htmx import respond
from portal.platform.submissions import repeatable

bp = Blueprint("audit_log", __name__, url_prefix="/audit")
_ASKED = ("subject", "actor", "event", "from", "to")


@bp.get("")
@requires(Permission.VIEW_AUDIT_LOG)
def index() -> Response:
    return respond(page="accounts/audit_log.html", fragment="accounts/_audit_log.html", **_page(_asked(request.args)))


@bp.post("/export")
@requires(Permission.EXPORT_AUDIT_LOG)
@fresh(*_ASKED)
@repeatable
def export() -> Response | tuple[str, int]:
    """Send what the filter lets through as a spreadsheet; that stands in the log too."""
    asked = _asked(request.form)
    try:
        rows = operations.export(_filters(asked), asked, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return render_template("accounts/audit_log.html", refusal=refusal, **_page(asked)), refusal.status
    columns = [_("When"), _("Who"), _("Event"), _("What"), _("Object"), _("Before"), _("After")]
    heading = [_("Audit log"), _("Times in Bishkek")]
    content = exports.write_xlsx(_("Audit log"), columns, _lines(rows), heading=heading)
    return downloads.send_bytes(content, filename=f"audit-log-{clock.today()}.xlsx")


@bp.get("/security")
@requires(Permission.VIEW_AUDIT_LOG)
def security() -> str:
    """Show what went wrong, or opened, at the doors, the latest first."""
    kind = request.args.get("kind", "")
    events = security_events.page_of_events(paging.asked(), kind)
    return render_template(
        "accounts/security_events.html",
        events=events,
        kind=kind,
        kinds=security_events.Kind,
        names=accounts.names_of({one.actor for one in events.items}),
        zone=clock.COUNTRY,
    )


def _page(asked: dict[str, str]) -> dict[str, Any]:
    entries = queries.page_of_entries(_filters(asked), paging.asked())
    return {
        "entries": entries,
        "asked": asked,
        "names": _names(entries.items),
        "changes": lambda detail: audit_events.changes(detail.before, detail.after, _hidden()),
        "event_label": queries.label_of,
        "groups": [
            (key, list(events)) for key, events in groupby(sorted(audit_events.EVENTS), lambda e: e.split(".")[0])
        ],
        "zone": clock.COUNTRY,
    }


def _names(rows: Iterable[queries.Row]) -> dict[str, str]:
    """Return the names of who acted, and of the accounts that were acted upon."""
    labels = {label for entry, _detail in rows for label in (entry.actor, entry.subject)}
    return accounts.names_of(labels) | {"operator": _("Command line")}


def _hidden() -> Collection[str]:
    """Return the details that whoever does not run trainings is not shown."""
    return () if policy.holds(actor(), Permission.EDIT_TRAINING) else audit_events.RESTRICTED


def _lines(rows: list[queries.Row]) -> list[list[str]]:
    names = _names(rows)
    lines = []
    for entry, detail in rows:
        found = audit_events.changes(detail.before, detail.after, _hidden()) if detail else []
        before, after = _column(found, "before"), _column(found, "after")
        lines.append(
            [
                entry.at.astimezone(clock.COUNTRY).strftime("%Y-%m-%d %H:%M:%S"),
                names.get(entry.actor, entry.actor),
                entry.event,
                queries.label_of(entry.event),
                entry.subject,
                before if detail else _("Details erased"),
                after if detail else _("Details erased"),
            ]
        )
    return lines


def _column(found: list[audit_events.Change], side: str) -> str:
    shown = [(one.key, _("not shown to your role") if one.is_hidden else getattr(one, side)) for one in found]
    return "\n".join(f"{key}: {text}" for key, text in shown if text)


def _asked(values: MultiDict[str, str]) -> dict[str, str]:
    asked = {name: values.get(name, "").strip()[:200] for name in _ASKED}
    return {name: text for name, text in asked.items() if text}


def _filters(asked: dict[str, str]) -> queries.Filters:
    until = _day(asked.get("to", ""))
    return queries.Filters(
        subject=asked.get("subject", ""),
        event=asked.get("event", ""),
        actors=_actors(asked["actor"]) if "actor" in asked else None,
        since=_day(asked.get("from", "")),
        until=until + timedelta(days=1) if until else None,
    )


def _actors(text: str) -> list[str]:
    """Return the labels that a name means; a label itself, as in the log, means only itself."""
    return [text] if text == "operator" or " " in text and text.split()[-1].isdigit() else accounts.list_labels(text)


def _day(text: str) -> datetime | None:
    """Return the beginning of a day in Bishkek; a day that cannot be read filters nothing."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), clock.COUNTRY) if text < "9999" else None
    except ValueError:
        return None
