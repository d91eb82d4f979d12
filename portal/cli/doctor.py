"""The command that looks whether an installation is well."""

from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from portal.audit import queries as audit
from portal.audit.models import AuditEntry
from portal.backups import operations as backup_operations
from portal.backups import rules as backups
from portal.cli.output import command
from portal.config import ROOT, Settings
from portal.home.queries import starts
from portal.platform import carriers, clock, folders, health, jail, pdf, storage
from portal.platform.db import db
from portal.platform.health import Found
from portal.platform.mail import MailState
from portal.platform.sealing import keys
from portal.platform.storage import Document
from portal.seals import queries as seals
from portal.seals.rules import WARNED_BEFORE, Standing, standing

_SAMPLE = 20


@command("doctor", needs_keys=False)
def doctor() -> dict[str, Any]:
    """Look at database, fonts, queue, mail, folder, keys and all else that the portal needs; exit 1 if one is wrong."""
    settings: Settings = current_app.config["PORTAL_SETTINGS"]
    found = health.look(_LOOKS, settings, clock.now())
    checks = [{"name": name, "ok": one.is_ok, "detail": one.detail} for name, one in found.items()]
    return {"checks": checks, "exit_code": 0 if all(check["ok"] for check in checks) else 1}


def _database(settings: Settings, now: datetime) -> Found:
    """Look whether the database answers, and on SQLite whether its file is whole."""
    answering = health.database(settings, now)
    if not answering.is_ok or db.engine.dialect.name != "sqlite":
        return answering
    found = db.session.connection().exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    return Found(found == "ok", f"{answering.detail}, {'whole' if found == 'ok' else found}")


def _pango(_settings: Settings, _now: datetime) -> Found:
    with pdf.renderer() as renderer:
        renderer.start()
        return Found(True, ", ".join(f"{name} {version}" for name, version in renderer.versions.items()))


def _jail(_settings: Settings, _now: datetime) -> Found:
    return Found(True, "by bubblewrap" if jail.is_there() else "no bubblewrap that works here: limits alone")


def _fonts(_settings: Settings, _now: datetime) -> Found:
    fonts = sorted(path.name for path in (ROOT / "static" / "fonts").rglob("*.ttf"))
    return Found(bool(fonts), ", ".join(fonts))


def _mail(settings: Settings, now: datetime) -> Found:
    """Look whether mails leave, whether a server takes them, and how many are unclear."""
    leaving, fault = health.mail(settings, now), carriers.check(settings.mail_url, settings.data)
    unclear = sum(one.number for one in starts.find_chores(now).mails if one.what == MailState.UNCLEAR)
    words = f"sent by {settings.mail_url.partition(':')[0]} as {settings.mail_from}"
    said = (words, leaving.detail, fault, f"{unclear} unclear" if unclear else "")
    return Found(leaving.is_ok and not fault, ", ".join(filter(None, said)))


def _backup(settings: Settings, now: datetime) -> Found:
    if not settings.backups_kept:
        return Found(True, "none is made here: PORTAL_BACKUPS_KEPT is 0")
    made_at = backups.newest(backup_operations.names(settings.backups))
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


def _documents(settings: Settings, now: datetime) -> Found:
    """Look whether the folder is there, and read a sample of what lies in it: the newest, and some of all."""
    there = health.documents(settings, now)
    if not there.is_ok:
        return there
    samples = (select(Document).order_by(order).limit(_SAMPLE) for order in (Document.id.desc(), func.random()))
    sample = {document.id: document for query in samples for document in db.session.scalars(query)}
    damaged = sorted(number for number, document in sample.items() if storage.find_damage(document))
    if damaged:
        words = f"{len(damaged)} of {len(sample)} are missing or changed, number {damaged[0]} for one"
        return Found(False, f"{words}; verify-audit reads all")
    return Found(True, f"{len(sample)} of {there.detail} are whole")


def _folder(settings: Settings, _now: datetime) -> Found:
    found = ", ".join(path.name for path in folders.list_open(settings.data))
    return Found(not found, f"open to others on this machine: {found}" if found else str(settings.data))


def _proxies(settings: Settings, _now: datetime) -> Found:
    match settings.trusted_proxies:
        case None:
            return Found(settings.is_local, "not told; needed for a public base address only")
        case 0:
            return Found(True, "none: visitors reach this web server itself")
        case count:
            return Found(True, f"{count} in front may name the visitor's address")


def _clock(_settings: Settings, now: datetime) -> Found:
    latest, words = audit.newest_at(), now.isoformat(timespec="seconds")
    if latest is not None and latest > now:
        words += f"; the newest act is of {latest.isoformat(timespec='seconds')}. If this clock is right: accept-clock"
    return Found(latest is None or latest <= now, words)


def _keys(settings: Settings, now: datetime) -> Found:
    loose = [path.name for path in settings.keys.glob("*") if path.stat().st_mode & folders.MASK]
    if loose:
        return Found(False, f"readable by others: {', '.join(loose)}")
    return health.key_files(settings, now)


def _seal(settings: Settings, now: datetime) -> Found:
    key = keys.present(settings.keys)
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


_LOOKS: dict[str, health.Look] = {
    **health.VITAL,
    "database": _database,
    "documents": _documents,
    "keys": _keys,
    "worker": health.worker,
    "queue": health.queue,
    "mail": _mail,
    "pango": _pango,
    "jail": _jail,
    "fonts": _fonts,
    "backup": _backup,
    "folder": _folder,
    "proxies": _proxies,
    "clock": _clock,
    "seal": _seal,
}
