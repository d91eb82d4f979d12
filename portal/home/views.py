"""The start page, and the health addresses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import policy
from portal.access.guard import actor, public, requires
from portal.access.permissions import Permission, Role
from portal.accounts import queries as accounts
from portal.accounts.queries import LACKS_FACTOR
from portal.accounts.rules import AccountState
from portal.audit import queries as audit
from portal.calls import queries as calls
from portal.calls.rules import CallStatus
from portal.closing import revocations
from portal.home import queries, rules
from portal.nominations import imports
from portal.nominations import operations as nomination_operations
from portal.platform import clock, health
from portal.platform.db import is_answering
from portal.platform.i18n import _l
from portal.platform.mail import MailState
from portal.platform.texts import N_
from portal.trainings.rules import TrainingState
from portal.workspace import queries as workspace_queries


@dataclass(frozen=True)
class Chore:
    """One thing to look at: how many of it, about which object, on which page; what is wrong comes first."""

    number: int
    text: Any
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""
    is_wrong: bool = True


_ACCOUNTS, _TRAININGS = "account_directory.index", "closing.index"
# What is counted: what it says, where, in which state, and whether something is wrong.
_COUNTS = {
    "invitations_over": (_l("Invitations that ran out: invite again"), _ACCOUNTS, AccountState.INVITED.value, True),
    "without_second_factor": (_l("Accounts without a second factor"), _ACCOUNTS, LACKS_FACTOR, True),
    "to_approve": (_l("Plans that wait for approval"), _TRAININGS, TrainingState.PENDING_APPROVAL.value, False),
    "drafts": (_l("Plans in draft"), _TRAININGS, TrainingState.DRAFT.value, False),
    "invited": (_l("Invitations that wait for an answer"), _ACCOUNTS, AccountState.INVITED.value, False),
}
_MAILS = {
    MailState.FAILED.value: _l("Mails that could not be sent"),
    MailState.UNCLEAR.value: _l("Mails of which nobody knows whether they left"),
}
_LISTS = {
    nomination_operations.JOB: _l("A list could not be read"),
    imports.COMMIT: _l("A list could not be imported"),
    imports.UNDO: _l("An import could not be undone"),
}


def _chores() -> list[Chore]:
    """Return what an administrator has to see to, what is wrong first; in the demo nobody needs a second factor."""
    if not policy.holds(actor(), Permission.MANAGE_ACCOUNTS):
        return []
    rows = queries.list_chores(clock.now())
    counts = {what: number for kind, what, _about, number in rows if kind == "count" and number}
    if current_app.config["PORTAL_IS_DEMO"]:
        counts.pop("without_second_factor", None)
    found = [_trouble(row) for row in rows if row.kind != "count"]
    for what, (text, endpoint, state, is_wrong) in _COUNTS.items():
        if what in counts:
            found.append(Chore(counts[what], text, endpoint, {"state": state}, is_wrong=is_wrong))
    return sorted(found, key=lambda chore: not chore.is_wrong)


def _trouble(row: queries.Chore) -> Chore:
    """Return work that failed, or mails that did not leave, with the page where somebody sees to it."""
    kind, what, about, number = row
    if kind == "mail":
        topic, _space, code = about.partition(" ")
        if topic == "training":
            return Chore(number, _MAILS[what], "mailing.index", {"code": code}, code)
        return Chore(number, _MAILS[what], _ACCOUNTS)
    code, _slash, reference = about.partition("/")
    if reference:
        values = {"code": code, "list_reference": reference}
        return Chore(number, _LISTS.get(what, what), "nominations.show", values, code)
    if what.startswith("certificates."):
        return Chore(number, _l("Certificates could not be issued"), "certificates.index", {"code": code}, code)
    return Chore(number, _l("A link for a new password could not be sent"), _ACCOUNTS)


bp = Blueprint("home", __name__)
_COMING, _ENTRIES = 6, 10
# The parts of the portal that are set up rather than worked with: who may open which page, its name, what is there.
_SECTIONS = {
    (Permission.VIEW_ACCOUNTS, "account_directory.index", N_("Accounts")): N_(
        "Who signs in, with which role, and what they reach."
    ),
    (Permission.VIEW_AUDIT_LOG, "audit_log.index", N_("Audit log")): N_(
        "Who changed what and when, from what to what."
    ),
    (Permission.VIEW_REFERENCE, "institutions.index", N_("Institutions")): N_(
        "Where people serve, under all the names by which lists call them."
    ),
    (Permission.VIEW_REFERENCE, "ranks.index", N_("Ranks")): N_(
        "They are offered where a rank is typed, and say in which group it is counted."
    ),
    (Permission.VIEW_REFERENCE, "posts.index", N_("Posts")): N_(
        "They are offered where a post is typed; any other may be typed as well."
    ),
    (Permission.VIEW_CERTIFICATES, "register.index", N_("Issue registers")): N_(
        "Every number of a certificate by series and year, and what became of it."
    ),
    (Permission.VIEW_CENTERS, "centers.index", N_("Crisis centres")): N_(
        "Where victims find help, and when somebody last made sure of it."
    ),
    (Permission.VIEW_DIRECTORY, "courses.index", N_("Courses")): N_(
        "The designs of trainings: titles, hours, what they are for."
    ),
    (Permission.VIEW_DIRECTORY, "projects.index", N_("Projects")): N_(
        "Who is thanked and who signs on certificates, and in which series they are numbered."
    ),
    (Permission.VIEW_DIRECTORY, "certificate_templates.index", N_("Certificate templates")): N_(
        "What certificates say and how they look, by project and course. Without one, the built-in look holds."
    ),
    (Permission.VIEW_DIRECTORY, "donors.index", N_("Donors")): N_("Who pays for the projects."),
    (Permission.VIEW_VENUES, "venues.index", N_("Venues")): N_(
        "Halls with their address, clock, places and whom to call."
    ),
}


@bp.get("/")
@requires(Permission.VIEW_HOME)
def index() -> str:
    return _STARTS[actor().role]()


@bp.get("/administration")
@requires(Permission.VIEW_ADMINISTRATION)
def administration() -> str:
    """Show where to set up what trainings rest on, as far as the role goes."""
    return render_template("home/administration.html", sections=_sections())


@bp.get("/healthz")
@public
def healthz() -> tuple[Response, int]:
    """Answer 200 only when the database does."""
    if not is_answering():
        return jsonify(status="database unavailable"), 503
    return jsonify(status="ok"), 200


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Tell what is well and what is not: 503 when pages cannot be served, 200 when only the worker is behind."""
    settings, now = current_app.config["PORTAL_SETTINGS"], clock.now()
    vital, behind = health.look(health.VITAL, settings, now), health.look(health.BEHIND, settings, now)
    checks = {name: found.is_ok for name, found in (vital | behind).items()}
    if not all(found.is_ok for found in vital.values()):
        return jsonify(status="unavailable", checks=checks), 503
    return jsonify(status="ok" if all(checks.values()) else "degraded", checks=checks), 200


