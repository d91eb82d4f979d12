"""What a stranger may learn about a PDF, and the record of who downloaded the issue register."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.certificates import facts as certificate_facts
from portal.certificates import operations as certificate_operations
from portal.certificates import queries as certificate_queries
from portal.certificates.models import Certificate
from portal.certificates.operations import UNKNOWN, Verification, judge
from portal.certificates.rules import FileVerdict
from portal.handovers.papers import ATTACHED
from portal.materials import queries as material_queries
from portal.materials.models import Handover
from portal.materials.rules import HandoverState
from portal.platform import clock, storage, tokens, turns
from portal.printing.examined import Examined, examine
from portal.signing import credential, keys
from portal.signing import queries as signing_queries


def note_export(subject: str, kind: str, rows: int, *, actor: Actor, now: datetime) -> None:
    """Record that a register left the portal, as paper or as spreadsheet, with how many numbers."""
    audit.record("certificates.register_exported", subject, after={"kind": kind, "rows": rows}, actor=actor, now=now)


def by_secret(*, code: str = "", token: str = "", name: str = "") -> Verification:
    """Judge a typed code (forgiving of O/0 and I/1) or a QR token, and the name that the visitor reads on the paper."""
    certificate = certificate_queries.find_by_secret(code=tokens.normalize_code(code), token=token.strip())
    return judge(certificate, name=name) if certificate is not None else UNKNOWN


_NAMES = (certificate_facts.CREDENTIAL, ATTACHED)
_PATIENCE = 3.0  # Seconds; one file of a stranger is looked into at a time.


@dataclass(frozen=True)
class ActVerification:
    """The answer to the file of a hand-over act: its number, day and state, nothing of who or what is in it.

    `state` is stands, corrected (by a later act) or void; `changed_on` is the day when it became void.
    """

    file: FileVerdict
    number: str
    handed_on: date
    state: str
    changed_on: date | None


def by_file(content: bytes, *, folder: Path) -> Verification | ActVerification:
    """Judge a PDF: by its bytes, then by the seal and the signed facts inside, which belong to a changed file.

    The register decides: a file that bears our seal and is not in it, as one made with a stolen key, is not ours.

    :raises Busy: if others' files are being looked into for too long.
    """
    found = _issued(hashlib.sha256(content).hexdigest())
    if found is not None:
        return _judged(found, FileVerdict.UNCHANGED)
    with turns.turn("examining", patience=_PATIENCE):
        examined = examine(content, _NAMES)
    ours = [one for one in examined.seals if _is_ours(one.by, folder)]
    for covers in (one.covers for one in ours if one.covers):
        found = _issued(hashlib.sha256(content[:covers]).hexdigest())
        if found is not None:
            return _judged(found, FileVerdict.EXTENDED)
    genuine = _genuine(examined, folder)
    found = _named(genuine) or _sealed([one.digest for one in ours])
    if found is not None:
        return _judged(found, FileVerdict.CHANGED)
    verdict = FileVerdict.UNLISTED if genuine or ours else FileVerdict.FOREIGN
    return replace(certificate_operations.UNKNOWN, file=verdict)


def _issued(sha256: str) -> Certificate | Handover | None:
    return certificate_queries.find_by_file(sha256) or material_queries.find_by_file(sha256)


def _sealed(digests: Sequence[str]) -> Certificate | Handover | None:
    """Return the paper whose seal lies in the file, though around it nothing may be as it was."""
    document = storage.find_sealed(digests)
    return _issued(document.sha256) if document is not None else None


def _is_ours(fingerprint: str, folder: Path) -> bool:
    """Tell whether a certificate is one of ours: the one in the folder of keys, or one that was ever announced."""
    present = keys.present(folder)
    return (present is not None and present.fingerprint == fingerprint) or signing_queries.is_known(fingerprint)


def _genuine(examined: Examined, folder: Path) -> dict[str, Any]:
    """Return the facts in the file that carry the portal's own signature; none if they do not."""
    for name in _NAMES:
        sealed = examined.attached.get(name, b"")
        if sealed and credential.is_genuine(folder, sealed):
            facts: dict[str, Any] = json.loads(sealed)["facts"]
            return facts
    return {}


def _named(genuine: dict[str, Any]) -> Certificate | Handover | None:
    if number := genuine.get("number"):
        return certificate_queries.find_by_number(str(number))
    if number := genuine.get("act"):
        return material_queries.find_by_number(str(number))
    return None


def _judged(found: Certificate | Handover, verdict: FileVerdict) -> Verification | ActVerification:
    if isinstance(found, Certificate):
        return replace(certificate_operations.judge(found), file=verdict)
    state, voided_at = "stands", found.voided_at
    if found.state == HandoverState.VOID:
        state = "void"
    elif material_queries.is_corrected(found):
        state = "corrected"
    changed_on = clock.country_day(voided_at) if voided_at else None
    return ActVerification(verdict, str(found.number), found.handed_on, state, changed_on)
