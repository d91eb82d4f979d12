"""The composition root: the only module that knows all blueprints, jobs and commands."""

from contextlib import suppress
from datetime import timedelta
from importlib import import_module

from click import Command, get_current_context
from flask import Blueprint, Flask
from flask_compress import Compress
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from portal.access import guard
from portal.accounts import operations as account_operations
from portal.accounts import sign_in_views
from portal.attendance import venue_helper_views
from portal.audit import queries as audit_queries
from portal.backups import jobs as backup_jobs
from portal.cli import papers, setup, trainings, upkeep
from portal.config import ROOT, Settings
from portal.custody import operations as custody_operations
from portal.evaluation import jobs as evaluation_jobs
from portal.home import views as home
from portal.mailing import jobs as mailing_jobs
from portal.participants import views as participant_views
from portal.people import views as people_views
from portal.platform import (
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
    queues,
    security_events,
    smtp,
    storage,
    submissions,
    ui,
)
from portal.platform import keys as installation_keys
from portal.records import pages as record_pages
from portal.registration.rules import Cause, RegistrationRole
from portal.reports import views as reports_views
from portal.trainings import queries as training_queries
from portal.workspace import views as workspace_views

# Each module of views has its blueprints, each one of jobs registers their work: a new one is found by its name.
_PACKAGES = ROOT / "portal"
_MODULES = [
    import_module(f"portal.{path.parent.name}.{path.stem}")
    for path in sorted([*_PACKAGES.glob("*/*views.py"), *_PACKAGES.glob("*/jobs.py")])
]
BLUEPRINTS = dict.fromkeys(thing for one in _MODULES for thing in vars(one).values() if isinstance(thing, Blueprint))
COMMANDS = [
    thing for one in (papers, setup, trainings, upkeep) for thing in vars(one).values() if isinstance(thing, Command)
]
_UPLOAD_LIMIT = 31 * 1024 * 1024  # 30 MB and the rest of the form.


class _Number(IntegerConverter):
    """A whole number that every database takes; an address with a longer one is not there."""

    regex = r"\d{1,9}"


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
    app.url_map.converters["int"] = _Number
    logs.init_app(app)
    headers.init_app(app, is_secure=settings.is_secure)
    htmx.init_app(app)
    security_events.init_app(app)
    CSRFProtect(app)
    limits.init_app(app)
    db.init_app(app)
    if settings.is_debug:
        logs.init_statements(app)
    _unlock(app, settings)
    submissions.init_app(app)
    app.after_request(submissions.remember)
    i18n.init_app(app)
    record_pages.init_app(app, last_change=training_queries.find_last_change)
    storage.init_app(app, settings.documents_url)
    queues.init_app(app, settings.jobs_url, jobs.run)
    Migrate(app, db.db, directory=str(ROOT / "migrations"), render_as_batch=True)
    _sign_in(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for command in COMMANDS:
        app.cli.add_command(command)
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
    guard.init_app(
        app,
        participant_loader=participant_views.load_participant,
        helper_loader=venue_helper_views.load_venue_helper,
        detour=sign_in_views.detour,
    )


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

    queues.periodic(app, "heartbeat", "*", lambda: health.beat(health.WORKER, clock.now()))
    queues.periodic(app, mail.SEND, "*", send_mail)
    queues.periodic(app, "queue_mails", "*/5", lambda: mailing_jobs.queue_due(clock.now()) and None)
    queues.periodic(app, "close_evaluations", "7", lambda: evaluation_jobs.close_due(clock.now()) and None)
    queues.periodic(app, "offer_again", "*", lambda: jobs.offer_again(clock.now()) and None)
    queues.periodic(app, "queue_backup", "23", lambda: backup_jobs.queue_due(clock.now()))
    queues.periodic(app, "mail_head", "41", lambda: account_operations.mail_head(clock.now()) and None)
    queues.periodic(app, "sweep", "17", sweep)


def _fill_pages(app: Flask) -> None:
    app.context_processor(lambda: {"is_demo": app.config["PORTAL_IS_DEMO"], "nav_items": home.nav_items()})
    app.jinja_env.globals.update(
        Cause=Cause,
        RegistrationRole=RegistrationRole,
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
