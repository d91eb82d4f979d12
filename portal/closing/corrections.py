"""Correct a finalized training: each change has its number, its reason, and the value before.

The number is the key to the lock (`trainings.operations.lock_open`): an operation below is let in with it, and only in
the transaction that has drawn it. A change that is refused takes no number, so there are no gaps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.access.policy import Actor
from portal.attendance import operations as attendance_operations
from portal.attendance.rules import Mark
from portal.audit import operations as audit
from portal.certificates import candidates, names
from portal.certificates import operations as certificate_operations
from portal.certificates.models import Certificate, RevocationRequest
from portal.certificates.names import NameParts
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


class CorrectedMeanwhile(Conflict):
    """Refuse a correction on top of one that the page did not show."""

    message = _l("Somebody else has corrected this training meanwhile. Look at how it stands now, then decide again.")


class NothingCorrected(Refusal):
    """Refuse a correction that changes nothing."""

    message = _l("It is so already: nothing would change.")


@dataclass(frozen=True)
class Act:
    """Why it is corrected, and how many corrections the page showed."""

    reason: str
    seen: int


@dataclass(frozen=True)
class Names:
    """How a name is printed from now on, on top of the person's version that was shown."""

    cyrillic: NameParts
    latin: NameParts
    version: int


def correct_mark(
    registration: Registration,
    session: TrainingSession,
    wish: attendance_operations.Wish,
    *,
    act: Act,
    actor: Actor,
    now: datetime,
) -> Correction:
    """Say otherwise of somebody's attendance in one session; the new mark outranks all others.

    :raises MarkRefused: if it is no mark for this session or person.
    """

    def change(training: Training) -> tuple[Facts, Facts]:
        marked = attendance_operations.correct(
            session, registration, wish=wish, correction=training.corrections, actor=actor, now=now
        )
        before, after = (one.row_of(registration).current for one in (marked.before, marked.after))
        return _mark(session, before), _mark(session, after)

    return _correct(registration, CorrectionKind.MARK, change, act=act, actor=actor, now=now)


def correct_shortfall(
    registration: Registration, choice: str, note: str, *, act: Act, actor: Actor, now: datetime
) -> Correction:
    """Give another reason for what somebody has missed.

    :raises ReasonsRefused: if the reason is incomplete or none of the list.
    """
    new = read(choice, note) or ShortfallError.UNKNOWN_REASON
    if isinstance(new, ShortfallError):
        raise ReasonsRefused({registration.reference: label(new)})

    def change(training: Training) -> tuple[Facts, Facts]:
        before = next(
            one for one in queries.list_reconciled(training, as_of=now) if one.registration_id == registration.id
        )
        operations.keep(registration.id, new, actor=actor, now=now)
        return _shortfall(before.shortfall), _shortfall(new)

    return _correct(registration, CorrectionKind.SHORTFALL, change, act=act, actor=actor, now=now)


def correct_facts(registration: Registration, said: Facts, *, act: Act, actor: Actor, now: datetime) -> Correction:
    """Say of which institution and region, on what post and in what rank somebody came, and of which sex they are."""

    def change(training: Training) -> tuple[Facts, Facts]:
        done = facts.restate(registration, said, correction=training.corrections, actor=actor, now=now)
        changed = {**done.here, **done.person}
        return {name: was for name, (was, _is) in changed.items()}, {name: new for name, (_was, new) in changed.items()}

    return _correct(registration, CorrectionKind.FACTS, change, act=act, actor=actor, now=now)


def issue_certificate(
    registration: Registration, *, base_url: str, act: Act, actor: Actor, now: datetime
) -> Correction:
    """Issue a certificate to somebody who has completed the training by a correction.

    :raises NothingToIssue: if the rules are not met, or there is a certificate.
    """

    def change(training: Training) -> tuple[Facts, Facts]:
        key = training.corrections
        chosen = candidates.list_candidates(training, as_of=now, registrations=[registration])
        names.confirm_as_written(training, chosen, source="correction", correction=key, actor=actor, now=now)
        reserved = certificate_operations.reserve(
            training, only=[registration], base_url=base_url, correction=key, actor=actor, now=now
        )
        if not reserved.certificate_ids:
            raise certificate_operations.NothingToIssue
        certificate_operations.request_files(training, actor=actor, now=now)
        return {}, {"number": db.session.get_one(Certificate, reserved.certificate_ids[0]).number}

    return _correct(registration, CorrectionKind.CERTIFICATE_ISSUED, change, act=act, actor=actor, now=now)


