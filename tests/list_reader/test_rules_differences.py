"""What a second list says otherwise, by the rules alone."""

from dataclasses import replace
from typing import Any

import pytest

from portal.list_reader.decisions import (
    Absent,
    Candidate,
    Doubt,
    Match,
    Outcome,
    Present,
    Verdict,
    changes_of,
    doubted,
    earlier_versions,
    kept_ticks,
    missing,
    settle,
)
from portal.list_reader.nominee import Nominee
from portal.list_reader.reading import ReadRow
from portal.list_reader.rows import RowKind
from portal.people.match_rules import Identity

KEPT = {
    "family": "Асанов",
    "given": "Азамат",
    "patronymic": "Темирович",
    "sex": "M",
    "birth_year": 1980,
    "phone": "+996555100001",
    "email": "Asanov@example.org",
    "language": "ru",
    "institution": "MOI",
    "region": "KG-GO",
    "post": "следователь",
    "rank": "майор",
}
SAME = Nominee(**{name: value for name, value in KEPT.items() if name != "language"})
PRESENT = Present(
    1, "7XK2M9QP", KEPT, frozenset({("Асанов", "Азамат", "Темирович"), ("АСАНОВ", "АЗАМАТ", "Темирович")})
)


@pytest.mark.parametrize(
    "said",
    [
        {},
        dict.fromkeys(("phone", "email", "post", "rank", "region", "institution", "patronymic"), ""),
        {"sex": None, "birth_year": None},
        {"email": "asanov@example.org"},
        {"family": "АСАНОВ", "given": "АЗАМАТ"},
        {"family": "АСАНОВ", "given": "АЗАМАТ", "patronymic": "ТЕМИРОВИЧ"},
        {"family": "АСАНОВ", "given": "АЗАМАТ", "patronymic": ""},
        {"institution": "GPO", "names_institution": False},
        {"region": "KG-B", "names_region": False},
    ],
)
def test_nothing_new_is_no_change(said: dict[str, Any]) -> None:
    assert changes_of(replace(SAME, **said), PRESENT) == {}


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("phone", "+996555999999"),
        ("email", "other@example.org"),
        ("post", "прокурор"),
        ("rank", "полковник"),
        ("institution", "GPO"),
        ("region", "KG-B"),
        ("sex", "F"),
        ("birth_year", 1981),
        ("family", "Асанбаев"),
    ],
)
def test_each_fact_has_what_it_is_and_shall_be(fact: str, value: Any) -> None:
    (found,) = changes_of(replace(SAME, **{fact: value}), PRESENT).items()
    assert (found[0], found[1]["before"], found[1]["after"]) == (fact, KEPT[fact], value)
    assert found[1]["is_taken"] == (fact != "family"), "A name is taken over by a tick only."


def test_contact_of_somebody_else_is_not_ticked() -> None:
    changes = changes_of(replace(SAME, phone="+996555999999", post="прокурор"), PRESENT)
    found = doubted(changes, {"+996555999999"})
    assert (found["phone"]["is_taken"], found["phone"]["doubt"]) == (False, Doubt.SOMEBODY_ELSE)
    assert found["post"]["is_taken"]


def test_ticks_stay_with_the_same_change_only() -> None:
    fresh = {fact: {"before": "a", "after": "b", "is_taken": True, "doubt": ""} for fact in ("phone", "post", "rank")}
    stored = {
        "phone": {**fresh["phone"], "is_taken": False},
        "post": {**fresh["post"], "before": "x", "is_taken": False},
    }
    kept = kept_ticks(fresh, stored) or {}
    assert {fact: change["is_taken"] for fact, change in kept.items()} == {"phone": False, "post": True, "rank": True}
    assert (kept_ticks(None, stored), kept_ticks(fresh, None)) == (None, fresh)


ONE, TWO, THREE = (Candidate(number, str(number), Identity("Асанов", "Азамат")) for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("matches", "settled"),
    [
        ({5: Match(None, (ONE, THREE))}, {5: ONE}),
        ({5: Match(None, (ONE, TWO))}, {}),
        ({5: Match(None, (THREE,))}, {}),
        ({5: Match(None, (ONE,)), 6: Match(ONE)}, {}),
        ({5: Match(None, (ONE,)), 6: Match(None, (ONE,))}, {}),
        ({5: Match(None, ()), 6: Match(TWO)}, {}),
    ],
    ids=["its only namesake", "two namesakes", "not of the training", "meant by another row", "wanted twice", "nobody"],
)
def test_doubt_is_settled_for_the_only_namesake_of_the_training(
    matches: dict[int, Match], settled: dict[int, Candidate]
) -> None:
    found = settle(matches, {1, 2})
    assert {number: one.person for number, one in found.items() if one != matches[number]} == settled
    assert all(found[number].possible == (one,) for number, one in settled.items()), "The doubt stays named."


def verdict(number: int, outcome: Outcome, **said: Any) -> Verdict:
    return Verdict(ReadRow(number, RowKind.DATA, (), replace(SAME, **said)), outcome)


def absent(number: int, *signs: str) -> Absent:
    return Absent(number, f"R{number}", "Somebody", "MOI", frozenset(signs))


def test_missing_are_those_whom_no_row_may_be() -> None:
    verdicts = [
        verdict(5, Outcome.BAD, phone="+1", email=""),
        verdict(6, Outcome.NEW, family="Бекова", phone="+2", email=""),
        verdict(7, Outcome.KNOWN, phone="+3", email=""),
    ]
    found = missing(verdicts, [absent(1, "+1"), absent(2, "+2"), absent(3, "+3"), absent(4)])
    assert [(one.registration_id, one.row) for one in found] == [(2, 6), (3, None), (4, None)]


def test_list_is_a_later_version_of_one_of_which_it_names_half() -> None:
    brought = [{1: 10, 2: 20}, {3: 30, 4: 40, 5: 50}]
    assert earlier_versions(brought, {1, 3}) == {10, 20}
    assert earlier_versions(brought, {1, 3, 4}) == {10, 20, 30, 40, 50}
    assert earlier_versions(brought, set()) == set()
