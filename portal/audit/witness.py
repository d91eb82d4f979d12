"""What the machine remembers about the audit log outside the database: its key and newest head.

Whoever can write to the database and to nothing else can neither make a hash that fits nor take an entry away that
was seen. The key's file also says after which entry it began, and with what hash: the entries before were hashed
without a key, and none can be put among them later.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from portal.audit.chain import Head
from portal.config import get_settings
from portal.platform import folders, keys
from portal.platform.keys import declare, kept

_KEY = declare("audit.key")
_HEAD_FILE = "audit.head"


@dataclass(frozen=True)
class Witness:
    """The key of all hashes after the entry `begun`.

    `is_second`: the key of the entries before it is lost, so that of those only the links can be checked.
    """

    key: bytes
    begun: Head
    is_second: bool = False

    def key_of(self, number: int) -> bytes:
        """Return what the hash of an entry is keyed with: nothing for one from before there was a key."""
        return self.key if number > self.begun.number else b""

    def can_check(self, number: int) -> bool:
        """Tell whether the hash of an entry can be made again."""
        return number > self.begun.number or not self.is_second


def take(newest: Callable[[], tuple[Head, bool]]) -> Witness:
    """Return the witness; where there is none, it begins after the newest entry, which the caller has locked.

    `newest` also says whether that entry has the hash of a key, which then is lost.

    :raises KeysDiffer: if the file is missing and nobody has accepted that its key is lost.
    """

    def make() -> bytes:
        seen, is_second = newest()
        facts = {"key": secrets.token_hex(32), "entries": seen.number, "hash": seen.hash, "is_second": is_second}
        return json.dumps(facts).encode()

    return _read(kept(_KEY, get_settings().keys, make))


def find() -> Witness | None:
    path = get_settings().keys / _KEY.name
    return _read(path.read_bytes()) if path.exists() else None


def is_lost() -> bool:
    """Tell whether the database was used with a witness that is not there."""
    return find() is None and _KEY.name in keys.known()


def note(newest: Head) -> None:
    """Remember the newest entry; the caller has checked that what was remembered before still stands."""
    data = get_settings().data
    with folders.written(data, f"{newest.number} {newest.hash}\n".encode()) as part:
        part.replace(data / _HEAD_FILE)


def noted() -> Head | None:
    """Return the newest entry that was remembered."""
    path = get_settings().data / _HEAD_FILE
    if not path.exists():
        return None
    number, _, digest = path.read_text().strip().partition(" ")
    return Head(int(number), digest)


def _read(content: bytes) -> Witness:
    facts = json.loads(content)
    return Witness(bytes.fromhex(facts["key"]), Head(facts["entries"], facts["hash"]), facts["is_second"])
