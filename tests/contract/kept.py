"""Snapshots: what the portal promises, kept line by line in tests/contract/snapshots/, compared with what it says now.

A wanted change is kept by `UPDATE_SNAPSHOTS=1 pytest tests/contract/test_snapshots.py` (with --slow for pages and
papers); the difference then stands in the commit, to be read by whoever reviews it.
"""

import difflib
import lzma
import os
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).with_name("snapshots")
RENEW = "UPDATE_SNAPSHOTS"
_SHOWN = 200  # Lines of a difference; more of them are no longer read.


def read(name: str) -> list[str]:
    """Return the kept lines of a snapshot; none if there is none yet."""
    path = FOLDER / name
    if not path.exists():
        return []
    content = path.read_bytes()
    return (lzma.decompress(content) if path.suffix == ".xz" else content).decode("utf-8").splitlines()


def is_renewing() -> bool:
    """Tell whether snapshots are being kept anew."""
    return os.environ.get(RENEW) == "1"


def compare(name: str, lines: Iterable[str]) -> None:
    """Fail with the difference between these lines and the kept ones, or keep these."""
    now, before = list(lines), read(name)
    if is_renewing():
        if now != before:
            _keep(name, now)
        return
    difference = list(difflib.unified_diff(before, now, "kept", "now", lineterm="", n=2)) if now != before else []
    assert not difference, (
        f"{name} is not what was kept. If that is wanted, {RENEW}=1 keeps it: see {Path(__file__).name}.\n"
        + "\n".join(difference[:_SHOWN])
        + (f"\n… and {len(difference) - _SHOWN} lines more" if len(difference) > _SHOWN else "")
    )


def _keep(name: str, lines: list[str]) -> None:
    content = "".join(f"{line}\n" for line in lines).encode("utf-8")
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / name).write_bytes(lzma.compress(content, preset=9) if name.endswith(".xz") else content)
