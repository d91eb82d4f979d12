"""Note why people did not reach the minimum attendance: for everybody of a training in one act."""

from collections.abc import Mapping
from datetime import datetime

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.closing.models import ShortfallReason
from portal.closing.operations import wording
from portal.closing.queries import standings as queries
from portal.closing.rules import shortfalls as rules
from portal.closing.rules.shortfalls import Shortfall, ShortfallFault, Wish
from portal.platform.db import db
from portal.platform.errors import Conflict, Refusal
from portal.platform.wording import _l
from portal.trainings.models import Training
from portal.trainings.operations.locks import lock_open


class ReasonsRefused(Refusal):
    """Refuse reasons of which some cannot be kept; `faults` says of whom and why."""

    message = _l("Nothing is saved yet: look at the rows below.")

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__()
        self.faults = faults


class ReasonsChanged(Conflict):
    """Refuse to write over reasons that the page did not show; `registrations` are those concerned."""

    message = _l("Somebody else has noted other reasons meanwhile. They are shown beside yours: save again to replace.")

    def __init__(self, registrations: Mapping[str, Shortfall]) -> None:
        super().__init__()
        self.registrations = registrations


def stamp(shortfall: Shortfall | None) -> str:
    """Return a short sign of the reason that counts, by which a form notices that somebody else has changed it."""
    return f"{shortfall.choice}/{shortfall.note}" if shortfall else ""


def note(training: Training, wishes: Mapping[str, Wish], *, actor: Actor, now: datetime) -> int:
    """Note a reason for each who is named by reference and whose reason is another one than before; return how many.

    All of them or nothing. Who is not short of the minimum needs no reason and is left out.

    :raises TrainingClosed: if the training is finalized or cancelled.
    :raises ReasonsRefused: if a reason is incomplete or none of the list.
    :raises ReasonsChanged: if somebody else has noted another reason since the form was opened.
    """
    training = lock_open(training.id)
    short = {one.reference: one for one in queries.list_standings(training, as_of=now) if one.is_short}
    meant = {reference: wish for reference, wish in wishes.items() if reference in short}
    read = {reference: rules.read(wish.choice, wish.note) for reference, wish in meant.items()}
    faults = {ref: str(wording.FAULTS[one]) for ref, one in read.items() if isinstance(one, ShortfallFault)}
    if faults:
        raise ReasonsRefused(faults)
    new = {ref: one for ref, one in read.items() if isinstance(one, Shortfall) and one != short[ref].shortfall}
    stale = {ref: standing for ref in new if stamp(standing := short[ref].shortfall) != meant[ref].seen and standing}
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
