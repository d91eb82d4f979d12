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
from portal.closing import revocations
from portal.home import queries, rules
from portal.home.queries import Chores, Trouble
from portal.nominations import imports
from portal.nominations import operations as nomination_operations
from portal.platform import clock, health
from portal.platform.db import is_answering
from portal.platform.i18n import _l
from portal.platform.mail import MailState
from portal.trainings.rules import TrainingState
from portal.workspace import queries as workspace_queries

_ACCOUNTS, _TRAININGS = "account_directory.index", "closing.index"


@dataclass(frozen=True)
class Chore:
    """One thing to look at: how many of it, about which object, on which page; what is wrong comes first."""

    number: int
    text: Any
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""
    is_wrong: bool = True


_MAILS = {
    MailState.FAILED.value: _l("Mails that could not be sent"),
    MailState.UNCLEAR.value: _l("Mails of which nobody knows whether they left"),
}
_LISTS = {
    nomination_operations.JOB: _l("A list could not be read"),
    imports.COMMIT: _l("A list could not be imported"),
    imports.UNDO: _l("An import could not be undone"),
}


def list_chores(chores: Chores, *, is_demo: bool) -> list[Chore]:
    """Return what there is to do, what is wrong first; in the demo nobody needs a second factor."""
    invited = {"state": AccountState.INVITED.value}
    counted = [
        Chore(chores.invitations_over, _l("Invitations that ran out: invite again"), _ACCOUNTS, invited),
        Chore(
            0 if is_demo else chores.without_second_factor,
            _l("Accounts without a second factor"),
            _ACCOUNTS,
            {"state": LACKS_FACTOR},
        ),
        Chore(
            chores.to_approve,
            _l("Plans that wait for approval"),
            _TRAININGS,
            {"state": TrainingState.PENDING_APPROVAL.value},
            is_wrong=False,
        ),
        Chore(chores.drafts, _l("Plans in draft"), _TRAININGS, {"state": TrainingState.DRAFT.value}, is_wrong=False),
        Chore(chores.invited, _l("Invitations that wait for an answer"), _ACCOUNTS, invited, is_wrong=False),
    ]
    found = [*map(_of_job, chores.jobs), *map(_of_mails, chores.mails), *(one for one in counted if one.number)]
    return sorted(found, key=lambda chore: not chore.is_wrong)


def _of_job(job: Trouble) -> Chore:
    code, _slash, reference = job.about.partition("/")
    if reference:
        values = {"code": code, "list_reference": reference}
        return Chore(job.number, _LISTS.get(job.what, job.what), "nominations.show", values, code)
    if job.what.startswith("certificates."):
        return Chore(job.number, _l("Certificates could not be issued"), "certificates.index", {"code": code}, code)
    return Chore(job.number, _l("A link for a new password could not be sent"), _ACCOUNTS)


def _of_mails(mails: Trouble) -> Chore:
    kind, _space, code = mails.about.partition(" ")
    if kind == "training":
        return Chore(mails.number, _MAILS[mails.what], "mailing.index", {"code": code}, code)
    return Chore(mails.number, _MAILS[mails.what], _ACCOUNTS)


bp = Blueprint("home", __name__)
_COMING = 6


@dataclass(frozen=True)
class Section:
    """A part of the portal that is set up rather than worked with."""

    permission: Permission
    title: str
    text: str
    url: str


@bp.get("/")
@requires(Permission.VIEW_HOME)
def index() -> str:
    """Show what waits for whoever is signed in."""
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
    """Show which trainings ask the institution for people, and how its answers stand."""
    today = clock.today()
    listed = calls.list_calls(actor().reach.institution_id, today)
    return render_template("home/institution.html", answers=rules.sort_answers(listed, today), today=today)


def _donor() -> str:
    return render_template("home/donor.html", projects=queries.list_funded(actor()), today=clock.today())


def _auditor() -> str:
    entries = queries.list_newest_entries()
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


def _chores() -> list[Chore]:
    """Return what needs whoever administers the portal."""
    if not policy.holds(actor(), Permission.MANAGE_ACCOUNTS):
        return []
    return list_chores(queries.find_chores(clock.now()), is_demo=current_app.config["PORTAL_IS_DEMO"])


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
    sections = tuple(section.url for section in _sections())
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


def _sections() -> list[Section]:
    """Return the parts of the administration that the actor may open, one line for each."""
    sections: list[Section] = [
        Section(
            Permission.VIEW_ACCOUNTS,
            _("Accounts"),
            _("Who signs in, with which role, and what they reach."),
            url_for("account_directory.index"),
        ),
        Section(
            Permission.VIEW_AUDIT_LOG,
            _("Audit log"),
            _("Who changed what and when, from what to what."),
            url_for("audit_log.index"),
        ),
        Section(
            Permission.VIEW_REFERENCE,
            _("Institutions"),
            _("Where people serve, under all the names by which lists call them."),
            url_for("institutions.index"),
        ),
        Section(
            Permission.VIEW_REFERENCE,
            _("Ranks"),
            _("They are offered where a rank is typed, and say in which group it is counted."),
            url_for("ranks.index"),
        ),
        Section(
            Permission.VIEW_REFERENCE,
            _("Posts"),
            _("They are offered where a post is typed; any other may be typed as well."),
            url_for("posts.index"),
        ),
        Section(
            Permission.VIEW_CERTIFICATES,
            _("Issue registers"),
            _("Every number of a certificate by series and year, and what became of it."),
            url_for("register.index"),
        ),
        Section(
            Permission.VIEW_CENTERS,
            _("Crisis centres"),
            _("Where victims find help, and when somebody last made sure of it."),
            url_for("centers.index"),
        ),
        Section(
            Permission.VIEW_DIRECTORY,
            _("Courses"),
            _("The designs of trainings: titles, hours, what they are for."),
            url_for("courses.index"),
        ),
        Section(
            Permission.VIEW_DIRECTORY,
            _("Projects"),
            _("Who is thanked and who signs on certificates, and in which series they are numbered."),
            url_for("projects.index"),
        ),
        Section(
            Permission.VIEW_DIRECTORY,
            _("Certificate templates"),
            _("What certificates say and how they look, by project and course. Without one, the built-in look holds."),
            url_for("certificate_templates.index"),
        ),
        Section(Permission.VIEW_DIRECTORY, _("Donors"), _("Who pays for the projects."), url_for("donors.index")),
        Section(
            Permission.VIEW_VENUES,
            _("Venues"),
            _("Halls with their address, clock, places and whom to call."),
            url_for("venues.index"),
        ),
    ]
    return [section for section in sections if policy.holds(actor(), section.permission)]
