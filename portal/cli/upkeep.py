"""Commands for upkeep: worker, doctor, backup, keys, audit log."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from portal.access.policy import Operator
from portal.audit import operations as audit_operations
from portal.audit import queries as audit
from portal.audit import witness
from portal.audit.models import AuditEntry
from portal.audit.queries import Mismatch
from portal.backups import operations as backup_operations
from portal.backups import rules as backups
from portal.backups.engines import NotPossible
from portal.cli.output import Refused, command
from portal.closing import queries as closing_queries
from portal.config import ROOT, Settings, get_settings
from portal.home import queries as home_queries
from portal.platform import carriers, clock, folders, health, jail, keys, queues, storage
from portal.platform.db import alone, db, transaction
from portal.platform.health import Found
from portal.platform.mail import MailState
from portal.platform.storage import Document
from portal.printing import batch
from portal.reports import queries as report_queries
from portal.signing import keys as signing_keys
from portal.signing import operations as signing_operations
from portal.signing import queries as signing_queries
from portal.signing.queries import WARNED_BEFORE, KeyStatus, status_of
from portal.stock import queries as stock


@click.command("work")
@with_appcontext
def work() -> None:
    """Run the worker: jobs, mail and the hourly sweep, until it is stopped."""
    try:
        keys.check(get_settings())
    except keys.KeysDiffer as difference:
        raise Refused(str(difference)) from difference
    with alone("prepare"):
        queues.make_queue()
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # Flask types its proxy as what it stands for
    queues.Worker(app).run()


@command("accept-keys", needs_keys=False)
def accept_keys() -> dict[str, Any]:
    """Take the keys that are there for those of this database, and make those that are lost; see docs/operation.md."""
    settings = get_settings()
    changed = keys.differences(settings)
    with transaction():
        for difference in changed:
            keys.forget(difference.name)
    now = clock.now()
    signing_operations.settle_keys(
        settings, accepted=[difference.name for difference in changed], actor=Operator(), now=now
    )
    return {"keys": [{"name": one.name, "was": "another" if one.present else "missing"} for one in changed]}


_SAMPLE = 20


@command("doctor", needs_keys=False)
def doctor() -> dict[str, Any]:
    """Look at database, fonts, queue, mail, folder, keys and all else that the portal needs; exit 1 if one is wrong."""
    found = health.look(_LOOKS, get_settings(), clock.now())
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
    with batch.renderer() as renderer:
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
    unclear = sum(
        one.number for one in home_queries.list_chores(now) if one.kind == "mail" and one.what == MailState.UNCLEAR
    )
    words = f"sent by {settings.mail_url.partition(':')[0]} as {settings.mail_from}"
    details = (words, leaving.detail, fault, f"{unclear} unclear" if unclear else "")
    return Found(leaving.is_ok and not fault, ", ".join(filter(None, details)))


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
    is_beside = settings.backups.stat().st_dev == settings.data.stat().st_dev
    lies = ", on the same disk as the data" if is_beside else ""
    words = f"the newest is {hours} hours old, in {settings.backups}{lies}"
    if damaged:
        return Found(False, f"{words}; {len(damaged)} documents were missing or damaged: {damaged[0]} …")
    return Found(not is_late, words)


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
    key = signing_keys.present(settings.keys)
    if key is None:
        return Found(False, "there is no key yet, `prepare` makes one")
    until = key.certificate.not_valid_after_utc
    words = f"{key.certificate.subject.rfc4514_string()}, until {until.date()}, {key.fingerprint[:16]}"
    match status_of(until, now):
        case KeyStatus.ENDED:
            return Found(False, f"ended: {words}; install-seal-key takes another into use")
        case KeyStatus.ENDING:
            return Found(False, f"ends within {WARNED_BEFORE.days} days: {words}")
    newest = signing_queries.get_newest()
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


# What keeps a file and tells the log its hash.
_FILED = (
    "certificates.issued",
    "certificates.logo_added",
    "materials.act_signed",
    "materials.handed_over",
    "materials.parts_ended",
    "materials.receipts_scanned",
)


@command("verify-audit", needs_keys=False)
@click.option("--head", default="", help="What a paper prints of the log, such as “1234 9f86d081884c”.")
def verify_audit(head: str) -> dict[str, Any]:
    """Check the audit chain, and what its entries vouch for: books, movements of copies, releases and every file."""
    try:
        if witness.is_lost():
            return _cannot("The key of the log, audit.key, is not among the keys: without it nothing can be checked.")
        answer = _verdict()
    except SQLAlchemyError as error:
        db.session.rollback()
        return _cannot(f"The database cannot be read: {type(error).__name__}.")
    if head:
        found = audit.find_head(head)
        answer["head"] = {"entry": found.id, "at": found.at.isoformat()} if found else None
        answer["intact"] = answer["intact"] and found is not None
    return answer | {"exit_code": 0 if answer["intact"] else 1}


@command("erase-audit-detail")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why; it stands in the log.")
def erase_audit_detail(number: int, reason: str) -> dict[str, Any]:
    """Erase what entry NUMBER of the log says of before and after; the entry itself stays."""
    audit_operations.erase_detail(number, reason, actor=Operator(), now=clock.now())
    return {"erased": number}


def _cannot(reason: str) -> dict[str, Any]:
    return {"entries": None, "intact": False, "first_bad": None, "error": reason, "exit_code": 1}


def _verdict() -> dict[str, Any]:
    """Return what was looked at, how much of it, and what does not fit; the chain's own fault has no other beside it.

    An entry that cannot be trusted vouches for nothing.
    """
    known = witness.find()
    check = audit.check_chain()
    answer = {
        "entries": check.entries,
        "intact": False,
        "first_bad": check.first_bad,
        "erased": check.erased,
        "keyed_after": known.begun.number if known else None,
        "unchecked": known.begun.number if known and known.is_second else 0,
    }
    if check.first_bad is not None:
        return answer | {"faults": [asdict(Mismatch(check.first_bad, "audit log", "does not fit"))]}
    looks = {
        "books": closing_queries.list_faults,
        "movements": stock.list_faults,
        "releases": report_queries.list_faults,
        "files": _list_file_faults,
    }
    found = {name: look() for name, look in looks.items()}
    faults = [fault for _number, some in found.values() for fault in some]
    numbers = [fault.entry for fault in faults if fault.entry is not None]
    return (
        answer
        | {name: number for name, (number, _faults) in found.items()}
        | {"intact": not faults, "first_bad": min(numbers, default=None), "faults": [asdict(one) for one in faults]}
    )


def _list_file_faults() -> tuple[int, list[Mismatch]]:
    """Return how many files were read, and what is wrong with them and with what the log says of them."""
    entries = {one.after["sha256"]: one for one in audit.list_recorded(_FILED) if "sha256" in one.after}
    documents = list(db.session.scalars(select(Document).order_by(Document.id)))
    there = {document.sha256 for document in documents}
    missing = [one for sha, one in entries.items() if sha not in there]
    faults = [Mismatch(one.entry, one.subject, "its file is not kept") for one in missing]
    for document in documents:
        if problem := storage.find_damage(document):
            one = entries.get(document.sha256)
            faults.append(Mismatch(one.entry if one else None, f"document {document.id}, {document.filename}", problem))
    return len(documents), faults


@command("backup")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
def backup(folder: Path | None) -> dict[str, Any]:
    """Copy database, documents and mails into FOLDER, and the keys beside it; without FOLDER where the daily ones are.

    The daily ones hold no keys. Exit 1 if a document was missing or damaged: the rest is copied all the same.
    """
    settings, now = get_settings(), clock.now()
    try:
        made = backup_operations.make(
            settings, (folder or settings.backups).resolve(), with_keys=folder is not None, now=now
        )
    except NotPossible as refusal:
        raise Refused(str(refusal)) from refusal
    backup_operations.record(made, actor=Operator(), now=clock.now())
    if folder is None and settings.backups_kept:
        backup_operations.thin_out(settings.backups, settings.backups_kept, now)
    return {
        "backup": str(made.folder),
        "keys": str(made.keys) if made.keys else None,
        "revision": made.manifest.revision,
        "entries": made.manifest.entries,
        "files": len(made.manifest.files),
        "bytes": made.manifest.size,
        "damaged": list(made.manifest.damaged),
        "exit_code": 1 if made.manifest.damaged else 0,
    }