def reissue_certificate(
    certificate: Certificate, new: Names, *, base_url: str, act: Act, actor: Actor, now: datetime
) -> Correction:
    """Issue a new certificate, with the name as it is given, that replaces this one.

    :raises NameRefused: if the name cannot be printed. :raises NameChanged: if somebody has changed it meanwhile.
    :raises Conflict: if the certificate was replaced or revoked.
    """
    registration = certificate.registration

    def change(training: Training) -> tuple[Facts, Facts]:
        key = training.corrections
        names.confirm(registration, **vars(new), source="correction", correction=key, actor=actor, now=now)
        made, _job = certificate_operations.reissue(
            certificate, reason=act.reason, base_url=base_url, correction=key, actor=actor, now=now
        )
        return {"number": certificate.number}, {"number": made.number}

    return _correct(registration, CorrectionKind.CERTIFICATE_REISSUED, change, act=act, actor=actor, now=now)


def confirm_revocation(request: RevocationRequest, *, seen: int, actor: Actor, now: datetime) -> None:
    """Revoke a certificate as somebody else has asked; in a finalized training that is a correction.

    :raises SamePerson: if the actor has asked. :raises DecidedAlready: if it was decided.
    :raises Conflict: if the account that asked may not revoke any more.
    :raises Conflict: if it was replaced or revoked. :raises CorrectedMeanwhile: as every correction.
    """
    certificate = request.certificate
    if not certificate.registration.training.is_locked:
        revocations.confirm(request, actor=actor, now=now)
        return

    def change(training: Training) -> tuple[Facts, Facts]:
        revocations.confirm(request, correction=training.corrections, actor=actor, now=now)
        return {"number": certificate.number}, {"number": ""}

    act = Act(request.reason, seen)
    _correct(certificate.registration, CorrectionKind.CERTIFICATE_REVOKED, change, act=act, actor=actor, now=now)


def _correct(
    registration: Registration,
    kind: CorrectionKind,
    change: Callable[[Training], tuple[Facts, Facts]],
    *,
    act: Act,
    actor: Actor,
    now: datetime,
) -> Correction:
    """Draw the next number, make the change with it, and keep what was before; all of it or nothing.

    :raises ReasonMissing: if no reason is given. :raises Conflict: if the training can still be changed by itself.
    :raises CorrectedMeanwhile: if there are more corrections than the page showed.
    :raises NothingCorrected: if it is so already.
    """
    if not act.reason.strip():
        raise ReasonMissing
    training = lock(Training, registration.training_id)
    if not training.is_locked:
        raise Conflict(
            "not_finalized",
            _l("The training is not finalized: change it where it was entered, no correction is needed."),
        )
    if training.corrections != act.seen:
        raise CorrectedMeanwhile
    with db.session.begin_nested():
        training.corrections += 1
        db.session.flush()
        before, after = change(training)
        if before == after:
            raise NothingCorrected
        correction = Correction(
            training_id=training.id,
            number=training.corrections,
            registration_id=registration.id,
            kind=kind.value,
            before=before,
            after=after,
            reason=act.reason.strip(),
            corrected_at=now,
            corrected_by=actor.label,
        )
        db.session.add(correction)
        db.session.flush()
    _record(training, correction, registration, actor, now)
    operations.keep_books(training, actor=actor, now=now)
    return correction


def _record(
    training: Training, correction: Correction, registration: Registration, actor: Actor, now: datetime
) -> None:
    told = {"number": correction.number, "kind": correction.kind, "registration": registration.reference}
    audit.record(
        "closing.corrected",
        f"training {training.code}",
        before=correction.before,
        after={**correction.after, **told, "reason": correction.reason},
        actor=actor,
        now=now,
    )


def _mark(session: TrainingSession, mark: Mark | None) -> Facts:
    state = {"state": str(mark.state), "minutes": mark.minutes} if mark else {"state": "", "minutes": None}
    return {"session": session.reference, **state}


def _shortfall(one: Shortfall | None) -> Facts:
    return {"reason": one.choice, "note": one.note} if one else {"reason": "", "note": ""}
