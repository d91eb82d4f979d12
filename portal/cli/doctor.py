"""The command that looks whether an installation is well."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import func, select

from portal.audit.models import AuditEntry
from portal.backups import operations as backup_operations
from portal.backups import rules as backups
from portal.cli.output import command
from portal.config import ROOT, Settings
from portal.home.queries import starts
from portal.platform import carriers, clock, folders, jobs, pdf
from portal.platform import keys as installation_keys
from portal.platform.db import db, is_answering
from portal.platform.mail import MailState
from portal.platform.sealing import keys
from portal.seals import queries as seals
from portal.seals.rules import WARNED_BEFORE, Standing, standing

_DISK_MB = 500


@dataclass(frozen=True)
class Found:
    """What one look has found."""

    is_ok: bool
    detail: str


@command("doctor", needs_keys=False)
def doctor() -> dict[str, Any]:
    """Look at database, fonts, queue, mail, folder, keys and all else that the portal needs; exit 1 if one is wrong."""
    settings: Settings = current_app.config["PORTAL_SETTINGS"]
    checks = [
        {"name": name, "ok": found.is_ok, "detail": found.detail}
        for name, look in _LOOKS.items()
        for found in [_look(look, settings)]
    ]
    return {"checks": checks, "exit_code": 0 if all(check["ok"] for check in checks) else 1}


def _look(look: Callable[[Settings], Found], settings: Settings) -> Found:
    """Return what was found; a look that breaks is a finding too."""
    try:
        return look(settings)
    except Exception as error:
        return Found(False, f"{type(error).__name__}: {error}")


def _database(_settings: Settings) -> Found:
    return Found(is_answering(), db.engine.dialect.name)


def _migrations(_settings: Settings) -> Found:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    wanted = ScriptDirectory.from_config(config).get_current_head()
    with db.engine.connect() as connection:
        there = MigrationContext.configure(connection).get_current_revision()
    return Found(there == wanted, f"{there} of {wanted}")


def _pango(_settings: Settings) -> Found:
    with pdf.renderer() as renderer:
        renderer.start()
        return Found(True, ", ".join(f"{name} {version}" for name, version in renderer.versions.items()))


def _fonts(_settings: Settings) -> Found:
    fonts = sorted(path.name for path in (ROOT / "static" / "fonts").rglob("*.ttf"))
    return Found(bool(fonts), ", ".join(fonts))


def _queue(_settings: Settings) -> Found:
    waiting = db.session.scalar(select(func.count()).where(jobs.Job.state.in_(("queued", "running"))))
    failed = db.session.scalar(select(func.count()).where(jobs.Job.state == "failed"))
    return Found(True, f"{waiting} waiting or running, {failed} failed")


def _mail(settings: Settings) -> Found:
    fault = carriers.check(settings.mail_url, settings.data)
    unclear = sum(one.number for one in starts.find_chores(clock.now()).mails if one.what == MailState.UNCLEAR)
    words = f"sent by {settings.mail_url.partition(':')[0]} as {settings.mail_from}"
    return Found(not fault, ", ".join(filter(None, (words, fault, f"{unclear} unclear" if unclear else ""))))


def _backup(settings: Settings) -> Found:
    if not settings.backups_kept:
        return Found(True, "none is made here: PORTAL_BACKUPS_KEPT is 0")
    made_at, now = backups.newest(backup_operations.names(settings.backups)), clock.now()
    began = db.session.scalar(select(func.min(AuditEntry.at)))
    is_late = began is not None and now - max(began, made_at or began) > backups.LATE
    if made_at is None:
        return Found(not is_late, f"none yet in {settings.backups}; the worker makes one each day")
    hours = int((now - made_at).total_seconds() // 3600)
    damaged = backup_operations.read_manifest(settings.backups / backups.name_of(made_at)).damaged
    lies = ", on the same disk as the data" if _is_same_disk(settings.backups, settings.data) else ""
    words = f"the newest is {hours} hours old, in {settings.backups}{lies}"
    if damaged:
        return Found(False, f"{words}; {len(damaged)} documents were missing or damaged: {damaged[0]} …")
    return Found(not is_late, words)


def _is_same_disk(one: Path, other: Path) -> bool:
    return one.stat().st_dev == other.stat().st_dev


def _disk(settings: Settings) -> Found:
    free = shutil.disk_usage(settings.data).free // 1_000_000
    return Found(free >= _DISK_MB and _is_writable(settings.data), f"{free} MB free")


def _folder(settings: Settings) -> Found:
    found = ", ".join(path.name for path in folders.list_open(settings.data))
    return Found(not found, f"open to others on this machine: {found}" if found else str(settings.data))


def _proxies(settings: Settings) -> Found:
    match settings.trusted_proxies:
        case None:
            return Found(settings.is_local, "not told; needed for a public base address only")
        case 0:
            return Found(True, "none: visitors reach this web server itself")
        case count:
            return Found(True, f"{count} in front may name the visitor's address")


def _clock(_settings: Settings) -> Found:
    latest, now = db.session.scalar(select(func.max(AuditEntry.at))), clock.now()
    return Found(latest is None or latest <= now, now.isoformat(timespec="seconds"))


def _keys(settings: Settings) -> Found:
    different = installation_keys.differences(settings)
    if different:
        return Found(False, f"not those of this database: {', '.join(map(str, different))}; see docs/operation.md")
    loose = [path.name for path in settings.keys.glob("*") if path.stat().st_mode & 0o077]
    if loose:
        return Found(False, f"readable by others: {', '.join(loose)}")
    known = ", ".join(f"{name} {value}" for name, value in sorted(installation_keys.known().items()))
    return Found(settings.keys.is_dir(), f"{settings.keys}: {known or 'none known yet, `prepare` makes them'}")


def _seal(settings: Settings) -> Found:
    key, now = keys.present(settings.keys), clock.now()
    if key is None:
        return Found(False, "there is no key yet, `prepare` makes one")
    until = key.certificate.not_valid_after_utc
    words = f"{key.certificate.subject.rfc4514_string()}, until {until.date()}, {key.fingerprint[:16]}"
    match standing(until, now):
        case Standing.ENDED:
            return Found(False, f"ended: {words}; install-seal-key takes another into use")
        case Standing.ENDING:
            return Found(False, f"ends within {WARNED_BEFORE.days} days: {words}")
    newest = seals.get_newest()
    if newest is None or newest.fingerprint != key.fingerprint:
        return Found(False, f"not announced yet, `prepare` does that: {words}")
    return Found(True, words)


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK)


_LOOKS: dict[str, Callable[[Settings], Found]] = {
    "database": _database,
    "migrations": _migrations,
    "pango": _pango,
    "fonts": _fonts,
    "queue": _queue,
    "mail": _mail,
    "disk": _disk,
    "backup": _backup,
    "folder": _folder,
    "proxies": _proxies,
    "clock": _clock,
    "keys": _keys,
    "seal": _seal,
}
