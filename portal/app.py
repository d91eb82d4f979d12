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
from portal.accounts import audit_views, link_views, own_views, second_factor_views, sign_in_views
from portal.accounts import jobs as _account_jobs  # noqa: F401 - registers the work of its jobs
from portal.accounts import operations as account_operations
from portal.accounts import views as account_views
from portal.agenda import views as agenda_views
from portal.assessments import entry_views, my_views, question_views
from portal.assessments import views as assessments
from portal.attendance import helper_page_views, sheet_views, venue_helper_views
from portal.attendance import views as attendance_views
from portal.audit import queries as audit_queries
from portal.backups import jobs as backup_jobs
from portal.calls import join_link_views, join_views
from portal.calls import views as calls
from portal.catalog import queries as catalog_queries
from portal.catalog import views as catalog
from portal.ceremony import views as ceremony_views
from portal.certificates import jobs as _certificate_jobs  # noqa: F401 - registers the work of its jobs
from portal.certificates import name_views
from portal.certificates import views as certificates
from portal.cli import registry
from portal.closing import correction_views, revocation_views
from portal.closing import views as closing_views
from portal.config import ROOT, Settings
from portal.custody import holder_views, receipt_views
from portal.custody import operations as custody_operations
from portal.custody import views as custody
from portal.designs import logo_views
from portal.designs import views as design_views
from portal.evaluation import jobs as evaluation_jobs
from portal.evaluation import views as evaluation_views
from portal.handovers import delivery_views
from portal.handovers import views as handover_views
from portal.home import my_views as home_my_views
from portal.home import views as home
from portal.logistics import views as logistics_views
from portal.mailing import jobs as mailing_jobs
from portal.mailing import views as mailing
from portal.nominations import entry_views as nomination_entry_views
from portal.nominations import fact_views
from portal.nominations import jobs as _registration_jobs  # noqa: F401 - registers the work of its jobs
from portal.nominations import views as nominations
from portal.participants import link_views as participant_link_views
from portal.participants import views as participant_views
from portal.people import views as people_views
from portal.platform import (
    addresses,
    clock,
    db,
    error_pages,
    folders,
    headers,
    health,
    htmx,
    i18n,
    jobs,
    limits,
    logs,
    mail,
    security_events,
    smtp,
    statements,
    storage,
    submissions,
    ui,
)
from portal.platform import keys as installation_keys
from portal.records import pages as record_pages
from portal.registration import bulk_views
from portal.registration import views as registration_views
from portal.reports import jobs as _report_jobs  # noqa: F401 - registers the work of its jobs
from portal.reports import report_views
from portal.reports import views as reports_views
from portal.signing import views as signing_views
from portal.stock import movement_views, place_views
from portal.stock import views as stock_views
from portal.trainings import copy_views
from portal.trainings import queries as training_queries
from portal.trainings import views as training_views
from portal.verification import lookup_views, register_views
from portal.verification import views as verification_views
from portal.workspace import change_views
from portal.workspace import views as workspace_views

