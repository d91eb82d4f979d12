"""Seal finished files by filling the room that each was rendered with."""

import hashlib
import re
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from flask import current_app

from portal.platform.errors import Refusal
from portal.platform.i18n import _l
from portal.printing.orders import Order
from portal.signing import credential, keys
from portal.signing.keys import SealKey

# Bytes beyond those of a trial signature: on an elliptic curve one is up to three bytes longer than another.
_SPARE = 8
_HOLE = re.compile(rb"/ByteRange (\[0 \*{10} \*{10} \*{10}\])/Contents (<0+>)")


class NoRoom(RuntimeError):
    """Refuse a file without exactly one room for a signature that fits."""


class Sealer:
    """One key, loaded once, for as many files as there are."""

    def __init__(self, key: SealKey, folder: Path) -> None:
        self._keys = folder
        # Not imported with the portal: the web processes that never seal do without it.
        self._signer: Any = import_module("portal.signing.signature").KeptSigner(key)
        self.fingerprint = key.fingerprint
        self.room = 2 * (len(self._signer.signature(bytes(32))) + _SPARE)

    @classmethod
    def current(cls, *, now: datetime) -> Self:
        """Return the sealer of this portal, with the key that seals today.

        :raises Refusal: if its certificate has expired.
        """
        settings = current_app.config["PORTAL_SETTINGS"]
        key = keys.current(settings.keys, host=settings.host, now=now)
        ended = key.certificate.not_valid_after_utc
        if ended <= now:
            raise Refusal(
                "key_ended",
                _l(
                    "Documents cannot be sealed: the certificate of the key ended on %(day)s. "
                    "An operator installs another."
                ),
                day=ended.date().isoformat(),
            )
        return cls(key, settings.keys)

    def facts(self, facts: dict[str, Any]) -> bytes:
        """Return facts that are to be attached to a file, signed with the portal's other key."""
        return credential.sign(self._keys, facts)

    def order(self, order: Order) -> Order:
        return replace(order, room=self.room)

    def seal(self, content: bytes) -> bytes:
        """Return a file with its room filled: the signature covers every byte but itself.

        :raises NoRoom: if the file was not ordered for this seal.
        """
        holes = list(_HOLE.finditer(content))
        if len(holes) != 1:
            raise NoRoom(f"A file to be sealed has one room for a signature, not {len(holes)}.")
        [hole] = holes
        start, end = hole.span(2)
        covered = b"[0 %d %d %d]" % (start, end, len(content) - end)
        before = content[: hole.start(1)] + covered.ljust(len(hole[1])) + content[hole.end(1) : start]
        after = content[end:]
        digest = hashlib.sha256(before)
        digest.update(after)
        signature = self._signer.signature(digest.digest()).hex().encode()
        if len(signature) > end - start - 2:
            raise NoRoom("The signature is longer than its room.")
        return b"".join((before, b"<", signature.ljust(end - start - 2, b"0"), b">", after))
