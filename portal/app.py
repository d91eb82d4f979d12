"""The composition root: the only module that knows all blueprints, jobs and commands."""

from contextlib import suppress
from datetime import timedelta

from click import get_current_context
from flask import Flask
from flask_compress import Compress
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.access import guard
from portal.accounts import jobs as _account_jobs  # noqa: F401 - registers the work of its jobs
from portal.accounts.operations import audit_log as log_operations
from portal.accounts.views import audit_log, invitations, own, second_factor, second_step
from portal.accounts.views import directory as account_directory
from portal.accounts.views import links as account_links
from portal.accounts.views import sign_in as accounts
from portal.attendance.views import helper_page, rosters, sheets, venue_helpers
from portal.audit import queries as audit_queries
from portal.backups import jobs as backup_jobs
from portal.catalog import queries as catalog_queries
from portal.catalog import views as catalog
from portal.certificates import jobs as _certificate_jobs  # noqa: F401 - registers the work of its jobs
from portal.certificates.views import (
    ceremony,
    certificates,
    handing_over,
    logos,
    my,
    names,
    register,
    specimens,
    templates,
    verify,
)
from portal.cli import registry
from portal.closing import wording
from portal.closing.views import agenda, agenda_papers, close, corrections, ends, lists, revocations, workspace
from portal.closing.views import trainings as closing
from portal.config import ROOT, Settings
from portal.evaluation import jobs as evaluation_jobs
from portal.evaluation.views import (
    assessments,
    assessments_entry,
    assessments_my,
    assessments_questions,
    evaluations,
    evaluations_my,
    evaluations_questions,
)
from portal.home.views import home, papers
from portal.mailing import jobs as mailing_jobs
from portal.mailing import views as mailing
from portal.materials.operations import holders as end_holders
from portal.materials.views import acts, custody, deliveries, handovers, holders, materials, movements, places, receipts
from portal.materials.views import trainings as training_materials
from portal.people.views import records as people_records
from portal.platform import (
    addresses,
    assets,
    clock,
    db,
    error_pages,
    folders,
    headers,
    health,
    htmx,
    jobs,
    languages,
    limits,
    logs,
    mail,
    postman,
    security_events,
    statements,
    storage,
    submissions,
    ui,
)
from portal.platform import keys as installation_keys
from portal.records import pages as record_pages
from portal.registration import jobs as _registration_jobs  # noqa: F401 - registers the work of its jobs
from portal.registration.views import (
    additions,
    bulk,
    calls,
    facts,
    join_links,
    joining,
    keys,
    many_links,
    nominations,
    participants,
    referrals,
    registrations,
    seats,
    withdrawals,
)
from portal.reports import jobs as _report_jobs  # noqa: F401 - registers the work of its jobs
from portal.reports.views import publishing, summary, training_report
from portal.seals import views as seals
from portal.trainings import queries as training_queries
from portal.trainings.views import calendar, copies, trainings

BLUEPRINTS = (
    home.bp,
    papers.bp,
    accounts.bp,
    account_directory.bp,
    audit_log.bp,
    invitations.bp,
    account_links.bp,
    own.bp,
    second_factor.bp,
    second_step.bp,
    people_records.institutions,
    people_records.ranks,
    people_records.posts,
    catalog.centers,
    trainings.bp,
    copies.bp,
    catalog.courses,
    catalog.projects,
    specimens.bp,
    catalog.donors,
    catalog.venues,
    closing.bp,
    close.bp,
    lists.bp,
    corrections.bp,
    agenda.bp,
    agenda_papers.bp,
    ends.bp,
    calendar.bp,
    nominations.bp,
    calls.bp,
    additions.bp,
    facts.bp,
    bulk.bp,
    withdrawals.bp,
    referrals.bp,
    join_links.bp,
    joining.bp,
    registrations.bp,
    seats.bp,
    many_links.bp,
    keys.bp,
    rosters.bp,
    sheets.bp,
    venue_helpers.bp,
    helper_page.bp,
    assessments.bp,
    assessments_questions.bp,
    assessments_entry.bp,
    assessments_my.bp,
    handovers.bp,
    acts.bp,
    deliveries.bp,
    places.bp,
    receipts.bp,
    names.bp,
    certificates.bp,
    ceremony.bp,
    handing_over.bp,
    register.bp,
    revocations.bp,
    templates.bp,
    logos.bp,
    verify.bp,
    seals.bp,
    mailing.bp,
    movements.bp,
    materials.bp,
    custody.bp,
    holders.bp,
    training_materials.bp,
    my.bp,
    evaluations.bp,
    evaluations_my.bp,
    evaluations_questions.bp,
    summary.bp,
    publishing.bp,
    training_report.bp,
)
_UPLOAD_LIMIT = 31 * 1024 * 1024  # 30 MB and the rest of the form.