BLUEPRINTS = (
    home.bp,
    lookup_views.bp,
    sign_in_views.bp,
    account_views.bp,
    audit_views.bp,
    account_views.invitations_bp,
    link_views.bp,
    own_views.bp,
    second_factor_views.bp,
    sign_in_views.second_step_bp,
    people_views.institutions,
    people_views.ranks,
    people_views.posts,
    catalog.centers,
    training_views.bp,
    copy_views.bp,
    catalog.courses,
    catalog.projects,
    design_views.specimens_bp,
    catalog.donors,
    catalog.venues,
    workspace_views.bp,
    closing_views.bp,
    logistics_views.bp,
    correction_views.bp,
    agenda_views.bp,
    agenda_views.papers_bp,
    change_views.bp,
    training_views.calendar_bp,
    nominations.bp,
    calls.bp,
    nomination_entry_views.bp,
    fact_views.bp,
    bulk_views.bp,
    participant_views.withdrawals_bp,
    participant_views.bp,
    join_link_views.bp,
    join_views.bp,
    registration_views.bp,
    registration_views.seats_bp,
    participant_link_views.many_links_bp,
    participant_link_views.bp,
    attendance_views.bp,
    sheet_views.bp,
    venue_helper_views.bp,
    helper_page_views.bp,
    assessments.bp,
    question_views.bp,
    entry_views.bp,
    my_views.bp,
    handover_views.bp,
    handover_views.acts_bp,
    delivery_views.bp,
    place_views.bp,
    receipt_views.bp,
    name_views.bp,
    certificates.bp,
    ceremony_views.bp,
    ceremony_views.handing_over_bp,
    register_views.bp,
    revocation_views.bp,
    design_views.bp,
    logo_views.bp,
    verification_views.bp,
    signing_views.bp,
    mailing.bp,
    movement_views.bp,
    stock_views.bp,
    custody.bp,
    holder_views.bp,
    movement_views.training_bp,
    home_my_views.bp,
    evaluation_views.bp,
    evaluation_views.my_bp,
    evaluation_views.questions_bp,
    reports_views.summary_bp,
    reports_views.bp,
    report_views.bp,
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
    i18n.init_app(app)
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
    manager.request_loader(lambda _request: sign_in_views.load_account())
    manager.user_loader(lambda _reference: None)
    account_views.init_app(app, projects=_projects)
    guard.init_app(
        app,
        participant_loader=participant_views.load_participant,
        helper_loader=helper_page_views.load_venue_helper,
        detour=sign_in_views.detour,
    )


def _projects() -> list[tuple[int, str]]:
    """Return the projects that a donor's account may reach."""
    return [(project.id, i18n.text_of(project, "title")) for project in catalog_queries.list_projects()]


def _periodic(app: Flask, settings: Settings) -> None:
    def send_mail() -> None:
        smtp.send_due(settings.mail_url, settings.data, settings.mail_from, clock.now())

    def sweep() -> None:
        now = clock.now()
        limits.sweep(now)
        submissions.sweep(now)
        security_events.sweep(now)
        storage.sweep(now)
        with db.transaction():
            custody_operations.forget_names(now)
        with db.reading_session():
            if not audit_queries.note_head():
                app.logger.error("entries of the audit log are gone: verify-audit says which")

    jobs.periodic(app, "heartbeat", "*", lambda: health.beat(health.WORKER, clock.now()))
    jobs.periodic(app, mail.SEND, "*", send_mail)
    jobs.periodic(app, "queue_mails", "*/5", lambda: mailing_jobs.queue_due(clock.now()) and None)
    jobs.periodic(app, "close_evaluations", "7", lambda: evaluation_jobs.close_due(clock.now()) and None)
    jobs.periodic(app, "offer_again", "*", lambda: jobs.offer_again(clock.now()) and None)
    jobs.periodic(app, "queue_backup", "23", lambda: backup_jobs.queue_due(clock.now()))
    jobs.periodic(app, "mail_head", "41", lambda: account_operations.mail_head(clock.now()) and None)
    jobs.periodic(app, "sweep", "17", sweep)


def _fill_pages(app: Flask) -> None:
    @app.context_processor
    def page() -> dict[str, object]:
        return {
            "is_demo": app.config["PORTAL_IS_DEMO"],
            "nav_items": home.nav_items(),
        }

    app.jinja_env.globals.update(
        offered_titles=people_views.offered_titles,
        workspace_of=workspace_views.workspace_of,
        step_url=workspace_views.step_url,
        shown_state=workspace_views.shown_state,
        step_task=workspace_views.task_of,
        step_note=workspace_views.note_of,
        latest_release=reports_views.latest_release,
    )


def _serve(app: Flask, settings: Settings) -> None:
    Compress(app)
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]  # as Flask says
    app.wsgi_app = headers.answer_probes(app.wsgi_app, settings.base_url)  # type: ignore[method-assign]  # as Flask says
    headers.init_assets(app, is_secure=settings.is_secure)
