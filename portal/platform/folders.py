"""Folders that only the portal's own user can read."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

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
