"""Examine a stranger's PDF: its attachments, and which signature covers how much of it."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from subprocess import TimeoutExpired

from portal.platform import confined

_CHILD = "portal.printing.examined_child"
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
        child = confined.run(_CHILD, content, *names, seconds=_WAIT_SECONDS)
    except TimeoutExpired:
        return Examined()
    if child.returncode != 0 or not child.stdout or len(child.stdout) > _LARGEST:
        return Examined()
    found = json.loads(child.stdout)
    attached = {name: base64.b64decode(data) for name, data in found["attached"].items()}
    return Examined(attached, tuple(FoundSeal(one["by"], one["covers"], one["digest"]) for one in found["seals"]))
