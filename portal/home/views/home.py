"""The start page, and whether the portal is alive."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.access import policy
from portal.access.guard import actor, public, requires
from portal.access.permissions import Permission, Role
from portal.accounts import queries as accounts
from portal.audit import wording
from portal.certificates.queries import revocations
from portal.closing.queries import trainings as closing
from portal.home import rules
from portal.home.queries import starts as queries
from portal.home.wording import Chore, list_chores
from portal.platform import clock, health
from portal.platform.db import is_answering
from portal.registration.queries import calls

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
    trainings = closing.list_open(actor(), clock.now())
    work = rules.sort_work([(one.training, one.steps) for one in trainings], today)
    return render_template(
        "home/index.html",
        work=work,
        coming=[one.training for one in trainings if one.training.ends_on >= today][:_COMING],
        has_trainings=bool(trainings) or closing.page_of_trainings(actor(), closing.Sieve(), 1, today).rows > 0,
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
        words=wording.EVENTS,
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
