"""What a stranger may learn: whether a certificate stands, never whose it is."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from portal.certificates import rules
from portal.certificates.models import Certificate
from portal.certificates.operations import facts
from portal.certificates.queries import certificates as papers
from portal.certificates.rules import Validity
from portal.platform import seal, tokens
from portal.platform.pdf.attached import attached
from portal.trainings.models import Training


@dataclass(frozen=True)
class Verification:
    """The answer to a code, a QR or a file.

    `changed_on` is the date of the replacement or revocation, on the calendar of the venue. `is_name` and
    `is_file_unchanged` are None when no name or no file was given.
    """

    validity: Validity
    number: str = ""
    kind: str = ""
    issued_on: date | None = None
    changed_on: date | None = None
    training: Training | None = None
    is_name: bool | None = None
    is_file_unchanged: bool | None = None


UNKNOWN = Verification(Validity.UNKNOWN)


def by_secret(*, code: str = "", token: str = "", name: str = "") -> Verification:
    """Judge a typed code (forgiving of O/0 and I/1) or a QR token, and the name that the visitor reads on the paper."""
    certificate = papers.find_by_secret(code=tokens.normalize_code(code), token=token.strip())
    return _judge(certificate, name=name)


def by_file(content: bytes, *, data: Path) -> Verification:
    """Judge a PDF: known by its bytes, else by the sealed facts inside, which then belong to a changed file."""
    certificate = papers.find_by_file(hashlib.sha256(content).hexdigest())
    if certificate is not None:
        return _judge(certificate, is_file_unchanged=True)
    number = _sealed_number(content, data)
    return _judge(papers.find_by_number(number) if number else None, is_file_unchanged=False)


def _judge(certificate: Certificate | None, *, name: str = "", is_file_unchanged: bool | None = None) -> Verification:
    if certificate is None:
        return Verification(Validity.UNKNOWN, is_file_unchanged=is_file_unchanged)
    validity = rules.validity(
        state=certificate.state,
        is_replaced=certificate.replaced_at is not None,
        is_revoked=certificate.revoked_at is not None,
    )
    if validity is Validity.UNKNOWN:
        return Verification(Validity.UNKNOWN, is_file_unchanged=is_file_unchanged)
    training = certificate.registration.training
    changed_at = certificate.revoked_at or certificate.replaced_at
    printed = (certificate.facts["name"], certificate.facts["latin_name"])
    return Verification(
        validity=validity,
        number=certificate.number,
        kind=certificate.kind,
        issued_on=certificate.issued_on,
        changed_on=changed_at.astimezone(ZoneInfo(training.time_zone)).date() if changed_at else None,
        training=training,
        is_name=rules.is_name(name, printed) if name.strip() else None,
        is_file_unchanged=is_file_unchanged,
    )


def _sealed_number(content: bytes, data: Path) -> str:
    """Return the number in the sealed facts that a PDF carries, or nothing if there are none of ours."""
    sealed = attached(content, facts.CREDENTIAL)
    if not seal.is_genuine(data, sealed):
        return ""
    return str(json.loads(sealed)["facts"].get("number", ""))
