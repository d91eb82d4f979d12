"""Folders that only the portal's own user can read, and files that are whole there or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PART = ".part-"  # How the names of what is not whole yet begin.
MASK = 0o077  # What is taken from others in all that the portal writes.


def close(folder: Path) -> None:
    """Make a folder, and close it and what lies in it to others; below a closed folder nothing is reached.

    What belongs to somebody else stays as it is, and `doctor` names it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in list_open(folder):
        with suppress(OSError):
            path.chmod(path.stat().st_mode & ~MASK)


def list_open(folder: Path) -> Iterator[Path]:
    """Yield the folder and what lies in it, where others can read or write it."""
    for path in (folder, *sorted(folder.iterdir())):
        with suppress(FileNotFoundError):  # A file of the database's that came and went.
            if not path.is_symlink() and path.stat().st_mode & MASK:
                yield path


@contextmanager
def written(folder: Path, content: bytes) -> Iterator[Path]:
    """Give a durable file of these bytes, to be renamed or linked in the block; what is left of it then goes."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=PART)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield part
    finally:
        part.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Make a file durable, or the names in a folder: a file that was synced is lost if its name was not."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
