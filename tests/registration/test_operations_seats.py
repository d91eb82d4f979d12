"""Nominating, confirming, waiting and deciding, on both databases."""

from datetime import datetime

import pytest
from sqlalchemy import select

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.audit.models import AuditDetail, AuditEntry
from portal.platform.db import db
from portal.registration import operations as registration_operations
from portal.registration import queries as registration_queries
from portal.registration.models import Registration
from portal.registration.operations import Nomination, Reason
from portal.registration.rules import RegistrationState
from portal.trainings import operations as training_operations
from tests import factories
from tests.refusals import raises_refusal

pytestmark = pytest.mark.databases("sqlite", "postgresql")
OPERATOR = Operator()


def make_nominated(training, number: int, **values) -> list[Registration]:
    return factories.make_registrations(training, number, state="nominated", **values)


def states_of(registrations: list[Registration]) -> list[str]:
    db.session.flush()
    return [registration.state for registration in registrations]


def last_audit() -> tuple[AuditEntry, AuditDetail]:
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    return entry, db.session.get(AuditDetail, entry.id)


def test_create_all_keeps_the_order_of_the_list(session, now: datetime) -> None:
    training = factories.make_training()
    earlier = factories.make_registration(training=training)
    people = [factories.make_person() for _ in range(3)]
    created_ids = registration_operations.create_all(
        training,
        [Nomination(person.id, post="следователь", region_code="KG-O") for person in people],
        source="list",
        actor=OPERATOR,
        now=now,
    )
    created = [db.session.get_one(Registration, registration_id) for registration_id in created_ids]
    assert [entry.order for entry in created] == [earlier.order + i for i in (1, 2, 3)]
    assert all(len(entry.reference) == 8 and entry.post == "следователь" for entry in created)
    decision = registration_queries.list_decisions(created[0].id)[0]
    assert (decision.sequence, decision.state, decision.decided_by) == (1, "nominated", "operator")


def test_create_refuses_a_second_registration(session, now: datetime) -> None:
    registration = factories.make_registration()
    with raises_refusal("already_registered", match="is registered for this training already"):
        registration_operations.create_all(
            registration.training, [Nomination(registration.person_id)], source="hand", actor=OPERATOR, now=now
        )
    twice = [Nomination(factories.make_person().id)] * 2
    with raises_refusal("already_registered"):
        registration_operations.create_all(registration.training, twice, source="list", actor=OPERATOR, now=now)
    assert len(registration_queries.list_registrations(registration.training_id)) == 1


@pytest.mark.parametrize("state", ["finalized", "cancelled_by_organizer", "cancelled_by_host"])
def test_closed_training_changes_no_more(session, now: datetime, state: str) -> None:
    registration = factories.make_registration(training=factories.make_training(state=state))
    with pytest.raises(training_operations.TrainingClosed):
        registration_operations.confirm(registration, actor=OPERATOR, now=now)
    with pytest.raises(training_operations.TrainingClosed):
        registration_operations.confirm_all(registration.training, actor=OPERATOR, now=now)
    with pytest.raises(training_operations.TrainingClosed):
        registration_operations.create_all(
            registration.training, [Nomination(factories.make_person().id)], source="hand", actor=OPERATOR, now=now
        )
    assert states_of([registration]) == ["nominated"]


def test_confirm_all_seats_people_in_the_order_of_nomination(session, now: datetime) -> None:
    training = factories.make_training(capacity=3)
    nominated = make_nominated(training, 5)
    placements = registration_operations.confirm_all(training, actor=OPERATOR, now=now)
    assert states_of(nominated) == ["confirmed"] * 3 + ["waitlisted"] * 2
    assert [place.registration for place in placements.confirmed] == nominated[:3]
    decision = registration_queries.last_decisions([nominated[4].id])[nominated[4].id]
    assert (decision.sequence, decision.state, decision.cause) == (2, "waitlisted", "training_full")
    assert decision.shortage == {"seats": 3}
    entry, detail = last_audit()
    assert entry.event == "registration.confirmed" and entry.subject == f"training {training.code}"
    assert detail.after["registrations"] == [registration.reference for registration in nominated[:3]]


def test_confirm_all_tells_which_allotment_is_full(session, now: datetime) -> None:
    training = factories.make_training(capacity=10)
    allotment = factories.make_allotment(training, 1, institution=factories.get_institution("MOI"))
    service = factories.get_institution("MOI-CPS")
    police = make_nominated(training, 2, institution_id=service.id)
    prosecutor = make_nominated(training, 1, institution_id=factories.get_institution("GPO").id)
    registration_operations.confirm_all(training, actor=OPERATOR, now=now)
    assert states_of([*police, *prosecutor]) == ["confirmed", "waitlisted", "confirmed"]
    decision = registration_queries.last_decisions([police[1].id])[police[1].id]
    assert decision.cause == "allotment_full"
    assert decision.shortage == {
        "seats": 1,
        "allotment": allotment.id,
        "institution": "MOI",
        "region": None,
        "role": None,
    }


def test_confirm_all_repeated_changes_nothing(session, now: datetime) -> None:
    training = factories.make_training(capacity=1)
    nominated = make_nominated(training, 2)
    registration_operations.confirm_all(training, actor=OPERATOR, now=now)
    entries = db.session.scalars(select(AuditEntry.id)).all()
    placements = registration_operations.confirm_all(training, actor=OPERATOR, now=now)
    assert not placements.confirmed and not placements.waitlisted
    assert [place.registration for place in placements.waiting] == [nominated[1]]
    assert db.session.scalars(select(AuditEntry.id)).all() == entries
    assert len(registration_queries.list_decisions(nominated[1].id)) == 2


