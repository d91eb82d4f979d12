"""Back up database, documents and mails while the portal runs, with the keys apart."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.backups import engines, rules
from portal.backups.engines import NotPossible
from portal.backups.rules import File, Manifest
from portal.config import Settings
from portal.platform import folders, keys

_ABANDONED = timedelta(days=1)


@dataclass(frozen=True)
class Made:
    """A backup that is whole, and the folder of the keys if they were copied."""

    folder: Path
    keys: Path | None
    manifest: Manifest


def make(settings: Settings, folder: Path, *, with_keys: bool, now: datetime) -> Made:
    """Copy everything into a new folder in `folder`; it gets its name when it is whole.

    Documents that the newest backup there holds are the same files in the new one, which costs no room.

    :raises NotPossible: if there is nothing to copy, it cannot be copied whole, or a backup of this second exists.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = rules.name_of(now)
    part, target = folder / f"{folders.PART}{name}", folder / name
    if part.exists() or target.exists():
        raise NotPossible("Another backup was begun in this second.")
    part.mkdir(mode=0o700)
    try:
        newest = names(folder)[-1:]
        manifest = _fill(part, settings, folder / newest[0] if newest else None, now)
        (part / rules.MANIFEST).write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True), encoding="utf-8")
        folders.sync(part / rules.MANIFEST)
        folders.sync(part)
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    folders.sync(folder)
    return Made(target, _copy_keys(settings, folder / f"{name}{rules.KEYS}") if with_keys else None, manifest)


def record(made: Made, *, actor: Actor, now: datetime) -> None:
    """Write into the log that everything was copied."""
    after = {
        "backup": made.folder.name,
        "files": len(made.manifest.files),
        "bytes": made.manifest.size,
        "keys": made.keys is not None,
    }
    audit.record("backups.made", "backup", after=after, actor=actor, now=now)


def thin_out(folder: Path, kept: int, now: datetime) -> list[str]:
    """Remove the oldest backups beyond the newest `kept`, and what killed processes left; return their names."""
    for part in folder.glob(f"{folders.PART}*"):
        if part.stat().st_mtime < (now - _ABANDONED).timestamp():
            shutil.rmtree(part, ignore_errors=True)
    gone = rules.too_many(names(folder), kept)
    for name in gone:
        (folder / name / rules.MANIFEST).unlink(missing_ok=True)  # What is half removed is no backup.
        for one in (name, f"{name}{rules.KEYS}"):
            shutil.rmtree(folder / one, ignore_errors=True)
    return gone


def names(folder: Path) -> list[str]:
    """Return the names of the whole backups in a folder."""
    found = (path.parent.name for path in folder.glob(f"*/{rules.MANIFEST}"))
    return sorted(name for name in found if rules.moment_of(name))


def read_manifest(folder: Path) -> Manifest:
    """Return what a backup says of itself.

    :raises NotABackup: if it says nothing that can be read.
    """
    try:
        return Manifest.read(json.loads((folder / rules.MANIFEST).read_bytes()))
    except (OSError, ValueError) as error:
        raise rules.NotABackup(f"{folder} is no backup: {error}") from error


def digest_of(path: Path) -> File:
    """Return hash and size of a file, read in pieces."""
    with path.open("rb") as file:
        return File(hashlib.file_digest(file, "sha256").hexdigest(), file.tell())


def _fill(part: Path, settings: Settings, latest: Path | None, now: datetime) -> Manifest:
    engine = engines.engine_of(settings.database_url)
    database = part / engines.FILES[engine]
    taken = engines.take(settings.database_url, database)
    folders.sync(database)
    files = {database.name: digest_of(database)}
    # After the database: each file is there before its row is.
    documents, damaged = _copy_documents(taken.documents, Path(settings.documents_url), part, latest)
    files |= documents | _copy_mails(settings.data / "mail", part / "mail")
    return Manifest(
        made_at=now.isoformat(timespec="seconds"),
        engine=engine,
        revision=taken.revision,
        entries=taken.entries,
        head=taken.head,
        rows=taken.rows,
        keys=keys.present(settings),
        files=files,
        damaged=tuple(damaged),
    )


def _copy_documents(
    digests: Iterable[str], store: Path, part: Path, latest: Path | None
) -> tuple[dict[str, File], list[str]]:
    """Copy the documents of these hashes; return what was copied, and which were missing or have changed."""
    copied, damaged = {}, []
    for digest in digests:
        place = f"documents/{digest[:2]}/{digest}"
        target = part / place
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (latest and _is_linked(latest / place, target)) and not _is_copied(store / digest[:2] / digest, target):
            damaged.append(digest)
            continue
        copied[place] = File(digest, target.stat().st_size)
    return copied, damaged


def _is_linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:  # It is not there, or the disk knows no second names.
        return False
    return True


def _is_copied(source: Path, target: Path) -> bool:
    """Copy a document; tell whether its bytes are those of its name."""
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        return False
    if digest_of(target).sha256 != target.name:
        target.unlink()
        return False
    folders.sync(target)
    return True


def _copy_mails(source: Path, target: Path) -> dict[str, File]:
    copied = {}
    for path in sorted(source.glob("[!.]*.eml")):
        target.mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(path, target / path.name)
        copied[f"mail/{path.name}"] = digest_of(target / path.name)
    return copied


def _copy_keys(settings: Settings, target: Path) -> Path:
    target.mkdir(mode=0o700)
    for name in keys.present(settings):
        if (settings.keys / name).exists():
            keys.write_over(target / name, (settings.keys / name).read_bytes())
    return target
