"""The installation's keys: files outside the database, created once and remembered by it.

A key that is lost or exchanged shows only when something no longer opens: a second factor, a printed PIN, the facts in
a certificate. So the database keeps a check value of each key, from which the key does not follow. While it knows none,
whoever first needs the key makes it; once it knows one, a file that is missing or holds another key stops the start.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from flask import has_app_context
from sqlalchemy import String, delete, inspect, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import Settings, UnsafeSettings
from portal.platform import folders
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base, db, insert_if_missing, reading

log = structlog.get_logger(__name__)


class InstallationKey(Base):
    """A key that this database was used with, by its check value."""

    __tablename__ = "installation_key"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    check_value: Mapped[str] = mapped_column(String(16))
    known_since: Mapped[datetime] = mapped_column(UTCDateTime)


class KeysDiffer(UnsafeSettings):
    """Stop a start, or the making of a key, where the database knows a key that is not there."""


@dataclass(frozen=True)
class Key:
    """A key by the name of its file; without `make` the module that declares it makes it, with what else it knows."""

    name: str
    make: Callable[[], bytes] | None = None


@dataclass(frozen=True)
class Difference:
    """A key that the database knows, and what lies in the folder: another one, or nothing (an empty check value)."""

    name: str
    present: str

    def __str__(self) -> str:
        return f"{self.name} ({'another key' if self.present else 'missing'})"


_declared: dict[str, Key] = {}


def declare(name: str, make: Callable[[], bytes] | None = None) -> Key:
    """Name a key, once, where its module is loaded: from then on it is made, remembered, checked and backed up."""
    _declared[name] = Key(name, make)
    return _declared[name]


SECRET = declare("secret", lambda: secrets.token_urlsafe(48).encode())


def kept(key: Key, folder: Path, make: Callable[[], bytes] | None = None) -> bytes:
    """Return the bytes of a key; the first who asks makes it, unless the database knows one.

    The file appears whole: web and worker start at the same moment, and the loser of the race reads the winner's key.

    :raises KeysDiffer: if the file is missing and the database knows the key.
    """
    path, make = folder / key.name, make or key.make
    if not path.exists():
        if has_app_context() and key.name in known():
            raise KeysDiffer(_sentence(folder, [Difference(key.name, "")]))
        assert make is not None
        # Unless somebody else was faster.
        with folders.written(folder, make()) as part, suppress(FileExistsError):
            path.hardlink_to(part)
    return path.read_bytes()


def secret(settings: Settings) -> str:
    """Return the secret that the settings give, or the one of the folder; raises `KeysDiffer` as `kept`."""
    return settings.secret_key or kept(SECRET, settings.keys).decode()


def known() -> dict[str, str]:
    """Return the check values of the keys that the database knows; none before there is a database."""
    url = db.engine.url
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return {}
    with reading() as connection:
        if not inspect(connection).has_table(InstallationKey.__tablename__):
            return {}
        rows = connection.execute(select(InstallationKey.name, InstallationKey.check_value))
        return dict(rows.all())


def present(settings: Settings, names: Iterable[str] = _declared.keys()) -> dict[str, str]:
    """Return the check values of the keys that this process would use, all that are declared unless told which."""
    files = {name: settings.keys / name for name in names}
    found = {name: path.read_bytes() for name, path in files.items() if path.exists()}
    if settings.secret_key:
        found[SECRET.name] = settings.secret_key.encode()
    return {name: check_value(name, content) for name, content in found.items()}


def differences(settings: Settings) -> list[Difference]:
    """Return the keys that the database knows and that are missing here, or are others."""
    here = present(settings)
    return [
        Difference(name, here.get(name, ""))
        for name, wanted in sorted(known().items())
        if name in _declared and here.get(name) != wanted
    ]


def check(settings: Settings) -> None:
    """Let nobody work with other keys than those that this database was used with.

    :raises KeysDiffer: if one is missing or is another.
    """
    try:
        found = differences(settings)
    except OperationalError as error:  # A database that is away for a moment keeps nobody from starting.
        log.warning("keys_not_compared", error=type(error.orig).__name__)
        return
    if found:
        raise KeysDiffer(_sentence(settings.keys, found))


def remember(settings: Settings, *, now: datetime) -> None:
    """Make the keys that the database does not know, and let it know all that are there; raises as `kept`."""
    for key in _declared.values():
        if key.make is not None and not (key is SECRET and settings.secret_key):
            kept(key, settings.keys)
    for name, value in present(settings).items():
        insert_if_missing(InstallationKey, name=name, check_value=value, known_since=now)


def forget(name: str) -> None:
    """Let the database know a key no longer, since another one takes its place."""
    db.session.execute(delete(InstallationKey).where(InstallationKey.name == name))


def replace(key: Key, folder: Path, content: bytes, *, now: datetime) -> None:
    """Let another key take the place of one, here and in the database; the file is whole at every moment."""
    forget(key.name)
    value = check_value(key.name, content)
    db.session.add(InstallationKey(name=key.name, check_value=value, known_since=now))
    db.session.flush()
    write_over(folder / key.name, content)  # Last: what is written above is taken back when this fails.


def check_value(name: str, content: bytes) -> str:
    """Return 64 bits that tell one key from another and do not tell the key."""
    return hmac.new(content, b"check value of " + name.encode(), hashlib.sha256).hexdigest()[:16]


def write_over(path: Path, content: bytes) -> None:
    """Write a key file, whole and for its owner only, over the one that may be there."""
    with folders.written(path.parent, content) as part:
        part.replace(path)


def _sentence(folder: Path, found: list[Difference]) -> str:
    names = ", ".join(map(str, found))
    return (
        f"The keys in {folder} are not those that this database was used with: {names}. "
        "Put the right files there, from where you keep a copy of the keys (another machine of this portal has them "
        "too), and start again. Only if they are lost for good: `python3 run.py flask accept-keys`; "
        "docs/operation.md says what is lost with each."
    )
