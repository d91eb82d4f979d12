"""What every test may ask for: an application on a database of its own, a fixed moment, and the standing cast.

`app` is an application on a fresh database and an emptied folder for each test; its application context is open, so
that `db.session`, factories, queries and operations work as within one request. What a test arranged is committed when
`browser` fetches its next page, or by `session.commit()`.

The application itself is made once in a process and serves one test after the other; a test that adds routes to it
asks for one of its own by `pytest.mark.own_app`.

Which database: modules named test_operations…, test_jobs… and test_migrations, and everything under tests/platform,
tests/audit and tests/contract, run on SQLite and on PostgreSQL; the rest runs on SQLite. On PostgreSQL they run under
--slow, but for the migrations and for tests that take `settings` to start processes of their own: there the two differ.
`@pytest.mark.databases("sqlite")` (or both names) says otherwise for a test or, as `pytestmark`, for a module.
"""

import gc
import inspect
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import scoped_session

from portal.accounts.models import Account
from portal.config import Settings
from portal.materials.models import Material
from portal.platform.db import db
from portal.platform.texts import Text
from portal.registration.models import Registration
from tests import applications, databases, factories, postgres
from tests.browser import Browser

pytest_plugins = ["tests.postgres", "tests.pdfs", "tests.strictness"]

SQLITE, POSTGRESQL = "sqlite", "postgresql"
PRINTED = 50  # Copies of a title.
_BOTH_FOLDERS = ("platform", "audit", "contract")
_BOTH_MODULES = ("test_operations", "test_jobs", "test_migrations")


def pytest_configure(config: pytest.Config) -> None:
    # What is imported by now stays; looking through it again and again for garbage took a tenth of the suite's time.
    gc.freeze()
    gc.set_threshold(10_000, 10, 5)
    config.addinivalue_line("markers", "databases(*names): run on these databases (sqlite, postgresql)")
    config.addinivalue_line("markers", "own_app: changes its application, which nobody else gets")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        marks = {POSTGRESQL: [pytest.mark.postgres]}
        is_where_they_differ = {"settings", "empty"} & inspect.signature(metafunc.function).parameters.keys()
        if not is_where_they_differ or metafunc.definition.get_closest_marker("parametrize"):
            marks[POSTGRESQL].append(pytest.mark.slow)
        names = [pytest.param(name, marks=marks.get(name, ())) for name in _databases(metafunc)]
        metafunc.parametrize("database", names, scope="session")


def _databases(metafunc: pytest.Metafunc) -> tuple[str, ...]:
    marker = metafunc.definition.get_closest_marker("databases")
    if marker is not None:
        return marker.args
    path = Path(metafunc.module.__file__).relative_to(Path(__file__).parent)
    is_on_both = path.parts[0] in _BOTH_FOLDERS or path.stem.startswith(_BOTH_MODULES)
    return (SQLITE, POSTGRESQL) if is_on_both else (SQLITE,)


@pytest.fixture(scope="session", autouse=True)
def catalogs() -> None:
    """Let pages speak the languages as they stand in the catalogs."""
    applications.compile_catalogs()


@pytest.fixture(scope="session", autouse=True)
def addresses() -> None:
    """Start applications quickly."""
    applications.make_addresses_when_asked()


@pytest.fixture(scope="session")
def prepared(database: str, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path | str:
    """Return a migrated database with regions and institutions: a file to copy, or a PostgreSQL URL to restore."""
    folder = tmp_path_factory.mktemp(f"prepared-{database}")
    if database == SQLITE:
        databases.prepare(applications.settings(folder, f"sqlite:///{folder / 'portal.db'}"))
        return folder / "portal.db"
    try:
        url = postgres.create_database(f"tests_{worker_id}")
    except postgres.PostgresMissing as missing:
        pytest.skip(str(missing))
    databases.prepare(applications.settings(folder, url))
    databases.keep_postgresql(url)
    return url


@pytest.fixture(scope="session")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of an empty queue, to copy: making one waits for the disk."""
    return databases.make_queue(tmp_path_factory.mktemp("queue"))


@pytest.fixture
def settings(prepared: Path | str, queue: Path, database: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the settings of an emptied installation with a fresh database, always at the same place."""
    home = tmp_path_factory.getbasetemp() / database
    shutil.rmtree(home, ignore_errors=True)
    folder = home / "portal"
    folder.mkdir(parents=True)
    shutil.copy(queue, folder)
    if isinstance(prepared, Path):
        return applications.settings(folder, databases.copy_sqlite(prepared, folder))
    databases.restore_postgresql(prepared)
    return applications.settings(folder, prepared)


@pytest.fixture
def app(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """Return the application, with its context open."""
    is_own = request.node.get_closest_marker("own_app") is not None
    application = applications.make(settings) if is_own else applications.reuse(settings)
    with application.app_context():
        yield application
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> scoped_session:
    """Return the database session of the test itself."""
    return db.session


@pytest.fixture
def now() -> datetime:
    """Return the moment at which the standing cast lives: Monday 14 September 2026, 10:00 in Bishkek."""
    return factories.NOW


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Return a client that checks each page; nobody is signed in."""
    return Browser(app)


@pytest.fixture
def run_jobs(app: Flask) -> Callable[[], int]:
    """Return a function that runs what is queued, as the worker would, and says how many jobs that were."""
    return applications.run_jobs


@pytest.fixture
def aida(app: Flask) -> Account:
    """Return the coordinator of the south."""
    return factories.make_coordinator("Аида", side="south")


@pytest.fixture
def bakyt(app: Flask) -> Account:
    """Return the coordinator of the north."""
    return factories.make_coordinator("Бакыт", side="north")


@pytest.fixture
def admin(app: Flask) -> Account:
    """Return the administrator."""
    return factories.make_account("administrator", name="Администратор")


@pytest.fixture
def auditor(app: Flask) -> Account:
    """Return the auditor."""
    return factories.make_account("auditor", name="Аудитор")


@pytest.fixture
def dana(app: Flask) -> Account:
    """Return the donor's account; she reads the releases of the first project."""
    return factories.make_account("donor", name="Дана", projects=[factories.get_project()])


@pytest.fixture
def cholpon(app: Flask) -> Registration:
    """Return the participant: her confirmed registration in a training in Osh."""
    person = factories.make_person("Асанова", "Чолпон", "Бакытовна", sex="F")
    return factories.make_registration(person=person, state="confirmed")


@pytest.fixture
def material(session: None) -> Material:
    """Return a title of which the office in Osh has fifty copies."""
    made = factories.make_material(Text("Колдонмо", "Пособие", "Manual"))
    factories.make_stock(made, PRINTED)
    return made
