"""What a stranger may learn: whether a certificate stands, never whose it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from portal.certificates import rules
from portal.certificates.models import Certificate
from portal.certificates.operations import facts
from portal.certificates.queries import certificates as papers
from portal.certificates.rules import FileVerdict, Validity
from portal.platform import tokens

# A printed text by the side of the paper on which it stands.
Printed = Mapping[str, str]


@dataclass(frozen=True)
class Verification:
    """The answer to a code, a QR or a file.

    `title`, `dates`, `place` and `organizers` are as the paper prints them, whatever the records say by now.
    `changed_on` is the date of the replacement or revocation, on the calendar of the venue. `is_name` and `file` are
    None when no name or no file was given.
    """

    validity: Validity
    number: str = ""
    kind: str = ""
    issued_on: date | None = None
    changed_on: date | None = None
    title: Printed = field(default_factory=dict)
    dates: Printed = field(default_factory=dict)
    place: Printed = field(default_factory=dict)
    organizers: Sequence[Printed] = ()
    is_name: bool | None = None
    file: FileVerdict | None = None


UNKNOWN = Verification(Validity.UNKNOWN)


def by_secret(*, code: str = "", token: str = "", name: str = "") -> Verification:
    """Judge a typed code (forgiving of O/0 and I/1) or a QR token, and the name that the visitor reads on the paper."""
    certificate = papers.find_by_secret(code=tokens.normalize_code(code), token=token.strip())
    return judge(certificate, name=name) if certificate is not None else UNKNOWN


def judge(certificate: Certificate, *, name: str = "") -> Verification:
    """Return what a stranger learns of this certificate, and whether a typed name is the printed one."""
    validity = rules.validity(
        state=certificate.state,
        is_replaced=certificate.replaced_at is not None,
        is_revoked=certificate.revoked_at is not None,
    )
    if validity is Validity.UNKNOWN:
        return UNKNOWN
    zone = ZoneInfo(certificate.registration.training.time_zone)
    changed_at = certificate.revoked_at or certificate.replaced_at
    printed = facts.credential(certificate.facts)
    names = (printed["name"], printed["latin_name"])
    return Verification(
        validity=validity,
        number=certificate.number,
        kind=certificate.kind,
        issued_on=certificate.issued_on,
        changed_on=changed_at.astimezone(zone).date() if changed_at else None,
        title=printed["title"],
        dates=printed["dates"],
        place=printed["place"],
        organizers=printed["organizers"],
        is_name=rules.is_name(name, names) if name.strip() else None,
    )
