"""Examine a PDF that a stranger sends: what is attached to it, and whose signature is whole on how much of it."""

import base64
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_CHILD = Path(__file__).with_name("examined_child.py")
_WAIT_SECONDS = 10
_LARGEST = 512 * 1024


@dataclass(frozen=True)
class FoundSeal:
    """A signature in a file: the fingerprint of its certificate, the digest that it signs, and what it covers still.

    `covers` is how many bytes from the start are as they were when it was made; none if they have changed.
    """

    by: str
    covers: int
    digest: str


@dataclass(frozen=True)
class Examined:
    """What is in a file. Whether a fingerprint is one of ours is for the reader to say."""

    attached: Mapping[str, bytes] = field(default_factory=dict)
    seals: Sequence[FoundSeal] = ()


def examine(content: bytes, names: Sequence[str]) -> Examined:
    """Return the attachments called `names` and the signatures; nothing of a file that cannot be read."""
    try:
        child = subprocess.run(  # our own file, no shell; the names are constants of the caller
            [sys.executable, "-I", "-B", str(_CHILD), *names],
            input=content,
            capture_output=True,
            timeout=_WAIT_SECONDS,
            check=False,
            cwd="/",
            env={},
        )
    except subprocess.TimeoutExpired:
        return Examined()
    if child.returncode != 0 or not child.stdout or len(child.stdout) > _LARGEST:
        return Examined()
    found = json.loads(child.stdout)
    attached = {name: base64.b64decode(data) for name, data in found["attached"].items()}
    return Examined(attached, tuple(FoundSeal(one["by"], one["covers"], one["digest"]) for one in found["seals"]))
