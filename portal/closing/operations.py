"""Close a training: reasons for missing, states, the books, finalizing."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select

from portal.access.policy import Actor
from portal.assessments import operations as assessments
from portal.assessments import queries as assessment_queries
from portal.assessments.rules import Moment
from portal.audit import operations as audit
from portal.certificates import operations as certificate_operations
from portal.certificates.models import Certificate
from portal.closing import queries, rules
from portal.closing.models import LeftRevoked, ShortfallReason
from portal.closing.rules import Mismatch, ReasonInput, Shortfall, ShortfallError, reconcile
from portal.evaluation import operations as evaluation_operations
from portal.evaluation import queries as evaluation_queries
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l, label
from portal.registration.models import Registration
from portal.trainings.models import Training
from portal.trainings.operations import lock_open
from portal.trainings.rules import TrainingState, can_move


class ReasonsRefused(Refusal):
    """Refuse reasons of which some cannot be kept; `errors` says of whom and why."""

    message = _l("Nothing is saved yet: look at the rows below.")

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__()
        self.errors = errors


class ReasonsChanged(Conflict):
    """Refuse to write over reasons that the page did not show; `registrations` are those concerned."""

    message = _l("Somebody else has noted other reasons meanwhile. They are shown beside yours: save again to replace.")

    def __init__(self, registrations: Mapping[str, Shortfall]) -> None:
        super().__init__()
        self.registrations = registrations


def note(training: Training, inputs: Mapping[str, ReasonInput], *, actor: Actor, now: datetime) -> int:
    """Note a reason for each who is named by reference and whose reason is another one than before; return how many.

    All of them or nothing. Who is not short of the minimum needs no reason and is left out.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises ReasonsRefused: if a reason is incomplete or none of the list.
    :raises ReasonsChanged: if somebody else has noted another reason since the form was opened.
    """
    training = lock_open(training.id)
    short = {one.reference: one for one in queries.list_reconciled(training, as_of=now) if one.is_short}
    read = {ref: rules.read(one.choice, one.note) for ref, one in inputs.items() if ref in short}
    errors = {ref: label(one) for ref, one in read.items() if isinstance(one, ShortfallError)}
    if errors:
        raise ReasonsRefused(errors)
    new = {ref: one for ref, one in read.items() if isinstance(one, Shortfall) and one != short[ref].shortfall}
    noted = {ref: one for ref in new if (one := short[ref].shortfall)}
    stale = {ref: one for ref, one in noted.items() if one.version != inputs[ref].expected_version}
    if stale:
        raise ReasonsChanged(stale)
    for reference, shortfall in new.items():
        keep(short[reference].registration_id, shortfall, actor=actor, now=now)
    db.session.flush()
    if new:
        after = {"registrations": sorted(new)}
        audit.record("closing.reasons_noted", f"training {training.code}", after=after, actor=actor, now=now)
    return len(new)


def keep(registration_id: int, shortfall: Shortfall, *, actor: Actor, now: datetime) -> None:
    """Append a reason; the caller holds the training's lock and records the act."""
    db.session.add(
        ShortfallReason(
            registration_id=registration_id,
            kind=shortfall.kind.value,
            cause=shortfall.cause.value if shortfall.cause else "",
            note=shortfall.note,
            noted_at=now,
            noted_by=actor.label,
        )
    )


def move(training: Training, to: TrainingState, *, today: date | None = None, actor: Actor, now: datetime) -> None:
    """Move a training to the next state, or back to the one before; `today` is where its venue is.

    An operator's command gives no day and may call any training held.

    :raises Conflict: if its state does not lead there.
    :raises Refusal: if it would be held before its last day, or an approval be taken back from people.
    """
    training = lock(Training, training.id)
    if not can_move(training.state, to):
        raise Conflict("state_moved", _l("The training's state has changed meanwhile. Look at it, then decide again."))
    if to is TrainingState.HELD and today is not None and today < training.ends_on:
        raise Refusal("not_over", _l("The training is held when its last day has come."))
    people = select(Registration.id).where(Registration.training_id == training.id).limit(1)
    is_taken_back = to is TrainingState.PENDING_APPROVAL and training.state == TrainingState.APPROVED
    if is_taken_back and db.session.scalars(people).first() is not None:
        raise Refusal(
            "people_nominated",
            _l("People are nominated already, so the approval stays. Cancel the training if it will not take place."),
        )
    enter(training, to, actor=actor, now=now)


