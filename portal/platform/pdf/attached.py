"""Read what is attached to a PDF that a stranger sends."""

import subprocess
import sys
from pathlib import Path

_CHILD = Path(__file__).with_name("attached_child.py")
_WAIT_SECONDS = 10
_LARGEST = 64 * 1024


def attached(content: bytes, name: str) -> bytes:
    """Return the attachment called `name`; nothing if there is none, or the file is no PDF or beyond the limits."""
    try:
        child = subprocess.run(  # our own file, no shell; the name is a constant of the caller
            [sys.executable, "-I", "-B", str(_CHILD), name],
            input=content,
            capture_output=True,
            timeout=_WAIT_SECONDS,
            check=False,
            cwd="/",
            env={},
        )
    except subprocess.TimeoutExpired:
        return b""
    found = child.stdout
    return found if child.returncode == 0 and len(found) <= _LARGEST else b""
