"""Whether a certificate still stands: asked under its lock by every act that replaces it or takes it back."""

from datetime import datetime

from sqlalchemy import select

from portal.access.policy import Actor
from portal.certificates.models import Certificate
from portal.certificates.rules import CertificateState, RevokeClass
from portal.platform.db import db
from portal.platform.errors import Conflict
from portal.platform.wording import _l


def require_standing(certificate: Certificate) -> None:
    """Refuse a certificate that has no file, was revoked, or has a successor.

    :raises Conflict: if it does not stand.
    """
    stands = certificate.state == CertificateState.ISSUED and certificate.revoked_at is None
    replaced = select(Certificate.id).where(
        Certificate.replaces_id == certificate.id, Certificate.state != CertificateState.FAILED
    )
    if not stands or db.session.scalars(replaced).first() is not None:
        raise Conflict(
            "not_standing",
            _l("Certificate № %(number)s has been replaced or revoked already."),
            number=certificate.number,
        )


def take_back(certificate: Certificate, revoke_class: RevokeClass, reason: str, *, actor: Actor, now: datetime) -> None:
    """Make a locked certificate revoked; number, facts and file stay as they are."""
    certificate.revoked_at, certificate.revoked_by = now, actor.label
    certificate.revoke_class, certificate.revoke_reason = revoke_class.value, reason
