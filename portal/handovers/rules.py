"""Which steps a hand-over act allows in its present state, and why not others."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.materials.rules import HandoverState

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


class Bar(StrEnum):
    """Why a step is not possible."""

    NOT_PRINTED = "not_printed"
    VOID = "void"
    NOT_VOID = "not_void"
    SIGNED = "signed"
    NOT_SIGNED = "not_signed"
    AT_ONCE = "at_once"
    ENDED = "ended"
    NOTHING_OPEN = "nothing_open"
    NOTHING_DELIVERED = "nothing_delivered"
    PARTS_OPEN = "parts_open"
    CORRECTED = "corrected"
    CORRECTION_UNSIGNED = "correction_unsigned"
    NOTHING_THERE = "nothing_there"


@dataclass(frozen=True)
class Line:
    """Copies of one title: agreed, delivered, and still with the institution, by the act and those that it corrects."""

    material_id: int
    agreed: int
    delivered: int = 0
    there: int = 0

    @property
    def to_come(self) -> int:
        """Return the copies that were agreed and have not left."""
        return self.agreed - self.delivered

    @property
    def gone(self) -> int:
        """Return the copies that were delivered and have come back since, or are damaged or lost."""
        return self.delivered - self.there


@dataclass(frozen=True)
class Standing:
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
        """Return how many copies have left."""
        return sum(line.delivered for line in self.lines)

    @property
    def there(self) -> int:
        """Return how many copies the institution still has by this act."""
        return sum(line.there for line in self.lines)

    @property
    def missing(self) -> int:
        """Return how many copies were agreed and will not come."""
        return sum(line.to_come for line in self.lines) if self.is_ended else 0


def bar(step: ActStep, act: Standing) -> Bar | None:
    """Return why a step is not possible, None if it is."""
    return next(_BARS[step](act), None)


def possible(act: Standing) -> frozenset[ActStep]:
    """Return the steps that are possible."""
    return frozenset(step for step in ActStep if bar(step, act) is None)


def base_of(act: Standing) -> dict[int, int]:
    """Return the copies of each title that an act accounts for, which a correction starts from.

    That is what was agreed; where fewer copies came than planned, what was delivered.
    """
    counted = ((line.material_id, line.delivered if act.is_ended else line.agreed) for line in act.lines)
    return {material_id: copies for material_id, copies in counted if copies}


def moved(was: Mapping[int, int], now: Mapping[int, int]) -> dict[int, int]:
    """Return by title how many copies more (or fewer, below zero) are right; nothing of what is the same."""
    change = {title: now.get(title, 0) - was.get(title, 0) for title in (*was, *now)}
    return {title: copies for title, copies in change.items() if copies}


def _standing(act: Standing) -> Iterator[Bar]:
    if act.state == HandoverState.DRAFT:
        yield Bar.NOT_PRINTED
    if act.state == HandoverState.VOID:
        yield Bar.VOID


def _unsigned(act: Standing) -> Iterator[Bar]:
    yield from _standing(act)
    if act.state == HandoverState.SIGNED:
        yield Bar.SIGNED


def _deliver(act: Standing) -> Iterator[Bar]:
    yield from _unsigned(act)
    if not act.in_parts:
        yield Bar.AT_ONCE
    if act.is_ended:
        yield Bar.ENDED
    if not act.to_come:
        yield Bar.NOTHING_OPEN


def _end(act: Standing) -> Iterator[Bar]:
    yield from _deliver(act)
    if not act.delivered:
        yield Bar.NOTHING_DELIVERED


def _sign(act: Standing) -> Iterator[Bar]:
    yield from _unsigned(act)
    if act.to_come:
        yield Bar.PARTS_OPEN


def _take_back(act: Standing) -> Iterator[Bar]:
    yield from _standing(act)
    if act.correction in (HandoverState.PRINTED, HandoverState.SIGNED):
        yield Bar.CORRECTED
    if act.is_correction and act.state == HandoverState.PRINTED:
        yield Bar.CORRECTION_UNSIGNED
    if not act.there:
        yield Bar.NOTHING_THERE


def _correct(act: Standing) -> Iterator[Bar]:
    if act.state != HandoverState.SIGNED:
        yield Bar.NOT_SIGNED
    if act.correction is not None:
        yield Bar.CORRECTED


def _redraw(act: Standing) -> Iterator[Bar]:
    if act.state == HandoverState.DRAFT:
        yield Bar.NOT_PRINTED
    if act.state != HandoverState.VOID:
        yield Bar.NOT_VOID
    if act.correction is not None:
        yield Bar.CORRECTED


_BARS: Mapping[ActStep, Callable[[Standing], Iterator[Bar]]] = {
    ActStep.DELIVER: _deliver,
    ActStep.END: _end,
    ActStep.SIGN: _sign,
    ActStep.VOID: _unsigned,
    ActStep.TAKE_BACK: _take_back,
    ActStep.CORRECT: _correct,
    ActStep.REDRAW: _redraw,
}
