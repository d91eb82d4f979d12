"""Stored files: a row with size and hash behind one put/open interface; today in a folder."""

import errno
import hashlib
import os
import re
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from flask import Flask, current_app
from sqlalchemy import CheckConstraint, String, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from portal.platform import folders
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base, db, reading
from portal.platform.errors import Refusal
from portal.platform.i18n import _l

log = structlog.get_logger(__name__)
_COVERED = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\] *")
_ROOT = "portal_documents"
_ABANDONED = timedelta(days=1)
_FEW = 10
_BATCH = 1_000
_POSTGRESQL_FULL = "53100"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Document(Base):
    """A stored file. Its bytes never change: the place follows from their hash.

    `sealed_by` is the fingerprint of the certificate whose key sealed it, `seal_digest` the hash that its seal signs;
    both are empty for a file without a seal.
    """

    __tablename__ = "document"
    __table_args__ = (CheckConstraint("size > 0", name="size"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    kind: Mapped[str] = mapped_column(String(30))
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sealed_by: Mapped[str] = mapped_column(String(64), default="")
    seal_digest: Mapped[str] = mapped_column(String(64), default="", index=True)


class DiskFull(Refusal):
    status = 503
    message = _l(
        "The disk of the portal is full, so nothing was saved. Everything saved before stands. Try again later."
    )


def full_disk_of(error: BaseException) -> DiskFull | None:
    """Return the refusal that a fault of the disk or of the database amounts to, if there was no room for something."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    is_full = (
        (isinstance(cause, OSError) and cause.errno in _FULL)
        or getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(cause, "sqlstate", None) == _POSTGRESQL_FULL
    )
    return DiskFull() if is_full else None


class Damaged(RuntimeError):
    """Refuse a stored file whose bytes are missing or no longer match its hash."""


def covered_digest(content: bytes) -> str:
    """Return the SHA-256 over what the one seal of our own file covers, the digest that its signature signs.

    :raises ValueError: if the file does not bear exactly one seal.
    """
    [(first, second, rest)] = [map(int, found) for found in _COVERED.findall(content)]
    return hashlib.sha256(content[:first] + content[second : second + rest]).hexdigest()


def init_app(app: Flask, root: str) -> None:
    folder = Path(root)
    folder.mkdir(parents=True, exist_ok=True)
    app.extensions[_ROOT] = folder


def put(content: bytes, *, kind: str, filename: str, media_type: str, sealed_by: str = "", now: datetime) -> Document:
    """Store bytes durably, then add their row; on a crash in between a file without a row is left, never the reverse.

    :raises ValueError: if there are no bytes.
    :raises DiskFull: if there is no room.
    :raises OSError: if the disk refuses otherwise; either way nothing half-written stays.
    """
    if not content:
        raise ValueError("An empty file is not worth keeping.")
    digest = hashlib.sha256(content).hexdigest()
    path = _path(digest)
    if not _is_kept(path, digest):
        try:
            _write(path, content)
        except OSError as error:
            if (full := full_disk_of(error)) is not None:
                raise full from error
            raise
    document = Document(
        sha256=digest,
        size=len(content),
        kind=kind,
        filename=filename,
        media_type=media_type,
        created_at=now,
        sealed_by=sealed_by,
        seal_digest=covered_digest(content) if sealed_by else "",
    )
    db.session.add(document)
    db.session.flush()
    return document


def put_once(content: bytes, *, kind: str, filename: str, media_type: str, now: datetime) -> Document:
    """Return the newest document of these bytes, kind and name, stored if there is none: for what can be made again."""
    same = select(Document).where(
        Document.sha256 == hashlib.sha256(content).hexdigest(), Document.kind == kind, Document.filename == filename
    )
    known = db.session.scalars(same.order_by(Document.id.desc()).limit(1)).first()
    return known or put(content, kind=kind, filename=filename, media_type=media_type, now=now)


def find_sealed(digests: Sequence[str]) -> Document | None:
    """Return a document whose seal signs one of these digests."""
    known = select(Document).where(Document.seal_digest.in_(digests), Document.seal_digest != "")
    return db.session.scalars(known.order_by(Document.id).limit(1)).first()


def open_bytes(document: Document) -> bytes:
    """Return the bytes of a document.

    :raises Damaged: if they are missing or no longer match the hash.
    """
    try:
        content = _path(document.sha256).read_bytes()
    except FileNotFoundError:
        raise Damaged(f"Document {document.id} is missing.") from None
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise Damaged(f"Document {document.id} has changed.")
    return content


def find_damage(document: Document) -> str:
    """Return what is wrong with the stored file of a document; empty if nothing is. It is read piece by piece."""
    try:
        with _path(document.sha256).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
    except FileNotFoundError:
        return "its file is missing"
    return "" if found == (document.sha256, document.size) else "its file has changed"


def sweep(now: datetime) -> int:
    """Remove what killed processes left a day ago and earlier, half-written or without a row; return how many files.

    Files without rows are looked for in a part of the folders each hour, in all of them within a day. Where they are
    many it is rather the database that is another one: they stay, and the log says so.
    """
    root: Path = current_app.extensions[_ROOT]
    before = (now - _ABANDONED).timestamp()
    left = [path for path in root.glob(f"*/{folders.PART}*") if path.stat().st_mtime < before]
    for path in left:
        path.unlink(missing_ok=True)
    # Another part at the same hour of the next day: some machines are on by day only.
    part = (now.hour + 7 * now.toordinal()) % 24
    looked_at = [folder for number in range(part, 256, 24) if (folder := root / f"{number:02x}").is_dir()]
    there = [path for folder in looked_at for path in folder.iterdir()]
    files = {path.name: path for path in there if not path.name.startswith(folders.PART)}
    known = _known(list(files))
    orphans = [path for name, path in files.items() if name not in known and path.stat().st_mtime < before]
    if len(orphans) > max(_FEW, len(files) - len(orphans)):
        log.warning("documents_without_rows", files=len(orphans), of=len(files))
        return len(left)
    return len(left) + sum(_is_removed(path, before) for path in orphans)


def _known(digests: Sequence[str]) -> set[str]:
    parts = (digests[start : start + _BATCH] for start in range(0, len(digests), _BATCH))
    with reading() as connection:
        found = (connection.scalars(select(Document.sha256).where(Document.sha256.in_(part))) for part in parts)
        return {digest for some in found for digest in some}


def _is_removed(path: Path, before: float) -> bool:
    """Remove a file without a row, unless somebody has just come to store the same bytes."""
    aside = path.with_name(f"{folders.PART}{path.name}")
    path.rename(aside)
    if aside.stat().st_mtime >= before:
        aside.rename(path)
        return False
    aside.unlink()
    return True


def _is_kept(path: Path, digest: str) -> bool:
    """Tell whether these bytes are there already, and keep the sweep from them until their row is."""
    try:
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            return False
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _path(digest: str) -> Path:
    root: Path = current_app.extensions[_ROOT]
    return root / digest[:2] / digest


def _write(path: Path, content: bytes) -> None:
    if not path.parent.exists():
        path.parent.mkdir(exist_ok=True)
        folders.sync(path.parent.parent)
    with folders.written(path.parent, content) as part:
        part.rename(path)
    folders.sync(path.parent)
