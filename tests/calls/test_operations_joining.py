"""Registration by a training's public link: who is known is not told, and nobody is registered twice."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.access.policy import Operator
from portal.calls import operations as call_operations
from portal.calls import queries as call_queries
from portal.calls import rules as call_rules
from portal.calls.models import JoinLink
from portal.calls.operations import JoinInput
from portal.nominations.facts import Entry
from portal.people.models import Person
from portal.platform.db import db
from portal.platform.errors import Refusal
from portal.registration import queries as registration_queries
from portal.registration.models import JoinRequest, Registration
from portal.registration.queries import Filters, list_page
from portal.trainings.operations import TrainingClosed
from tests import factories
from tests.refusals import raises_refusal

WISH = Entry(
    "Өмүров", "Үсөн", "Асанович", sex="M", institution="MOI-IS", post="следователь", region="KG-GO", phone="0770757797"
)
TYPED, OTHER = "0770757797", "0555010203"


def make_open_training(now, **values):
    return factories.make_training(starts_on=now.date() + timedelta(days=60), **values)


def link_of(training) -> JoinLink:
    link = call_queries.find_link(factories.make_join_link(training))
    assert link is not None
    return link


def test_stranger_is_nominated_and_comes_twice_as_one(session, now) -> None:
    link = link_of(make_open_training(now))
    written = JoinInput(WISH, latin_family="OMUROV", latin_given="Usen", language="ky")
    first = call_operations.join(link, written, now=now).registration
    other_script = Entry(**{**vars(WISH), "family": "Omurov", "given": "Uson", "phone": "+996 770 757 797"})
    again = call_operations.join(link, JoinInput(other_script), now=now).registration
    assert again.id == first.id
    assert (first.state, first.source, first.person.language) == ("nominated", "public", "ky")
    assert (first.person.phone, first.post, first.institution.code) == ("+996770757797", "следователь", "MOI-IS")
    assert session.scalar(select(func.count()).select_from(Registration)) == 1
    assert session.scalar(select(func.count()).select_from(JoinRequest)) == 2


def test_what_a_stranger_writes_changes_nothing_that_is_known(session, now) -> None:
    training = make_open_training(now)
    person = factories.make_person("Өмүров", "Үсөн", "Асанович", phone="+996770757797", region_code="KG-GO")
    registration = factories.make_registration(training=training, person=person, state="confirmed")
    written = Entry(**{**vars(WISH), "email": "somebody@else.example"})
    found = call_operations.join(link_of(training), JoinInput(written, language="en"), now=now).registration
    session.refresh(person)
    assert (found.id, found.state) == (registration.id, "confirmed")
    assert (person.email, person.language) == ("", "")
    (request,) = registration_queries.list_requests(registration.id)
    call_operations.take_over(request, registration, actor=Operator(), now=now)
    assert person.email == "somebody@else.example"
    with raises_refusal("request_taken"):
        call_operations.take_over(request, registration, actor=Operator(), now=now)


def test_namesake_becomes_another_person_and_is_pointed_out(session, now) -> None:
    factories.make_person("Өмүров", "Үсөн", region_code="KG-GO", institution=factories.get_institution("MOI-IS"))
    registration = call_operations.join(link_of(make_open_training(now)), JoinInput(WISH), now=now).registration
    assert session.scalar(select(func.count()).select_from(Person)) == 2
    assert registration_queries.list_requests(registration.id)[0].possible == 1


@pytest.mark.parametrize("phone", ["", "+996770757797"], ids=["listed without a phone", "known by the phone"])
def test_answers_follow_from_the_words_alone(app, now, phone: str) -> None:
    """Two phones and one of them again, for somebody who is known and for somebody who is not: one pattern."""
    link = link_of(make_open_training(now))
    known = factories.make_person(
        "Өмүров",
        "Үсөн",
        "Асанович",
        sex="M",
        phone=phone,
        region_code="KG-GO",
        institution=factories.get_institution("MOI-IS"),
    )
    registration = factories.make_registration(person=known, state="confirmed")
    patterns = []
    for family in ("Өмүров", "Никомуневедомов"):
        wishes = [
            JoinInput(Entry(**{**vars(WISH), "family": family, "phone": number})) for number in (TYPED, OTHER, TYPED)
        ]
        receipts = [call_operations.join(link, written, now=now).receipt for written in wishes]
        patterns.append([receipts.index(receipt) for receipt in receipts])
        assert registration.reference not in receipts
        assert all(len(receipt) == 8 for receipt in receipts)
    assert patterns == [[0, 1, 0]] * 2


def test_workplace_alone_names_nobody_to_a_stranger(session, now) -> None:
    known = factories.make_person(
        "Өмүров", "Үсөн", "Асанович", sex="M", region_code="KG-GO", institution=factories.get_institution("MOI-IS")
    )
    joined = call_operations.join(link_of(make_open_training(now)), JoinInput(WISH), now=now)
    assert joined.registration.person_id != known.id
    assert registration_queries.list_requests(joined.registration.id)[0].possible == 1


def test_organizers_find_by_the_receipt_what_was_written_last(session, now) -> None:
    training = make_open_training(now)
    link = link_of(training)
    for number in range(call_rules.MOST_REQUESTS + 2):
        joined = call_operations.join(
            link, JoinInput(Entry(**{**vars(WISH), "post": f"следователь {number}"})), now=now
        )
        assert list_page(training.id, Filters(text=joined.receipt.lower()), 1).items == [joined.registration]
    assert len(registration_queries.list_requests(joined.registration.id)) == call_rules.MOST_REQUESTS


@pytest.mark.parametrize(
    ("days", "state"),
    [(13, "approved"), (60, "draft"), (60, "cancelled_by_host"), (60, "finalized"), (-9, "held")],
)
def test_link_takes_nobody_outside_its_time(app, now, days: int, state: str) -> None:
    training = factories.make_training(starts_on=now.date() + timedelta(days=days), state=state)
    with pytest.raises(Refusal) as refused:
        call_operations.join(link_of(training), JoinInput(WISH), now=now)
    assert refused.value.code == "link_closed" or isinstance(refused.value, TrainingClosed)
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 0


def test_last_day_of_nominations_still_counts(app, now) -> None:
    training = factories.make_training(starts_on=now.date() + timedelta(days=14))
    assert call_operations.join(link_of(training), JoinInput(WISH), now=now).registration.state == "nominated"


def test_new_link_ends_the_old_one(app, now) -> None:
    training = make_open_training(now)
    old = call_operations.give_link(training, actor=Operator(), now=now)
    new = call_operations.give_link(training, actor=Operator(), now=now)
    assert call_queries.find_link(call_queries.secret_of(old)) is None
    assert call_queries.find_link(call_queries.secret_of(new)).id == new.id
    call_operations.end_link(training, actor=Operator(), now=now)
    with raises_refusal("link_ended"):
        call_operations.join(new, JoinInput(WISH), now=now)
