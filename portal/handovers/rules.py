"""Which steps a hand-over act allows in its present state, and why not others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.materials.rules import HandoverState
from portal.platform.texts import N_, Labelled

MAX_TAKER = 200
MAX_ENDING = 500


class ActStep(StrEnum):
    """What somebody does with an act that has its number."""

    DELIVER = "deliver"  # a part of its copies leaves
    END = "end"  # no further copies will come
    SIGN = "sign"
    VOID = "void"
    TAKE_BACK = "take_back"  # copies come back, or are reported damaged or lost
    CORRECT = "correct"  # a second act sets the signed one right
    REDRAW = "redraw"  # another act takes the place of the void one


class NotPossible(Labelled):
    """Why a step is not possible: the code of its refusal."""

    NOT_PRINTED = "not_handed_over", N_("The act is not printed yet.")
    VOID = "act_void", N_("Act № %(number)s is void already.")
    NOT_VOID = (
        "not_void",
        N_("Act № %(number)s is neither void nor signed: make it void first, or let both sides sign it."),
    )
    SIGNED = (
        "act_signed",
        N_(
            "Act № %(number)s is signed: both sides hold it, so it cannot be made void. If copies came back, "
            "record their return in the stock; if the act is wrong, draw up a new one that sets it right."
        ),
    )
    ALREADY_SIGNED = "already_signed", N_("Act № %(number)s is recorded as signed already.")
    AT_ONCE = "left_at_once", N_("All copies of act № %(number)s left when it was printed.")
    ENDED = (
        "parts_ended",
        N_(
            "Act № %(number)s was ended with fewer copies than planned. Hand further copies over by an act of "
            "their own."
        ),
    )
    NOTHING_OPEN = "nothing_to_come", N_("All copies of act № %(number)s have left already.")
    NOTHING_DELIVERED = "nothing_delivered", N_("Nothing of act № %(number)s has left yet. Make it void instead.")
    PARTS_OPEN = (
        "parts_open",
        N_(
            "%(copies)s copies of act № %(number)s are still to come. Record their delivery, or end the act with "
            "fewer copies than planned and say why; then keep the signed scan."
        ),
    )
    CORRECTED = "act_corrected", N_("Act № %(number)s is set right by another act already. Go on with that one.")
    CORRECTION_UNSIGNED = (
        "correction_unsigned",
        N_("Let both sides sign the correcting act № %(number)s first, or make it void."),
    )
    NOTHING_THERE = "nothing_there", N_("The institution has no more copies from act № %(number)s.")


@dataclass(frozen=True)
class Line:
    """Copies of one title: agreed, delivered, and still with the institution, by the act and those that it corrects."""

    material_id: int
    agreed: int
    delivered: int = 0
    there: int = 0

    @property
    def to_come(self) -> int:
        return self.agreed - self.delivered

    @property
    def gone(self) -> int:
        """Return the copies that were delivered and have come back since, or are damaged or lost."""
        return self.delivered - self.there


@dataclass(frozen=True)
class ActStatus:
    """Where an act stands, as far as it decides what can be done.

    `correction` is the state of the act that corrects it, or takes its place.
    """

    state: HandoverState
    lines: tuple[Line, ...] = ()
    in_parts: bool = False
    is_ended: bool = False
    is_correction: bool = False
    correction: HandoverState | None = None

    @property
    def to_come(self) -> int:
        """Return how many copies still have to leave: none once somebody has said that no more will."""
        return 0 if self.is_ended or not self.in_parts else sum(line.to_come for line in self.lines)

    @property
    def delivered(self) -> int:
        return sum(line.delivered for line in self.lines)

    @property
    def there(self) -> int:
        return sum(line.there for line in self.lines)

    @property
    def missing(self) -> int:
        """Return how many copies were agreed and will not come."""
        return sum(line.to_come for line in self.lines) if self.is_ended else 0


def why_not(step: ActStep, act: ActStatus) -> NotPossible | None:
    return next((reason for reason, stands in _REASONS[step] if stands(act)), None)


def possible(act: ActStatus) -> frozenset[ActStep]:
    return frozenset(step for step in ActStep if why_not(step, act) is None)


def base_of(act: ActStatus) -> dict[int, int]:
    """Return the copies of each title that an act accounts for, which a correction starts from.

    That is what was agreed; where fewer copies came than planned, what was delivered.
    """
    counted = ((line.material_id, line.delivered if act.is_ended else line.agreed) for line in act.lines)
    return {material_id: copies for material_id, copies in counted if copies}


def moved(was: Mapping[int, int], now: Mapping[int, int]) -> dict[int, int]:
    """Return by title how many copies more (or fewer, below zero) are right; nothing of what is the same."""
    change = {title: now.get(title, 0) - was.get(title, 0) for title in (*was, *now)}
    return {title: copies for title, copies in change.items() if copies}


# Why an act does not allow a step, in the order in which it helps to hear it.
_Reason = tuple[NotPossible, Callable[[ActStatus], bool]]
_NOT_PRINTED: _Reason = (NotPossible.NOT_PRINTED, lambda act: act.state == HandoverState.DRAFT)
_IN_FORCE: tuple[_Reason, ...] = (_NOT_PRINTED, (NotPossible.VOID, lambda act: act.state == HandoverState.VOID))
_UNSIGNED = (*_IN_FORCE, (NotPossible.ALREADY_SIGNED, lambda act: act.state == HandoverState.SIGNED))
_IN_PARTS = (
    *_UNSIGNED,
    (NotPossible.AT_ONCE, lambda act: not act.in_parts),
    (NotPossible.ENDED, lambda act: act.is_ended),
    (NotPossible.NOTHING_OPEN, lambda act: not act.to_come),
)
_UNCORRECTED: _Reason = (NotPossible.CORRECTED, lambda act: act.correction is not None)
_REASONS: Mapping[ActStep, tuple[_Reason, ...]] = {
    ActStep.DELIVER: _IN_PARTS,
    ActStep.END: (*_IN_PARTS, (NotPossible.NOTHING_DELIVERED, lambda act: not act.delivered)),
    ActStep.SIGN: (*_UNSIGNED, (NotPossible.PARTS_OPEN, lambda act: act.to_come > 0)),
    ActStep.VOID: (*_IN_FORCE, (NotPossible.SIGNED, lambda act: act.state == HandoverState.SIGNED)),
    ActStep.TAKE_BACK: (
        *_IN_FORCE,
        (NotPossible.CORRECTED, lambda act: act.correction in (HandoverState.PRINTED, HandoverState.SIGNED)),
        (NotPossible.CORRECTION_UNSIGNED, lambda act: act.is_correction and act.state == HandoverState.PRINTED),
        (NotPossible.NOTHING_THERE, lambda act: not act.there),
    ),
    ActStep.CORRECT: ((NotPossible.NOT_VOID, lambda act: act.state != HandoverState.SIGNED), _UNCORRECTED),
    ActStep.REDRAW: (
        _NOT_PRINTED,
        (NotPossible.NOT_VOID, lambda act: act.state != HandoverState.VOID),
        _UNCORRECTED,
    ),
}