def test_nobody_nominated_later_overtakes_the_waiting_list(session, now: datetime) -> None:
    training = factories.make_training(capacity=1)
    first, second = make_nominated(training, 2)
    registration_operations.confirm_all(training, actor=OPERATOR, now=now)
    (late,) = make_nominated(training, 1)
    registration_operations.decide(
        first, RegistrationState.WITHDRAWN, reason=Reason(cause="illness"), actor=OPERATOR, now=now
    )
    registration_operations.confirm_all(training, actor=OPERATOR, now=now)
    assert states_of([first, second, late]) == ["withdrawn", "confirmed", "waitlisted"]


def test_who_waits_by_somebodys_decision_is_not_seated_by_counting(session, now: datetime) -> None:
    training = factories.make_training(capacity=5)
    (registration,) = make_nominated(training, 1)
    registration_operations.decide(
        registration,
        RegistrationState.WAITLISTED,
        reason=Reason(cause="documents_incomplete"),
        actor=OPERATOR,
        now=now,
    )
    registration_operations.confirm_all(training, actor=OPERATOR, now=now)
    assert states_of([registration]) == ["waitlisted"]
    registration_operations.confirm(registration, actor=OPERATOR, now=now)
    assert states_of([registration]) == ["confirmed"]


def test_vetting_demanded_refuses_everyone_with_the_reason(session, now: datetime) -> None:
    training = factories.make_training(is_vetting_required=True)
    nominated = make_nominated(training, 2)
    placements = registration_operations.confirm_all(training, actor=OPERATOR, now=now)
    assert [place.why_not for place in placements.refused] == ["vetting_missing"] * 2
    with raises_refusal("vetting_missing"):
        registration_operations.confirm(nominated[0], actor=OPERATOR, now=now)
    assert states_of(nominated) == ["nominated"] * 2


def test_confirm_puts_on_the_waiting_list_and_then_says_that_it_is_full(session, now: datetime) -> None:
    training = factories.make_training(capacity=1)
    first, second = make_nominated(training, 2)
    assert registration_operations.confirm(first, actor=OPERATOR, now=now).shortage is None
    assert registration_operations.confirm(second, actor=OPERATOR, now=now).shortage.seats == 1
    assert states_of([first, second]) == ["confirmed", "waitlisted"]
    with raises_refusal("no_seat"):
        registration_operations.confirm(second, actor=OPERATOR, now=now)
    registration_operations.decide(
        first, RegistrationState.DECLINED, reason=Reason(cause="administrative"), actor=OPERATOR, now=now
    )
    registration_operations.confirm(second, actor=OPERATOR, now=now)
    assert states_of([first, second]) == ["declined", "confirmed"]
    assert [decision.state for decision in registration_queries.list_decisions(second.id)] == [
        "nominated",
        "waitlisted",
        "confirmed",
    ]


def test_decision_needs_its_reason(session, now: datetime, aida: Account) -> None:
    registration = factories.make_registration(state="confirmed")
    for reason in (Reason(), Reason(cause="illness"), Reason(cause="other")):  # illness is no reason of ours
        with raises_refusal("cause_missing"):
            registration_operations.decide(registration, RegistrationState.DECLINED, reason=reason, actor=aida, now=now)
    other = Reason(cause="other", words="Direction of the ministry, letter 12-4")
    registration_operations.decide(registration, RegistrationState.DECLINED, reason=other, actor=aida, now=now)
    decision = registration_queries.last_decisions([registration.id])[registration.id]
    assert (decision.cause, decision.reason) == ("other", "Direction of the ministry, letter 12-4")
    assert decision.decided_by == aida.label
    entry, detail = last_audit()
    assert entry.subject == f"registration {registration.reference}"
    assert detail.after == {"state": "declined", "reason": "Direction of the ministry, letter 12-4"}


def test_moves_that_do_not_exist_are_refused(session, now: datetime) -> None:
    declined = factories.make_registration(state="declined")
    with pytest.raises(registration_operations.MoveNotPossible):
        registration_operations.confirm(declined, actor=OPERATOR, now=now)
    with pytest.raises(registration_operations.MoveNotPossible):
        registration_operations.decide(declined, RegistrationState.CONFIRMED, actor=OPERATOR, now=now)
    registration_operations.decide(declined, RegistrationState.NOMINATED, actor=OPERATOR, now=now)
    assert states_of([declined]) == ["nominated"]
    with pytest.raises(registration_operations.MoveNotPossible):
        registration_operations.decide(declined, RegistrationState.NOMINATED, actor=OPERATOR, now=now)


def test_decision_made_on_an_older_state_is_refused(session, now: datetime) -> None:
    registration = factories.make_registration()
    seen = registration.version
    registration_operations.confirm(registration, version=seen, actor=OPERATOR, now=now)
    db.session.commit()
    reason = Reason(cause="administrative")
    with raises_refusal("registration_changed") as refused:
        registration_operations.decide(
            registration, RegistrationState.DECLINED, reason=reason, version=seen, actor=OPERATOR, now=now
        )
    assert refused.value.status == 409
    assert states_of([registration]) == ["confirmed"]
    assert len(registration_queries.list_decisions(registration.id)) == 2
