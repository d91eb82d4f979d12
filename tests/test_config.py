"""The portal starts with safe settings only, and makes its own secret once."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from portal.config import ROOT, Settings, UnsafeSettings
from tests.applications import SECRET

# What an installation for everybody has at least; each test leaves out or adds one thing.
PUBLIC = {
    "PORTAL_BASE_URL": "https://okuu.example",
    "PORTAL_MAIL_URL": "smtps://portal:secret@mail.okuu.example",
    "PORTAL_TRUSTED_PROXIES": "1",
}


def settings(tmp_path: Path, **environ: str) -> Settings:
    return Settings.from_environment({"PORTAL_DATA": str(tmp_path / "data"), **environ})


def test_defaults_work_on_one_machine(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.database_url == f"sqlite:///{tmp_path / 'data' / 'portal.db'}"
    assert (found.base_url, found.locale, found.mail_url) == ("http://127.0.0.1:8000", "ru", "file:")
    assert found.mail_from == "Okuu <portal@127.0.0.1>"
    assert (found.is_local, found.is_secure, found.is_demo, found.is_debug) == (True, False, False, False)


@pytest.mark.parametrize(
    "environ",
    [
        {**PUBLIC, "PORTAL_BASE_URL": "http://okuu.example"},
        {**PUBLIC, "PORTAL_BASE_URL": "http://127.0.0.1.okuu.example"},
        {**PUBLIC, "PORTAL_BASE_URL": "http://localhost@okuu.example"},
        {**PUBLIC, "PORTAL_DEMO": "1"},
        {**PUBLIC, "FLASK_DEBUG": "1"},
        {**PUBLIC, "FLASK_DEBUG": "true"},
        {**PUBLIC, "PORTAL_BASE_URL": "okuu.example"},
        {**PUBLIC, "PORTAL_MAIL_URL": ""},
        {**PUBLIC, "PORTAL_TRUSTED_PROXIES": ""},
        {**PUBLIC, "PORTAL_TRUSTED_PROXIES": "0"},
        {"PORTAL_SECRET_KEY": "short"},
        {"PORTAL_LOCALE": "de"},
        {"PORTAL_TRUSTED_PROXIES": "-1"},
        {"PORTAL_TRUSTED_PROXIES": "one"},
        {"PORTAL_MAIL_FROM": "portal"},
        {"PORTAL_MAIL_FROM": "a@okuu.example, b@okuu.example"},
        {"PORTAL_MAIL_FROM": "Okuu\nBcc: all <portal@okuu.example>"},
    ],
    ids=lambda environ: " ".join(f"{name}={value}" for name, value in environ.items()),
)
def test_unsafe_settings_stop_the_start(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(UnsafeSettings):
        settings(tmp_path, PORTAL_SECRET_KEY=environ.get("PORTAL_SECRET_KEY", SECRET), **_without_secret(environ))


def _without_secret(environ: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name != "PORTAL_SECRET_KEY"}


@pytest.mark.parametrize(
    ("environ", "is_secure"),
    [
        ({**PUBLIC, "PORTAL_BASE_URL": "https://okuu.example/"}, True),
        ({**PUBLIC, "PORTAL_TRUSTED_PROXIES": "none"}, True),
        ({"PORTAL_BASE_URL": "http://localhost:8080", "PORTAL_DEMO": "1"}, False),
        ({"PORTAL_BASE_URL": "http://[::1]:8080", "FLASK_DEBUG": "1"}, False),
    ],
)
def test_safe_settings_are_taken(tmp_path: Path, environ: dict[str, str], is_secure: bool) -> None:
    found = settings(tmp_path, **environ)
    assert found.is_secure is is_secure
    assert not found.base_url.endswith("/")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_is_reached_through_psycopg(tmp_path: Path, scheme: str) -> None:
    url = settings(tmp_path, DATABASE_URL=f"{scheme}://portal:secret@db/portal").database_url
    assert url == "postgresql+psycopg://portal:secret@db/portal"


def test_secrets_may_stand_in_files(tmp_path: Path) -> None:
    files = {
        "PORTAL_SECRET_KEY": SECRET,
        "DATABASE_URL": "postgresql://portal:secret@db/portal",
        "PORTAL_MAIL_URL": "smtps://portal:secret@mail.example:465",
    }
    environ = {}
    for name, content in files.items():
        (tmp_path / name).write_text(f"{content}\n")
        environ[f"{name}_FILE"] = str(tmp_path / name)
    found = settings(tmp_path, **environ)
    assert (found.secret_key, found.mail_url) == (SECRET, files["PORTAL_MAIL_URL"])
    assert found.database_url == "postgresql+psycopg://portal:secret@db/portal"


@pytest.mark.parametrize("fault", ["missing", "empty", "both"])
def test_secret_file_that_gives_nothing_stops_the_start(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "given"
    if fault != "missing":
        path.write_text("" if fault == "empty" else SECRET)
    with pytest.raises(UnsafeSettings, match="PORTAL_SECRET_KEY_FILE"):
        settings(tmp_path, PORTAL_SECRET_KEY_FILE=str(path), PORTAL_SECRET_KEY=SECRET if fault == "both" else "")


def test_refusal_names_what_to_set(tmp_path: Path) -> None:
    for name in ("PORTAL_MAIL_URL", "PORTAL_TRUSTED_PROXIES"):
        with pytest.raises(UnsafeSettings, match=name):
            settings(tmp_path, **{**PUBLIC, name: ""})
    with pytest.raises(UnsafeSettings, match="none"):
        settings(tmp_path, **{**PUBLIC, "PORTAL_TRUSTED_PROXIES": ""})


def test_what_the_portal_writes_is_read_by_its_own_user_only(tmp_path: Path) -> None:
    """A start under the usual umask: commands, web server and worker all come in by wsgi.py.

    What an earlier version has left open is closed as well.
    """
    data = tmp_path / "data"
    (data / "mail").mkdir(parents=True, mode=0o755)
    (data / "portal.db").touch(0o644)
    program = "import os; os.umask(0o022); import wsgi, pathlib; pathlib.Path(os.environ['PORTAL_DATA'], 'new').touch()"
    environ = {**os.environ, "PORTAL_DATA": str(data), "PORTAL_SECRET_KEY": SECRET}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environ, check=True)
    found = {path.name: path.stat().st_mode & 0o077 for path in (data, *data.rglob("*"))}
    assert {"new", "mail", "portal.db"} < found.keys()
    assert set(found.values()) == {0}, found


def test_folder_of_the_keys_can_be_set(tmp_path: Path) -> None:
    assert settings(tmp_path).keys == tmp_path / "data" / "keys"
    assert settings(tmp_path, PORTAL_KEYS=str(tmp_path / "elsewhere")).keys == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://portal:secret@db/portal"),
        ("DATABASE_URL", "portal.db"),
        ("PORTAL_JOBS_URL", "redis://127.0.0.1:6379"),
        ("PORTAL_JOBS_URL", "amqp://portal:secret@queue"),
        ("PORTAL_DOCUMENTS_URL", "s3://bucket/prefix"),
        ("PORTAL_DOCUMENTS_URL", "file:///var/documents"),
        ("PORTAL_MAIL_URL", "http://mail.example"),
        ("PORTAL_MAIL_URL", "mail.example:25"),
    ],
)
def test_unknown_kind_of_address_stops_the_start(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(UnsafeSettings, match=f"^{name} must ") as refused:
        settings(tmp_path, **{name: value})
    assert "secret" not in str(refused.value)
    assert not Path("s3:").exists()


def test_every_kind_of_address_in_the_readme_is_taken(tmp_path: Path) -> None:
    rows = re.findall(r"^\| `([A-Z_]+_URL)` \|(.*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    named = {(name, scheme) for name, row in rows for scheme in re.findall(r"`([a-z0-9]+:)", row)}
    assert {scheme for _name, scheme in named} >= {"postgresql:", "file:", "smtp:", "smtps:"}
    for name, scheme in named - {("PORTAL_BASE_URL", "http:")}:
        settings(tmp_path, **{name: scheme if scheme == "file:" else f"{scheme}//portal:secret@there/portal"})


def test_queue_is_where_the_rows_are(tmp_path: Path) -> None:
    assert settings(tmp_path).jobs_url == f"sqlite:///{tmp_path / 'data' / 'jobs.db'}"
    url = "postgresql://portal:secret@db/portal"
    for given in (url, "postgresql+psycopg://portal:secret@db/portal", "postgres://portal:secret@db/portal"):
        assert settings(tmp_path, DATABASE_URL=given).jobs_url == url
        assert settings(tmp_path, PORTAL_JOBS_URL=given).jobs_url == url
    own = f"sqlite:///{tmp_path / 'jobs.db'}"
    assert settings(tmp_path, DATABASE_URL=url, PORTAL_JOBS_URL=own).jobs_url == own
