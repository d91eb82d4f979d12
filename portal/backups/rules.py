"""The manifest of a backup, when the next one is due, and which may be deleted."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

FORMAT = 1
MANIFEST = "manifest.json"
KEYS = "-keys"
DAILY = timedelta(days=1)
LATE = timedelta(days=2)
_NAME = re.compile(r"portal-(\d{8}T\d{6}Z)")
_TIME = "%Y%m%dT%H%M%SZ"


class NotABackup(ValueError):
    """Refuse a folder whose manifest is missing or says what no manifest of ours says."""


@dataclass(frozen=True)
class File:
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """All that lies in a backup, with what must be found again after it has been restored.

    `damaged` names the documents that were missing or changed when the copy was taken.
    """

    made_at: str
    engine: str
    revision: str
    entries: int
    head: str
    rows: Mapping[str, int]
    keys: Mapping[str, str]
    files: Mapping[str, File]
    damaged: tuple[str, ...] = ()
    format: int = field(default=FORMAT)

    @property
    def size(self) -> int:
        return sum(one.size for one in self.files.values())

    @classmethod
    def read(cls, values: Any) -> Self:
        """Return the manifest of values as JSON gives them.

        :raises NotABackup: if they are not those of a backup of this format, or a file lies outside its folder.
        """
        try:
            files = {path: File(str(one["sha256"]), int(one["size"])) for path, one in values["files"].items()}
            manifest = cls(**{**values, "files": files, "damaged": tuple(values["damaged"])})
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            raise NotABackup("Its manifest cannot be read.") from error
        if manifest.format != FORMAT:
            raise NotABackup(f"Its format is {manifest.format}; this release reads {FORMAT}.")
        if any(path.startswith("/") or ".." in path.split("/") for path in files):
            raise NotABackup("Its manifest names files outside its folder.")
        return manifest


def name_of(moment: datetime) -> str:
    """Return the name of the backup that is begun at a moment."""
    return f"portal-{moment.astimezone(UTC).strftime(_TIME)}"


def moment_of(name: str) -> datetime | None:
    """Return when a backup of this name was begun; nothing for the name of something else."""
    found = _NAME.fullmatch(name)
    return datetime.strptime(found[1], _TIME).replace(tzinfo=UTC) if found else None


def newest(names: Iterable[str]) -> datetime | None:
    return max(filter(None, map(moment_of, names)), default=None)


def is_due(names: Iterable[str], now: datetime) -> bool:
    """Tell whether a day has passed since the newest backup."""
    made_at = newest(names)
    return made_at is None or now - made_at >= DAILY


def too_many(names: Iterable[str], kept: int) -> list[str]:
    """Return the backups that go when the newest `kept` stay."""
    ordered = sorted(names)
    return ordered[: max(0, len(ordered) - kept)]
