"""Say of somebody who completed and lost the certificate that it stays so: the books are not closed without it."""

from datetime import datetime

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.certificates.models import Certificate
from portal.closing.models import LeftRevoked
from portal.closing.queries import standings as queries
from portal.platform.db import db
from portal.platform.errors import Conflict
from portal.platform.wording import _l
from portal.trainings.operations.locks import lock_open


def leave(certificate: Certificate, *, reason: str, actor: Actor, now: datetime) -> None:
    """Note why somebody is left without a certificate.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises Conflict: if that person does not wait for such a word.
    """
    training = lock_open(certificate.registration.training_id)
    open_now = (one for one in queries.list_standings(training, as_of=now) if one.number == certificate.number)
    if not any(one.has_lost_paper and not one.is_left_revoked for one in open_now):
        raise Conflict(
            "nothing_to_leave",
            _l("There is nothing to decide here any more: look at how the certificate and the attendance stand now."),
        )
    db.session.add(LeftRevoked(certificate_id=certificate.id, reason=reason, noted_at=now, noted_by=actor.label))
    db.session.flush()
    audit.record(
        "closing.left_revoked",
        f"certificate {certificate.number}",
        after={"number": certificate.number, "reason": reason},
        actor=actor,
        now=now,
    )
