"""Settings, read once from the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import getaddresses
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ("ky", "ru", "en")
_LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
_ADDRESS = re.compile(r"[!-?A-~]+@[!-?A-~]+", re.ASCII)
_SECRETS = ("PORTAL_SECRET_KEY", "DATABASE_URL", "PORTAL_MAIL_URL")
_OFF = ("", "0", "false", "no")  # What Flask reads as "no debug".


class UnsafeSettings(RuntimeError):
    """Stop a start whose settings would expose people."""


@dataclass(frozen=True)
class Settings:
    """Everything that an operator can set (see the README's table)."""

    data: Path
    database_url: str
    jobs_url: str
    documents_url: str
    mail_url: str
    base_url: str
    secret_key: str  # Empty: the one that lies among the keys.
    mail_from: str = "Okuu <portal@127.0.0.1>"
    locale: str = "ru"
    is_demo: bool = False
    trusted_proxies: int | None = None  # None: nobody said; 0: there is none.
    is_debug: bool = False
    smallest_count: int = 5
    key_folder: Path | None = None
    backup_folder: Path | None = None
    backups_kept: int = 7
    renderers: int = (os.cpu_count() or 1) + 1

    @property
    def keys(self) -> Path:
        return self.key_folder or self.data / "keys"

    @property
    def backups(self) -> Path:
        return self.backup_folder or self.data / "backups"

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or ""

    @property
    def is_local(self) -> bool:
        return self.host in _LOCAL_HOSTS

    @property
    def is_secure(self) -> bool:
        return self.base_url.startswith("https://")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Return the settings of this process.

        :raises UnsafeSettings: as `check`, and if a file that is to hold a setting cannot be read.
        """
        environ = _with_files(os.environ if environ is None else environ)
        data = Path(environ.get("PORTAL_DATA") or ROOT / "instance").resolve()
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        database_url = _sqlalchemy_url(environ.get("DATABASE_URL") or f"sqlite:///{data / 'portal.db'}")
        base_url = (environ.get("PORTAL_BASE_URL") or "http://127.0.0.1:8000").rstrip("/")
        settings = cls(
            data=data,
            database_url=database_url,
            jobs_url=_libpq_url(environ.get("PORTAL_JOBS_URL") or _jobs_url(database_url, data)),
            documents_url=environ.get("PORTAL_DOCUMENTS_URL") or str(data / "documents"),
            mail_url=environ.get("PORTAL_MAIL_URL") or "file:",
            mail_from=environ.get("PORTAL_MAIL_FROM") or f"Okuu <portal@{_mail_domain(base_url)}>",
            base_url=base_url,
            secret_key=environ.get("PORTAL_SECRET_KEY") or "",
            locale=environ.get("PORTAL_LOCALE") or "ru",
            is_demo=environ.get("PORTAL_DEMO") == "1",
            trusted_proxies=_proxies(environ),
            is_debug=environ.get("FLASK_DEBUG", "0").lower() not in _OFF,
            smallest_count=_count(environ, "PORTAL_SMALLEST_COUNT", 5),
            key_folder=Path(environ.get("PORTAL_KEYS") or data / "keys").resolve(),
            backup_folder=Path(environ.get("PORTAL_BACKUPS") or data / "backups").resolve(),
            backups_kept=_count(environ, "PORTAL_BACKUPS_KEPT", 7),
            renderers=_count(environ, "PORTAL_RENDERERS", cls.renderers),
        )
        settings.check()
        return settings

    def check(self) -> None:
        """Refuse settings that are unsafe outside this machine, or that name what the portal does not know.

        :raises UnsafeSettings: if the base address is public without https, with debug or demo on, with mails that are
            kept as files, or without a word on who names the visitors' addresses; if an address is of a kind that the
            README does not name.
        """
        self._check_schemes()
        if self.locale not in LOCALES:
            raise UnsafeSettings(f"PORTAL_LOCALE must be one of {', '.join(LOCALES)}, not {self.locale!r}.")
        self._check_counts()
        if not is_sender(self.mail_from):
            raise UnsafeSettings(f"PORTAL_MAIL_FROM must be as in Okuu <portal@example.org>, not {self.mail_from!r}.")
        if self.secret_key and len(self.secret_key) < 32:
            raise UnsafeSettings("PORTAL_SECRET_KEY must have at least 32 characters.")
        if self.is_local:
            return
        if not self.is_secure:
            raise UnsafeSettings("PORTAL_BASE_URL must be https outside localhost.")
        if self.is_debug or self.is_demo:
            raise UnsafeSettings("Debug and demo are refused outside localhost.")
        if self.mail_url.startswith(("file:", "terminal:")):
            raise UnsafeSettings(
                "PORTAL_MAIL_URL must name a mail server outside localhost: mails that are kept as files carry links "
                "that open accounts."
            )
        if self.trusted_proxies is None:
            raise UnsafeSettings(
                "PORTAL_TRUSTED_PROXIES must say how many proxies stand in front, 1 behind nginx or Caddy alone; or "
                "“none” if visitors reach this web server itself. Otherwise all visitors would count as one address, "
                "and one of them could stop the sign-ins of all."
            )

    def _check_counts(self) -> None:
        if not 3 <= self.smallest_count <= 11:
            raise UnsafeSettings(f"PORTAL_SMALLEST_COUNT must be from 3 to 11, not {self.smallest_count}.")
        if self.renderers < 2:
            raise UnsafeSettings("PORTAL_RENDERERS must be at least 2: a batch leaves one place to pages.")

    def _check_schemes(self) -> None:
        """Take no address for something that it is not: what is unknown would become a folder, or a mail server."""
        for name, url, known in (
            ("DATABASE_URL", self.database_url, ("sqlite", "postgresql+psycopg")),
            ("PORTAL_JOBS_URL", self.jobs_url, ("sqlite", "postgresql")),
            ("PORTAL_MAIL_URL", self.mail_url, ("file", "terminal", "smtp", "smtps")),
        ):
            if (scheme := urlsplit(url).scheme) not in known:
                offered = ", ".join(f"{one.partition('+')[0]}:" for one in known)
                raise UnsafeSettings(f"{name} must begin with one of {offered} not with {scheme + ':'!r}.")
        if urlsplit(self.documents_url).scheme:
            raise UnsafeSettings("PORTAL_DOCUMENTS_URL must be a folder; the portal knows no other store yet.")


def get_settings() -> Settings:
    """Return what the portal was told at its start."""
    settings: Settings = current_app.config["PORTAL_SETTINGS"]
    return settings


def _mail_domain(base_url: str) -> str:
    host = urlsplit(base_url).hostname or ""
    return "localhost" if ":" in host else host


def is_sender(text: str) -> bool:
    """Tell whether mails can come from here: one plain address, with or without a name before it."""
    found = [address for _name, address in getaddresses([text])]
    return len(found) == 1 and bool(_ADDRESS.fullmatch(found[0])) and text.isprintable()


def _with_files(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment with the secrets that stand in files of their own, as container platforms mount them."""
    read = dict(environ)
    for name in _SECRETS:
        if not (path := environ.get(f"{name}_FILE")):
            continue
        if environ.get(name):
            raise UnsafeSettings(f"Set {name} or {name}_FILE, not both.")
        try:
            read[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UnsafeSettings(f"{name}_FILE cannot be read: {type(error).__name__}.") from error
        if not read[name]:
            raise UnsafeSettings(f"{name}_FILE names an empty file.")
    return read


def _proxies(environ: Mapping[str, str]) -> int | None:
    """Return how many proxies are told; 0 was the default before anybody was asked, so it tells nothing."""
    if environ.get("PORTAL_TRUSTED_PROXIES") == "none":
        return 0
    return _count(environ, "PORTAL_TRUSTED_PROXIES") or None


def _count(environ: Mapping[str, str], name: str, default: int = 0) -> int:
    value = environ.get(name) or str(default)
    if not value.isdecimal():
        raise UnsafeSettings(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def _jobs_url(database_url: str, data: Path) -> str:
    """Return where the queue is unless told otherwise: with the rows, so that every machine's worker finds it."""
    return f"sqlite:///{data / 'jobs.db'}" if database_url.startswith("sqlite") else database_url


def _libpq_url(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1).replace("postgres://", "postgresql://", 1)


def _sqlalchemy_url(url: str) -> str:
    """Name psycopg 3 for SQLAlchemy 2.0 as well, which would take psycopg2 for a plain postgresql://."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