def _running() -> str:
    """Show the open steps of the trainings that somebody runs, and to an administrator what else is amiss."""
    today = clock.today()
    trainings = workspace_queries.list_open(actor(), clock.now())
    work = rules.sort_work([(one.training, one.steps) for one in trainings], today)
    return render_template(
        "home/index.html",
        work=work,
        coming=[one.training for one in trainings if one.training.ends_on >= today][:_COMING],
        has_trainings=bool(trainings)
        or workspace_queries.page_of_trainings(actor(), workspace_queries.Filters(), 1, today).rows > 0,
        chores=_chores(),
        revocations=revocations.list_open(actor()),
        me=actor().label,
        today=today,
    )


def _vetting() -> str:
    return render_template("home/vetting.html", trainings=queries.list_vetted(clock.today()), today=clock.today())


def _institution() -> str:
    """Show which trainings ask the institution for people, and how its answers stand, each by its day.

    What passed without the institution being asked in particular is left out.
    """
    today = clock.today()
    listed = sorted(calls.list_calls(actor().reach.institution_id, today), key=lambda one: one.due_on)
    by_status = {status: [one for one in listed if one.status(today) == status] for status in CallStatus}
    answered = by_status[CallStatus.HANDED_IN] + by_status[CallStatus.ANSWERED]
    return render_template(
        "home/institution.html",
        missed=by_status[CallStatus.MISSED],
        open=by_status[CallStatus.OPEN],
        answered=sorted(answered, key=lambda one: one.due_on),
        over=by_status[CallStatus.OVER][::-1],
        today=today,
    )


def _donor() -> str:
    return render_template("home/donor.html", projects=queries.list_funded(actor()), today=clock.today())


def _auditor() -> str:
    entries = audit.list_entries(audit.Filters(), _ENTRIES)
    return render_template(
        "home/auditor.html",
        days=[(day, list(rows)) for day, rows in groupby(entries, lambda row: clock.country_day(row[0].at))],
        event_label=audit.label_of,
        names=accounts.names_of({label for entry, _detail in entries for label in (entry.actor, entry.subject)}),
        states=queries.count_states(),
        zone=clock.COUNTRY,
        today=clock.today(),
    )


_STARTS: dict[Role, Callable[[], str]] = {
    Role.ADMINISTRATOR: _running,
    Role.COORDINATOR: _running,
    Role.VETTING_OFFICER: _vetting,
    Role.FOCAL_POINT: _institution,
    Role.DONOR: _donor,
    Role.AUDITOR: _auditor,
}


def nav_items() -> list[dict[str, Any]]:
    """Return the main addresses of whoever is signed in; a page outside a request or an account has none."""
    if not current_user or not current_user.is_authenticated:
        return []
    items = [
        (Permission.VIEW_HOME, _("Start"), url_for("home.index")),
        (Permission.VIEW_TRAININGS, _("Trainings"), url_for("closing.index")),
        (Permission.VIEW_TRAININGS, _("Calendar"), url_for("calendar.index")),
        (Permission.VIEW_MATERIALS, _("Materials"), url_for("materials.index")),
        (Permission.VIEW_SUMMARY, _("Summary"), url_for("summary.index")),
    ]
    sections = tuple(url_for(endpoint) for endpoint, _name, _text in _sections())
    if sections:
        items.append((Permission.VIEW_ADMINISTRATION, _("Administration"), url_for("home.administration")))
    return [
        {"label": label, "url": url, "current": _is_here(url, sections)}
        for permission, label, url in items
        if policy.holds(current_user, permission)
    ]


def _is_here(url: str, sections: tuple[str, ...]) -> bool:
    """Tell whether this page lies under a main address; the parts of the administration lie under it."""
    if url == url_for("home.administration"):
        return request.path == url or request.path.startswith(sections)
    return request.path == url or (url != "/" and request.path.startswith(url))


def _sections() -> list[tuple[str, str, str]]:
    """Return the parts of the administration that the actor may open: endpoint, name, what is there."""
    return [
        (endpoint, name, text)
        for (permission, endpoint, name), text in _SECTIONS.items()
        if policy.holds(actor(), permission)
    ]