def enter(training: Training, to: TrainingState, *, actor: Actor, now: datetime) -> None:
    """Bring a training that the caller has locked and looked at into a state, and record it."""
    before, training.state = training.state, to.value
    db.session.flush()
    audit.record(
        "trainings.state_moved",
        f"training {training.code}",
        before={"state": before},
        after={"state": to.value},
        actor=actor,
        now=now,
    )


def keep_books(training: Training, *, actor: Actor, now: datetime) -> None:
    """Record the hashes of what was finalized, or corrected after that."""
    db.session.flush()
    audit.record(queries.KEPT, queries.subject_of(training), after=queries.describe(training), actor=actor, now=now)


def keep_missing(*, actor: Actor, now: datetime) -> int:
    """Record those of trainings that were finalized before the log was told of books; return how many."""
    unkept = queries.list_unkept()
    for training in unkept:
        keep_books(training, actor=actor, now=now)
    return len(unkept)


class StillOpen(Conflict):
    """Refuse to finalize while something does not agree; `mismatches` names what and whom."""

    message = _l("The training cannot be finalized yet: what is listed below does not agree.")

    def __init__(self, mismatches: Sequence[Mismatch]) -> None:
        super().__init__()
        self.mismatches = mismatches


def finalize(training: Training, *, is_ahead: bool = False, actor: Actor, now: datetime) -> None:
    """Lock a training in which everything agrees; from an approved one it is noted first that it was held.

    A test or an evaluation that is still open is closed with it, and the log is told what the books say. An operator's
    command may go ahead of the end: then everything that is marked counts.

    :raises TrainingClosed: if the training is finalized already, or cancelled.
    :raises Conflict: if its plan was never approved.
    :raises Conflict: if its last session has not ended, unless `is_ahead`.
    :raises StillOpen: if something does not agree.
    """
    training = lock_open(training.id)
    if training.state not in (TrainingState.APPROVED, TrainingState.HELD):
        raise Conflict("not_approved", _l("The plan is not approved yet: there is nothing to close."))
    if not is_ahead and not training.has_ended(now):
        raise Conflict("not_ended", _l("The training can be closed when its last session is over."))
    people = queries.list_reconciled(training, as_of=None if is_ahead else now)
    mismatches = reconcile(people, queries.list_receipts(training))
    if mismatches:
        raise StillOpen(mismatches)
    is_evaluated, moments = list_open(training, now)
    for moment in moments:
        assessments.close_test(training, moment, actor=actor, now=now)
    if is_evaluated:
        evaluation_operations.close(training, actor=actor, now=now)
    if training.state == TrainingState.APPROVED:
        move(training, TrainingState.HELD, actor=actor, now=now)
    enter(training, TrainingState.FINALIZED, actor=actor, now=now)
    keep_books(training, actor=actor, now=now)


def list_open(training: Training, now: datetime) -> tuple[bool, tuple[Moment, ...]]:
    """Return whether the evaluation is open, and which tests are: finalizing closes them."""
    return evaluation_queries.is_to_close(training, now), tuple(
        Moment(test.moment) for test in assessment_queries.list_open(training.id)
    )


def leave(certificate: Certificate, *, reason: str, actor: Actor, now: datetime) -> None:
    """Note why somebody is left without a certificate.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises Conflict: if that person does not wait for such a word.
    """
    training = lock_open(certificate.registration.training_id)
    open_now = (one for one in queries.list_reconciled(training, as_of=now) if one.number == certificate.number)
    if not any(one.has_lost_paper and not one.is_left_revoked for one in open_now):
        raise Conflict(
            "nothing_to_leave",
            _l("There is nothing to decide here any more: look at how the certificate and the attendance stand now."),
        )
    db.session.add(LeftRevoked(certificate_id=certificate.id, reason=reason, noted_at=now, noted_by=actor.label))
    db.session.flush()
    certificate_operations.note("closing.left_revoked", certificate, reason=reason, actor=actor, now=now)
