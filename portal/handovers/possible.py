"""Refuse a step that an act's state does not allow, and say what to do instead."""

from typing import Any

from portal.handovers import queries, rules
from portal.handovers.rules import ActStatus, ActStep, NotPossible
from portal.materials.models import Handover
from portal.platform.db import lock
from portal.platform.errors import Conflict
from portal.platform.i18n import _l


def refusal(reason: NotPossible, handover: Handover, **counts: Any) -> Conflict:
    """Return the refusal of a step for this reason; `counts` are the numbers that its sentence names."""
    return Conflict(reason.value, _l(reason.label), number=handover.number, **counts)


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
