"""Places of copies, causes of movements, and what a place held on a day."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from portal.materials.rules import IN_STOCK, PlaceKind
from portal.materials.serial_numbers import Numbers
from portal.platform.texts import N_, Labelled

_ANYWHERE = frozenset(PlaceKind)


class Reason(Labelled):
    RECEIVED = "received", N_("Received")
    MOVED = "moved", N_("Moved")
    HANDED_OVER = "handed_over", N_("Handed over")
    GIVEN = "given", N_("Given")
    RETURNED = "returned", N_("Returned")
    DAMAGED = "damaged", N_("Damaged")
    LOST = "lost", N_("Lost")
    STOCKTAKE = "stocktake", N_("Stocktake")


class Act(Labelled):
    """What somebody does with copies by hand; an act of its own hands them over to an institution."""

    RECEIVE = "receive", N_("Receive")
    MOVE = "move", N_("Move")
    GIVE = "give", N_("Give")
    RETURN = "return", N_("Take back")
    DAMAGE = "damage", N_("Damaged")
    LOSE = "lose", N_("Lost")


REASON_OF: Mapping[Act, Reason] = {
    Act.RECEIVE: Reason.RECEIVED,
    Act.MOVE: Reason.MOVED,
    Act.GIVE: Reason.GIVEN,
    Act.RETURN: Reason.RETURNED,
    Act.DAMAGE: Reason.DAMAGED,
    Act.LOSE: Reason.LOST,
}
# Whoever counts out copies on the shelf takes those with the lowest numbers, unless others are named.
TAKES_LOWEST = frozenset({Reason.MOVED, Reason.HANDED_OVER, Reason.GIVEN})
# Where an act takes copies from: what a person can have in the hand, and so not what an institution keeps.
TAKEN_FROM: Mapping[Act, frozenset[PlaceKind]] = {
    Act.MOVE: IN_STOCK,
    Act.GIVE: IN_STOCK,
    Act.RETURN: frozenset({PlaceKind.INSTITUTION, PlaceKind.PARTICIPANTS}),
    Act.DAMAGE: IN_STOCK | {PlaceKind.PARTICIPANTS},
    Act.LOSE: IN_STOCK | {PlaceKind.PARTICIPANTS},
}
EXPLAINED = frozenset({Act.RETURN, Act.DAMAGE, Act.LOSE})  # acts that need a reason in words


@dataclass(frozen=True)
class PlannedMove:
    """What somebody wants to do: places by their keys, an empty one where the act knows it."""

    act: Act
    quantity: int
    moved_on: date
    start: str = ""
    end: str = ""
    note: str = ""
    numbers: Numbers = Numbers()


@dataclass(frozen=True)
class Flow:
    """Copies of a title that went from one kind of place to another, as far as a training has to do with it.

    `is_from_here`, `is_to_here`: whether that place is one of the training's own; `is_by_act`: by an act of it.
    """

    start: PlaceKind
    end: PlaceKind
    quantity: int
    is_from_here: bool = False
    is_to_here: bool = False
    is_by_act: bool = False


@dataclass(frozen=True)
class AtTraining:
    brought: int = 0
    given: int = 0
    handed_over: int = 0
    written_off: int = 0
    left: int = 0


# From which kinds of places to which ones a reason leads.
_ROUTES: Mapping[Reason, tuple[frozenset[PlaceKind], frozenset[PlaceKind]]] = {
    Reason.RECEIVED: (frozenset({PlaceKind.SOURCE}), IN_STOCK),
    Reason.MOVED: (IN_STOCK, IN_STOCK),
    Reason.HANDED_OVER: (IN_STOCK, frozenset({PlaceKind.INSTITUTION})),
    Reason.GIVEN: (IN_STOCK, frozenset({PlaceKind.PARTICIPANTS})),
    Reason.RETURNED: (frozenset({PlaceKind.INSTITUTION, PlaceKind.PARTICIPANTS}), IN_STOCK),
    Reason.DAMAGED: (_ANYWHERE - {PlaceKind.SOURCE, PlaceKind.DAMAGED}, frozenset({PlaceKind.DAMAGED})),
    Reason.LOST: (_ANYWHERE - {PlaceKind.SOURCE, PlaceKind.LOST}, frozenset({PlaceKind.LOST})),
    Reason.STOCKTAKE: (IN_STOCK | {PlaceKind.SOURCE, PlaceKind.LOST}, IN_STOCK | {PlaceKind.LOST}),
}


@dataclass(frozen=True)
class Whereabouts:
    """All copies of a title by what has become of them; `printed` is what has come from the sources."""

    printed: int = 0
    in_stock: int = 0
    handed_over: int = 0
    given: int = 0
    damaged: int = 0
    lost: int = 0


def leads(reason: Reason, start: PlaceKind, end: PlaceKind) -> bool:
    starts, ends = _ROUTES[reason]
    return start in starts and end in ends


def whereabouts(copies: Mapping[PlaceKind, int]) -> Whereabouts:
    """Return what has become of the copies of a title, from the balances of all places by kind."""
    held = {kind: copies.get(kind, 0) for kind in PlaceKind}
    return Whereabouts(
        printed=-held[PlaceKind.SOURCE],
        in_stock=sum(held[kind] for kind in IN_STOCK),
        handed_over=held[PlaceKind.INSTITUTION],
        given=held[PlaceKind.PARTICIPANTS],
        damaged=held[PlaceKind.DAMAGED],
        lost=held[PlaceKind.LOST],
    )


def lowest_from(changes: Iterable[tuple[date, int]], day: date) -> int:
    """Return the least that a place held at the end of any day from `day` on; what it held that day if nothing came.

    `changes` say by how much its copies changed on which day, each day once, in order.
    """
    known = sorted(changes)
    held = list(accumulate((change for _day, change in known), initial=0))
    before = held[sum(1 for when, _change in known if when <= day)]
    return min([before, *(after for (when, _change), after in zip(known, held[1:], strict=True) if when > day)])


def at_training(flows: Iterable[Flow]) -> AtTraining:
    """Return what became of a title at a training: brought to it and not taken away again, given, handed over, left."""
    found: Counter[str] = Counter()
    for flow in flows:
        found["given"] += flow.quantity * _sign(flow, PlaceKind.PARTICIPANTS)
        found["left"] += flow.quantity * _sign(flow, PlaceKind.TRAINING)
        was_handed = flow.start == PlaceKind.INSTITUTION  # what is damaged or lost there was handed over all the same
        is_back = flow.is_by_act and was_handed and flow.end in IN_STOCK  # returned, corrected, or the act is void
        found["handed_over"] += flow.quantity * ((flow.end == PlaceKind.INSTITUTION) - is_back)
        is_written_off = flow.end in (PlaceKind.DAMAGED, PlaceKind.LOST) and not was_handed
        found["written_off"] += flow.quantity * is_written_off
        if flow.end == PlaceKind.TRAINING and flow.is_to_here:
            found["brought"] += flow.quantity * (flow.start in IN_STOCK | {PlaceKind.SOURCE})
        if flow.start == PlaceKind.TRAINING and flow.is_from_here:
            found["brought"] -= flow.quantity * (flow.end in IN_STOCK)
    return AtTraining(**found)


def _sign(flow: Flow, kind: PlaceKind) -> int:
    arrives = flow.is_to_here and flow.end == kind
    leaves = flow.is_from_here and flow.start == kind
    return arrives - leaves
