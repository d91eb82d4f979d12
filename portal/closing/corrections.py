"""Correct a finalized training: each change has its number, its reason, and the value before.

The number is the key to the lock (`trainings.operations.lock_open`): an operation below is let in with it, and only in
the transaction that has drawn it. A change that is refused takes no number, so there are no gaps.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.access.policy import Actor
from portal.attendance import operations as attendance_operations
from portal.attendance.queries import get_current_mark
from portal.attendance.rules import Mark
from portal.audit import operations as audit
from portal.certificates import candidates, names
from portal.certificates import operations as certificate_operations
from portal.certificates.models import Certificate, RevocationRequest
from portal.certificates.names import Names
from portal.closing import operations, queries, revocations
from portal.closing.models import Correction
from portal.closing.operations import ReasonsRefused
from portal.closing.rules import CorrectionKind, Shortfall, ShortfallError, read
from portal.nominations import facts
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, ReasonMissing, Refusal
from portal.platform.i18n import _l, label
from portal.registration.models import Registration
from portal.trainings.models import Training, TrainingSession

Facts = dict[str, Any]


@dataclass(frozen=True)
class Act:
    """Why it is corrected, and how many corrections the page showed."""

    reason: str
    expected: int


def correct_mark(
    registration: Registration,
    session: TrainingSession,
    mark: attendance_operations.MarkInput,
    *,
    act: Act,
    actor: Actor,
    now: datetime,
) -> Correction:
    """Say otherwise of somebody's attendance in one session; the new mark outranks all others.

    :raises MarkRefused: if it is no mark for this session or person.
    """
    with _correcting(registration, CorrectionKind.MARK, act=act, actor=actor, now=now) as correction:
        correction.before = _mark(session, get_current_mark(session, registration))
        attendance_operations.correct(
            session, registration, given=mark, correction=correction.number, actor=actor, now=now
        )
        correction.after = _mark(session, get_current_mark(session, registration))
    return correction


def correct_shortfall(
    registration: Registration, choice: str, note: str, *, act: Act, actor: Actor, now: datetime
) -> Correction:
    """Give another reason for what somebody has missed.

    :raises ReasonsRefused: if the reason is incomplete or none of the list.
    """
    new = read(choice, note) or ShortfallError.UNKNOWN_REASON
    if isinstance(new, ShortfallError):
        raise ReasonsRefused({registration.reference: label(new)})
    with _correcting(registration, CorrectionKind.SHORTFALL, act=act, actor=actor, now=now) as correction:
        people = queries.list_reconciled(registration.training, as_of=now)
        before = next(one for one in people if one.registration_id == registration.id)
        operations.keep(registration.id, new, actor=actor, now=now)
        correction.before, correction.after = _shortfall(before.shortfall), _shortfall(new)
    return correction


def correct_facts(registration: Registration, said: Facts, *, act: Act, actor: Actor, now: datetime) -> Correction:
    """Say of which institution and region, on what post and in what rank somebody came, and of which sex they are."""
    with _correcting(registration, CorrectionKind.FACTS, act=act, actor=actor, now=now) as correction:
        done = facts.correct_snapshot(registration, said, correction=correction.number, actor=actor, now=now)
        changed = {**done.here, **done.person}
        correction.before = {name: was for name, (was, _is) in changed.items()}
        correction.after = {name: new for name, (_was, new) in changed.items()}
    return correction


def issue_certificate(registration: Registration, *, act: Act, actor: Actor, now: datetime) -> Correction:
    """Issue a certificate to somebody who has completed the training by a correction.

    :raises NothingToIssue: if the rules are not met, or there is a certificate.
    """
    training = registration.training
    with _correcting(registration, CorrectionKind.CERTIFICATE_ISSUED, act=act, actor=actor, now=now) as correction:
        key = correction.number
        chosen = candidates.list_candidates(training, as_of=now, registrations=[registration])
        names.confirm_as_written(training, chosen, source="correction", correction=key, actor=actor, now=now)
        made = certificate_operations.reserve(training, only=[registration], correction=key, actor=actor, now=now)
        if not made:
            raise certificate_operations.NothingToIssue
        certificate_operations.request_files(training, actor=actor, now=now)
        correction.after = {"number": made[0].number}
    return correction


def reissue_certificate(certificate: Certificate, new: Names, *, act: Act, actor: Actor, now: datetime) -> Correction:
    """Issue a new certificate, with the name as it is given, that replaces this one.

    :raises NameRefused: if the name cannot be printed. :raises NameChanged: if somebody has changed it meanwhile.
    :raises Conflict: if the certificate was replaced or revoked.
    """
    registration = certificate.registration
    with _correcting(registration, CorrectionKind.CERTIFICATE_REISSUED, act=act, actor=actor, now=now) as correction:
        key = correction.number
        names.confirm(registration, new, source="correction", correction=key, actor=actor, now=now)
        made, _job = certificate_operations.reissue(
            certificate, reason=act.reason, correction=key, actor=actor, now=now
        )
        correction.before, correction.after = {"number": certificate.number}, {"number": made.number}
    return correction


def confirm_revocation(request: RevocationRequest, *, expected: int, actor: Actor, now: datetime) -> None:
    """Revoke a certificate as somebody else has asked; in a finalized training that is a correction.

    :raises SamePerson: if the actor has asked. :raises DecidedAlready: if it was decided.
    :raises Conflict: if the account that asked may not revoke any more, or the certificate was replaced or revoked.
    :raises Conflict: as every correction.
    """
    certificate = request.certificate
    registration, act = certificate.registration, Act(request.reason, expected)
    if not registration.training.is_locked:
        revocations.confirm(request, actor=actor, now=now)
        return
    with _correcting(registration, CorrectionKind.CERTIFICATE_REVOKED, act=act, actor=actor, now=now) as correction:
        revocations.confirm(request, correction=correction.number, actor=actor, now=now)
        correction.before, correction.after = {"number": certificate.number}, {"number": ""}


@contextmanager
def _correcting(
    registration: Registration, kind: CorrectionKind, *, act: Act, actor: Actor, now: datetime
) -> Iterator[Correction]:
    """Draw the next number, let the change be made with it, and keep what was before; all of it or nothing.

    :raises ReasonMissing: if no reason is given. :raises Conflict: if the training can still be changed by itself.
    :raises Conflict: if there are more corrections than the page showed.
    :raises Refusal: if it is so already.
    """
    if not act.reason.strip():
        raise ReasonMissing
    training = lock(Training, registration.training_id)
    if not training.is_locked:
        raise Conflict(
            "not_finalized",
            _l("The training is not finalized: change it where it was entered, no correction is needed."),
        )
    if training.corrections != act.expected:
        raise Conflict(
            "corrected_meanwhile",
            _l("Somebody else has corrected this training meanwhile. Look at how it stands now, then decide again."),
        )
    with db.session.begin_nested():
        training.corrections += 1
        db.session.flush()
        correction = Correction(
            training_id=training.id,
            number=training.corrections,
            registration_id=registration.id,
            kind=kind.value,
            before={},
            after={},
            reason=act.reason.strip(),
            corrected_at=now,
            corrected_by=actor.label,
        )
        yield correction
        if correction.before == correction.after:
            raise Refusal("nothing_corrected", _l("It is so already: nothing would change."))
        db.session.add(correction)
        db.session.flush()
    said = {"number": correction.number, "kind": correction.kind, "registration": registration.reference}
    audit.record(
        "closing.corrected",
        f"training {training.code}",
        before=correction.before,
        after={**correction.after, **said, "reason": correction.reason},
        actor=actor,
        now=now,
    )
    operations.keep_books(training, actor=actor, now=now)


def _mark(session: TrainingSession, mark: Mark | None) -> Facts:
    state = {"state": str(mark.state), "minutes": mark.minutes} if mark else {"state": "", "minutes": None}
    return {"session": session.reference, **state}


def _shortfall(one: Shortfall | None) -> Facts:
    return {"reason": one.choice, "note": one.note} if one else {"reason": "", "note": ""}
