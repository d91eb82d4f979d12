"""Who gets a seat; no application."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.registration.rules import MOVES, Capacity, Quota, RegistrationState, Seat, Shortage, allocate, can_move

MINISTRY, SERVICE, PROSECUTORS = 1, 2, 3


def seat(*institution_ids: int, region: str | None = "KG-GO", role: str = "participant") -> Seat:
    return Seat(institution_ids, region, role)


def test_whole_training_is_full() -> None:
    capacity = Capacity(2, [], Counter({seat(MINISTRY): 2}))
    assert capacity.shortage(seat(PROSECUTORS)) == Shortage(quota_id=None, seats=2)
    assert capacity.free == 0


def test_seats_for_a_ministry_serve_its_services() -> None:
    capacity = Capacity(10, [Quota(7, 1, institution_id=MINISTRY)], Counter({seat(SERVICE, MINISTRY): 1}))
    assert capacity.shortage(seat(SERVICE, MINISTRY)) == Shortage(quota_id=7, seats=1)
    assert capacity.shortage(seat(MINISTRY)) == Shortage(quota_id=7, seats=1)
    assert capacity.shortage(seat(PROSECUTORS)) is None


@pytest.mark.parametrize(
    ("sides", "is_counted"),
    [
        ({}, True),
        ({"region_code": "KG-GO"}, True),
        ({"region_code": "KG-O"}, False),
        ({"role": "participant"}, True),
        ({"role": "alternate"}, False),
        ({"institution_id": MINISTRY, "region_code": "KG-GO", "role": "participant"}, True),
        ({"institution_id": MINISTRY, "region_code": "KG-O"}, False),
    ],
)
def test_allotment_counts_who_matches_all_its_sides(sides: dict, is_counted: bool) -> None:
    capacity = Capacity(10, [Quota(1, 1, **sides)], Counter({seat(SERVICE, MINISTRY): 1}))
    assert capacity.taken_of(capacity.quotas[0]) == int(is_counted)
    assert (capacity.shortage(seat(SERVICE, MINISTRY)) is not None) == is_counted


@pytest.mark.parametrize("role", ["facilitator", "guest"])
def test_facilitators_and_guests_take_no_seat(role: str) -> None:
    capacity = Capacity(1, [], Counter({seat(MINISTRY, role=role): 5}))
    assert capacity.taken == 0
    capacity.take(seat(MINISTRY))
    assert capacity.shortage(seat(MINISTRY, role=role)) is None


def test_alternate_takes_no_seat_that_a_participant_could_have() -> None:
    queue = [("reserve", seat(MINISTRY, role="alternate")), ("first", seat(MINISTRY)), ("second", seat(MINISTRY))]
    assert [name for name, shortage in allocate(queue, Capacity(2, [], {})) if shortage is None] == ["first", "second"]
    assert [name for name, shortage in allocate(queue, Capacity(3, [], {})) if shortage is None] == [
        "first",
        "second",
        "reserve",
    ]


def test_full_allotment_does_not_hold_up_the_queue() -> None:
    queue = [("a", seat(MINISTRY)), ("b", seat(MINISTRY)), ("c", seat(PROSECUTORS))]
    allocated = dict(allocate(queue, Capacity(2, [Quota(1, 1, institution_id=MINISTRY)], {})))
    assert allocated == {"a": None, "b": Shortage(quota_id=1, seats=1), "c": None}


SEATS = st.builds(
    Seat,
    institution_ids=st.sampled_from([(), (MINISTRY,), (SERVICE, MINISTRY), (PROSECUTORS,)]),
    region_code=st.sampled_from([None, "KG-GO", "KG-O"]),
    role=st.sampled_from(["participant", "alternate", "facilitator"]),
)
QUOTAS = st.lists(
    st.builds(
        Quota,
        id=st.integers(1, 10**6),
        seats=st.integers(0, 4),
        institution_id=st.sampled_from([None, MINISTRY, SERVICE]),
        region_code=st.sampled_from([None, "KG-GO"]),
        role=st.sampled_from([None, "participant"]),
    ),
    max_size=3,
    unique_by=lambda quota: quota.id,
)


@given(people=st.lists(SEATS, max_size=12), capacity=st.integers(1, 6), quotas=QUOTAS)
def test_no_limit_is_exceeded_and_no_seat_is_left_for_who_waits(people, capacity, quotas) -> None:
    allocated = allocate(list(enumerate(people)), Capacity(capacity, quotas, {}))
    seated = [people[i] for i, shortage in allocated if shortage is None and people[i].role != "facilitator"]
    assert len(seated) <= capacity
    assert all(sum(map(quota.matches, seated)) <= quota.seats for quota in quotas)
    left = Capacity(capacity, quotas, Counter(seated))
    assert all(left.shortage(people[i]) is not None for i, shortage in allocated if shortage is not None)


def test_every_state_has_its_moves() -> None:
    assert set(MOVES) == set(RegistrationState)
    assert not any(can_move(state, state) for state in RegistrationState)
    assert not MOVES[RegistrationState.SUBSTITUTED]