def create_app(settings: Settings | None = None) -> Flask:
    """Build the portal.

    :raises UndeclaredRoute: if a route says nothing about who may use it.
    :raises UnsafeSettings: if the settings would expose people.
    :raises KeysDiffer: if the database was used with other keys.
    """
    settings = settings or Settings.from_environment()
    folders.close(settings.data)
    app = Flask(__name__, static_folder=str(ROOT / "static"), template_folder=str(ROOT / "templates"))
    _configure(app, settings)
    addresses.init_app(app)
    logs.init_app(app)
    headers.init_app(app, is_secure=settings.is_secure)
    htmx.init_app(app)
    security_events.init_app(app)
    CSRFProtect(app)
    limits.init_app(app)
    db.init_app(app)
    if settings.is_debug:
        statements.init_app(app)
    _unlock(app, settings)
    submissions.init_app(app)
    app.after_request(submissions.remember)
    languages.init_app(app)
    record_pages.init_app(app, last_change=training_queries.find_last_change)
    storage.init_app(app, settings.documents_url)
    jobs.init_app(app, settings.jobs_url)
    Migrate(app, db.db, directory=str(ROOT / "migrations"), render_as_batch=True)
    _sign_in(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    registry.init_app(app)
    _periodic(app, settings)
    error_pages.init_app(app)
    ui.init_app(app)
    _fill_pages(app)
    guard.check_routes(app)
    _serve(app, settings)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=db.engine_options(settings.database_url),
        PORTAL_PATIENCE=db.PATIENCE,
        SESSION_COOKIE_NAME="__Host-page" if settings.is_secure else "page",
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=90),
        MAX_CONTENT_LENGTH=_UPLOAD_LIMIT,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=2_000,
        TRUSTED_HOSTS=[settings.host] if not settings.is_local else ["127.0.0.1", "localhost", "[::1]"],
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.is_secure,
        PORTAL_LOCALE=settings.locale,
        PORTAL_BASE_URL=settings.base_url,
        PORTAL_IS_DEMO=settings.is_demo and settings.is_local,
        PORTAL_SETTINGS=settings,
    )


def _unlock(app: Flask, settings: Settings) -> None:
    with app.app_context():
        if get_current_context(silent=True) is None:  # A command asks for itself: two of them look into wrong keys.
            installation_keys.check(settings)
        with suppress(installation_keys.KeysDiffer):
            app.config["SECRET_KEY"] = installation_keys.secret(settings)
        db.db.engine.dispose()  # No connection may cross the fork of the web server.


def _sign_in(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # Our cookie is checked on the server with each request.
    manager.request_loader(lambda _request: accounts.load_account())
    manager.user_loader(lambda _reference: None)
    account_directory.init_app(app, projects=_projects)
    guard.init_app(
        app,
        participant_loader=participants.load_participant,
        helper_loader=helper_page.load_venue_helper,
        detour=accounts.detour,
    )


def _projects() -> list[tuple[int, str]]:
    """Return the projects that a donor's account may reach."""
    return [(project.id, languages.text_of(project, "title")) for project in catalog_queries.list_projects()]


def _periodic(app: Flask, settings: Settings) -> None:
    def send_mail() -> None:
        postman.send_due(settings.mail_url, settings.data, settings.mail_from, clock.now())

    def sweep() -> None:
        now = clock.now()
        limits.sweep(now)
        submissions.sweep(now)
        security_events.sweep(now)
        storage.sweep(now)
        with db.transaction():
            end_holders.forget_names(now)
        with db.reading_session():
            if not audit_queries.note_head():
                app.logger.error("entries of the audit log are gone: verify-audit says which")

    jobs.periodic(app, "heartbeat", "*", lambda: health.beat(health.WORKER, clock.now()))
    jobs.periodic(app, mail.SEND, "*", send_mail)
    jobs.periodic(app, "queue_mails", "*/5", lambda: mailing_jobs.queue_due(clock.now()) and None)
    jobs.periodic(app, "close_evaluations", "7", lambda: evaluation_jobs.close_due(clock.now()) and None)
    jobs.periodic(app, "offer_again", "*", lambda: jobs.offer_again(clock.now()) and None)
    jobs.periodic(app, "queue_backup", "23", lambda: backup_jobs.queue_due(clock.now()))
    jobs.periodic(app, "mail_head", "41", lambda: log_operations.mail_head(clock.now()) and None)
    jobs.periodic(app, "sweep", "17", sweep)


def _fill_pages(app: Flask) -> None:
    @app.context_processor
    def page() -> dict[str, object]:
        return {
            "is_demo": app.config["PORTAL_IS_DEMO"],
            "nav_items": home.nav_items(),
        }

    app.jinja_env.globals.update(
        offered_titles=people_records.offered_titles,
        workspace_of=workspace.workspace_of,
        workspace_steps=workspace.workspace_steps,
        step_url=workspace.step_url,
        shown_state=workspace.shown_state,
        step_task=wording.task,
        step_note=wording.note,
        step_label=wording.label,
        latest_release=summary.latest_release,
    )


def _serve(app: Flask, settings: Settings) -> None:
    Compress(app)
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]  # as Flask says
    app.wsgi_app = headers.answer_probes(app.wsgi_app, settings.base_url)  # type: ignore[method-assign]  # as Flask says
    assets.init_app(app, is_secure=settings.is_secure)
