"""What a place held on which day, and what has become of a title."""

from datetime import date

import pytest

from portal.materials.rules import PlaceKind
from portal.stock import rules as stock_rules
from portal.stock.rules import AtTraining, Flow, Reason, at_training

MARCH = [(date(2027, 3, 1), 40), (date(2027, 3, 10), -30), (date(2027, 3, 20), 50)]


@pytest.mark.parametrize(
    ("day", "lowest"),
    [
        (date(2027, 2, 28), 0),
        (date(2027, 3, 1), 10),
        (date(2027, 3, 9), 10),
        (date(2027, 3, 10), 10),
        (date(2027, 3, 19), 10),
        (date(2027, 3, 20), 60),
        (date(2027, 4, 1), 60),
    ],
)
def test_lowest_balance_counts_what_was_taken_later(day: date, lowest: int) -> None:
    assert stock_rules.lowest_from(MARCH, day) == lowest


def test_lowest_balance_of_a_place_that_never_held_any() -> None:
    assert stock_rules.lowest_from([], date(2027, 3, 1)) == 0


def test_all_printed_copies_are_accounted_for() -> None:
    held = {PlaceKind.SOURCE: -500, PlaceKind.OFFICE: 200, PlaceKind.TRAINING: 20, PlaceKind.INSTITUTION: 200}
    found = stock_rules.whereabouts(held | {PlaceKind.PARTICIPANTS: 60, PlaceKind.DAMAGED: 15, PlaceKind.LOST: 5})
    assert (found.printed, found.in_stock, sum(vars(found).values()) - found.printed) == (500, 220, 500)


@pytest.mark.parametrize(
    ("reason", "start", "end", "leads"),
    [
        (Reason.RECEIVED, PlaceKind.SOURCE, PlaceKind.OFFICE, True),
        (Reason.RECEIVED, PlaceKind.INSTITUTION, PlaceKind.OFFICE, False),
        (Reason.GIVEN, PlaceKind.TRAINING, PlaceKind.PARTICIPANTS, True),
        (Reason.HANDED_OVER, PlaceKind.SOURCE, PlaceKind.INSTITUTION, False),
        (Reason.RETURNED, PlaceKind.INSTITUTION, PlaceKind.OFFICE, True),
        (Reason.LOST, PlaceKind.SOURCE, PlaceKind.LOST, False),
        (Reason.STOCKTAKE, PlaceKind.OFFICE, PlaceKind.LOST, True),
    ],
)
def test_reasons_lead_from_some_places_to_others(reason: Reason, start: PlaceKind, end: PlaceKind, leads: bool) -> None:
    assert stock_rules.leads(reason, start, end) is leads


def test_what_an_institution_gives_back_by_the_act_was_not_handed_over_and_what_it_loses_was() -> None:
    office, institution, lost = PlaceKind.OFFICE, PlaceKind.INSTITUTION, PlaceKind.LOST
    flows = [
        Flow(office, institution, 10, is_by_act=True),
        Flow(institution, office, 4, is_by_act=True),
        Flow(institution, lost, 1, is_by_act=True),
    ]
    assert at_training(flows) == AtTraining(handed_over=6)
