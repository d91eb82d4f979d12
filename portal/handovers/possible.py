"""Refuse a step that an act's state does not allow, and say what to do instead."""

from collections.abc import Mapping

from portal.handovers.rules import ActStep, Bar, Standing, bar
from portal.materials.models import Handover
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l


class NotHandedOver(Conflict):
    """Refuse to sign or make void what is no printed act."""

    message = _l("The act is not printed yet.")


class ActVoid(Conflict):
    """Refuse to go on with an act that is void."""

    message = _l("Act № %(number)s is void already.")


class NotVoid(Conflict):
    """Refuse to replace an act that stands."""

    message = _l("Act № %(number)s is neither void nor signed: make it void first, or let both sides sign it.")


class ActSigned(Conflict):
    """Refuse to make a signed act void, and say what to do instead."""

    message = _l(
        "Act № %(number)s is signed: both sides hold it, so it cannot be made void. If copies came back, record their "
        "return in the stock; if the act is wrong, draw up a new one that sets it right."
    )


class AlreadySigned(Conflict):
    """Refuse a second scan in place of the first, or a further part of what is signed as complete."""

    message = _l("Act № %(number)s is recorded as signed already.")


class LeftAtOnce(Conflict):
    """Refuse a part of an act whose copies all left when it was printed."""

    message = _l("All copies of act № %(number)s left when it was printed.")


class PartsEnded(Conflict):
    """Refuse a further part of an act that was ended with fewer copies than planned."""

    message = _l(
        "Act № %(number)s was ended with fewer copies than planned. Hand further copies over by an act of their own."
    )


class NothingToCome(Conflict):
    """Refuse a part, or an early end, of an act whose copies have all left."""

    message = _l("All copies of act № %(number)s have left already.")


class NothingDelivered(Conflict):
    """Refuse to end an act of which nothing has left."""

    message = _l("Nothing of act № %(number)s has left yet. Make it void instead.")


class PartsOpen(Conflict):
    """Refuse to sign an act as complete while copies are still to come."""

    message = _l(
        "%(copies)s copies of act № %(number)s are still to come. Record their delivery, or end the act with fewer "
        "copies than planned and say why; then keep the signed scan."
    )


class ActCorrected(Conflict):
    """Refuse to go on with an act that another one corrects."""

    message = _l("Act № %(number)s is set right by another act already. Go on with that one.")


class CorrectionUnsigned(Conflict):
    """Refuse to take copies back against a correction that nobody has signed."""

    message = _l("Let both sides sign the correcting act № %(number)s first, or make it void.")


class NothingThere(Conflict):
    """Refuse to take back copies of which none are left."""

    message = _l("The institution has no more copies from act № %(number)s.")


_REFUSALS: Mapping[Bar, type[Refusal]] = {
    Bar.NOT_PRINTED: NotHandedOver,
    Bar.VOID: ActVoid,
    Bar.NOT_VOID: NotVoid,
    Bar.SIGNED: AlreadySigned,
    Bar.NOT_SIGNED: NotVoid,
    Bar.AT_ONCE: LeftAtOnce,
    Bar.ENDED: PartsEnded,
    Bar.NOTHING_OPEN: NothingToCome,
    Bar.NOTHING_DELIVERED: NothingDelivered,
    Bar.PARTS_OPEN: PartsOpen,
    Bar.CORRECTED: ActCorrected,
    Bar.CORRECTION_UNSIGNED: CorrectionUnsigned,
    Bar.NOTHING_THERE: NothingThere,
}


def require(step: ActStep, handover: Handover, standing: Standing) -> None:
    """Refuse a step that the act does not allow.

    :raises Refusal: saying why, and what to do instead.
    """
    found = refusal(step, handover, standing)
    if found is not None:
        raise found


def refusal(step: ActStep, handover: Handover, standing: Standing) -> Refusal | None:
    """Return why the act does not allow a step, None if it does."""
    found = bar(step, standing)
    if found is None:
        return None
    if step == ActStep.VOID and found == Bar.SIGNED:
        return ActSigned(number=handover.number)
    return _REFUSALS[found](number=handover.number, copies=standing.to_come)
