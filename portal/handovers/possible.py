"""Refuse a step that an act's state does not allow, and say what to do instead."""

from collections.abc import Mapping
from typing import Any

from portal.handovers import queries, rules
from portal.handovers.rules import ActStatus, ActStep, NotPossible
from portal.materials.models import Handover
from portal.platform.db import lock
from portal.platform.errors import Conflict
from portal.platform.i18n import _l

WHY_NOT: Mapping[NotPossible, Any] = {
    NotPossible.NOT_PRINTED: _l("The act is not printed yet."),
    NotPossible.VOID: _l("Act № %(number)s is void already."),
    NotPossible.NOT_VOID: _l(
        "Act № %(number)s is neither void nor signed: make it void first, or let both sides sign it."
    ),
    NotPossible.SIGNED: _l(
        "Act № %(number)s is signed: both sides hold it, so it cannot be made void. If copies came back, record their "
        "return in the stock; if the act is wrong, draw up a new one that sets it right."
    ),
    NotPossible.ALREADY_SIGNED: _l("Act № %(number)s is recorded as signed already."),
    NotPossible.AT_ONCE: _l("All copies of act № %(number)s left when it was printed."),
    NotPossible.ENDED: _l(
        "Act № %(number)s was ended with fewer copies than planned. Hand further copies over by an act of their own."
    ),
    NotPossible.NOTHING_OPEN: _l("All copies of act № %(number)s have left already."),
    NotPossible.NOTHING_DELIVERED: _l("Nothing of act № %(number)s has left yet. Make it void instead."),
    NotPossible.PARTS_OPEN: _l(
        "%(copies)s copies of act № %(number)s are still to come. Record their delivery, or end the act with fewer "
        "copies than planned and say why; then keep the signed scan."
    ),
    NotPossible.CORRECTED: _l("Act № %(number)s is set right by another act already. Go on with that one."),
    NotPossible.CORRECTION_UNSIGNED: _l("Let both sides sign the correcting act № %(number)s first, or make it void."),
    NotPossible.NOTHING_THERE: _l("The institution has no more copies from act № %(number)s."),
}


def refusal(reason: NotPossible, handover: Handover, **counts: Any) -> Conflict:
    """Return the refusal of a step for this reason; `counts` are the numbers that its sentence names."""
    return Conflict(reason.value, WHY_NOT[reason], number=handover.number, **counts)


def why_not(step: ActStep, handover: Handover, status: ActStatus) -> Conflict | None:
    """Return the refusal of a step that an act does not allow, None if it does."""
    reason = rules.why_not(step, status)
    return refusal(reason, handover, copies=status.to_come) if reason else None


def ensure_possible(step: ActStep, handover: Handover) -> ActStatus:
    """Hold an act until the end of the transaction, and return where it stands.

    :raises Conflict: if it does not allow the step, saying why, and what to do instead.
    """
    lock(Handover, handover.id)
    status = queries.status_of(handover)
    refused = why_not(step, handover, status)
    if refused is not None:
        raise refused
    return status
