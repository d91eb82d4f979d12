"""What can be done with an act as it stands: one table of cases; and what a correction starts from and moves."""

from datetime import date
from typing import Any

import pytest

from portal.handovers.rules import ActStatus, ActStep, Line, NotPossible, base_of, moved, possible, why_not
from portal.materials.rules import (
    Bound,
    HandoverState,
    PlannedHandover,
    PlannedLine,
    ProxyKind,
    act_faults,
)

DRAFT, PRINTED, SIGNED, VOID = HandoverState
BOOK = 1


def act(state: HandoverState, agreed: int = 10, delivered: int = 10, there: int = 10, **more: Any) -> ActStatus:
    return ActStatus(state, (Line(BOOK, agreed, delivered, there),), **more)


# How an act stands, and what can be done with it then.
CASES = [
    ("a draft", act(DRAFT, delivered=0, there=0), set()),
    ("printed, all left at once", act(PRINTED), {"sign", "void", "take_back"}),
    ("printed, all came back", act(PRINTED, there=0), {"sign", "void"}),
    ("signed", act(SIGNED), {"take_back", "correct"}),
    ("signed, all came back", act(SIGNED, there=0), {"correct"}),
    ("void", act(VOID, there=0), {"redraw"}),
    ("void, another draft takes its place", act(VOID, there=0, correction=DRAFT), set()),
    ("in parts, nothing left yet", act(PRINTED, delivered=0, there=0, in_parts=True), {"deliver", "void"}),
    ("in parts, some left", act(PRINTED, delivered=4, there=4, in_parts=True), {"deliver", "end", "void", "take_back"}),
    ("in parts, all left", act(PRINTED, in_parts=True), {"sign", "void", "take_back"}),
    (
        "ended with fewer",
        act(PRINTED, delivered=4, there=4, in_parts=True, is_ended=True),
        {"sign", "void", "take_back"},
    ),
    ("signed with fewer", act(SIGNED, delivered=4, there=4, in_parts=True, is_ended=True), {"take_back", "correct"}),
    ("signed, a draft corrects it", act(SIGNED, correction=DRAFT), {"take_back"}),
    ("signed, another act corrects it", act(SIGNED, correction=PRINTED), set()),
    ("signed and corrected", act(SIGNED, correction=SIGNED), set()),
    ("a correction nobody has signed", act(PRINTED, is_correction=True), {"sign", "void"}),
    ("a signed correction", act(SIGNED, is_correction=True), {"take_back", "correct"}),
]


@pytest.mark.parametrize(("stands", "steps"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_only_what_an_act_allows_is_possible(stands: ActStatus, steps: set[str]) -> None:
    assert possible(stands) == {ActStep(step) for step in steps}


@pytest.mark.parametrize(
    ("step", "stands", "why"),
    [
        (ActStep.SIGN, act(PRINTED, delivered=4, in_parts=True), NotPossible.PARTS_OPEN),
        (ActStep.VOID, act(SIGNED), NotPossible.SIGNED),
        (ActStep.DELIVER, act(PRINTED), NotPossible.AT_ONCE),
        (ActStep.DELIVER, act(PRINTED, delivered=4, in_parts=True, is_ended=True), NotPossible.ENDED),
        (ActStep.END, act(PRINTED, delivered=0, in_parts=True), NotPossible.NOTHING_DELIVERED),
        (ActStep.CORRECT, act(PRINTED), NotPossible.NOT_VOID),
        (ActStep.TAKE_BACK, act(SIGNED, correction=SIGNED), NotPossible.CORRECTED),
    ],
)
def test_the_first_reason_is_the_one_that_helps(step: ActStep, stands: ActStatus, why: NotPossible) -> None:
    assert why_not(step, stands) == why


def test_a_correction_starts_from_what_left_where_fewer_came_than_planned() -> None:
    assert base_of(act(SIGNED, agreed=10, delivered=4, in_parts=True)) == {BOOK: 10}
    assert base_of(act(SIGNED, agreed=10, delivered=4, in_parts=True, is_ended=True)) == {BOOK: 4}
    assert act(SIGNED, agreed=10, delivered=4, in_parts=True, is_ended=True).missing == 6


def test_only_the_difference_moves() -> None:
    assert moved({1: 10, 2: 5, 3: 7}, {1: 12, 2: 5, 4: 1}) == {1: 2, 3: -7, 4: 1}


DAY = date(2027, 3, 10)
ATTORNEY = {"proxy_kind": ProxyKind.ATTORNEY, "proxy_name": "Асанов Азамат", "proxy_number": "12"}
LETTER = {"proxy_kind": ProxyKind.LETTER, "proxy_name": "Асанов Азамат"}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (ATTORNEY | {"proxy_date": DAY}, set()),
        (LETTER, set()),
        (LETTER | {"proxy_kind": "vote"}, {"proxy_unknown"}),
        ({"proxy_kind": ProxyKind.LETTER}, {"proxy_unnamed"}),
        ({"proxy_name": "Асанов Азамат"}, {"proxy_needless"}),
        (LETTER | {"proxy_name": "өмүрбеков  үсөн"}, {"proxy_oneself"}),
        (ATTORNEY, {"attorney_missing"}),
        (ATTORNEY | {"proxy_date": date(2027, 3, 11)}, {"attorney_later"}),
        ({"bound": Bound(1, 3, DAY)}, {"receiver_differs"}),
        ({"bound": Bound(4, 2, DAY)}, {"giver_differs"}),
        ({"bound": Bound(1, 2, date(2027, 3, 11))}, {"correction_early"}),
        ({"bound": Bound(1, 2, DAY), "in_parts": True}, {"correction_in_parts"}),
    ],
)
def test_who_signs_for_somebody_and_what_corrects_an_act_must_fit(changes: dict[str, Any], found: set[str]) -> None:
    bound = changes.pop("bound", None)
    lines = (PlannedLine(BOOK, 10, 0, "KGS"),)
    plan = PlannedHandover(1, 2, DAY, lines, receiving_name="Өмүрбеков Үсөн", **changes)
    assert {fault.code for fault in act_faults(plan, bound)} == found
