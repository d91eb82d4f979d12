"""Jail child processes with bubblewrap, where it works: no network, no other processes, few files.

Elsewhere they have their limits alone; `doctor` says which of the two it is.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_CODE = ("portal", "static", "templates")
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
TEMPORARY = "/tmp"
_PROBE_SECONDS = 20
_SIGNALLED = 128  # To this bubblewrap adds the signal that ended what it ran.


def command(inside: Sequence[str]) -> list[str]:
    """Return a command line that runs `inside` jailed; the one place where it can write is a /tmp of its own."""
    return [*_jail(), "--", *inside] if is_there() else [*inside]


def status(code: int) -> int:
    """Return a status as it would be without the jail: the number of a signal below zero."""
    return _SIGNALLED - code if is_there() and _SIGNALLED < code < 2 * _SIGNALLED else code


@cache
def is_there() -> bool:
    """Tell whether this machine lets bubblewrap run Python; asked once."""
    if shutil.which("bwrap") is None:
        return False
    try:
        probe = [*_jail(), "--", sys.executable, "-s", "-c", "import portal.platform.confined"]
        return subprocess.run(probe, cwd=_ROOT, capture_output=True, timeout=_PROBE_SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@cache
def _jail() -> tuple[str, ...]:
    # Where this Python and its packages lie, as they are named and as they are.
    python = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parents[1]]
    seen = [*_SYSTEM, *(path for one in python for path in (one, one.resolve())), *(_ROOT / name for name in _CODE)]
    mounts = [word for path in dict.fromkeys(map(str, seen)) for word in ("--ro-bind-try", path, path)]
    return (
        *("bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
        *mounts,
        *("--chdir", str(_ROOT)),
    )
