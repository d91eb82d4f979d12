"""One act on many registrations, and a bulk act beside a single one for the last seat."""

from collections import Counter

from flask import Flask

from portal.access.policy import Operator
from portal.platform.db import db, transaction
from portal.registration import operations as registration_operations
from portal.registration import queries as registration_queries
from portal.registration.operations import Reason
from portal.registration.rules import RegistrationState
from portal.trainings.models import Training
from tests import factories
from tests.parallel import in_threads
from tests.refusals import raises_refusal

BY = Operator()


def versions(*registrations) -> dict[str, int]:
    return {entry.reference: entry.version for entry in registrations}


def test_exactly_those_that_fit_get_seats_and_the_rest_is_told(app, now) -> None:
    training = factories.make_training(capacity=2)
    alternate = factories.make_registration(training=training, role="alternate")
    people = factories.make_registrations(training, 3, state="nominated")
    waiting = factories.make_registration(training=training, state="waitlisted")
    gone = factories.make_registration(training=training, state="withdrawn")
    stranger = factories.make_registration()  # of another training
    done = registration_operations.confirm_chosen(
        training, versions(alternate, *people, waiting, gone, stranger), actor=BY, now=now
    )
    assert done.done == [people[0].reference, people[1].reference]
    assert dict(done.refused) == {
        people[2].reference: "waitlisted",
        alternate.reference: "waitlisted",
        waiting.reference: "no_seat",
        gone.reference: "not_possible",
    }
    assert (stranger.state, people[2].state, waiting.state) == ("nominated", "waitlisted", "waitlisted")
    again = registration_operations.confirm_chosen(training, versions(*people), actor=BY, now=now)
    assert again.done == []


def test_many_are_declined_for_one_reason_but_those_who_changed(app, now) -> None:
    training = factories.make_training()
    people = factories.make_registrations(training, 3, state="confirmed")
    seen = versions(*people)
    registration_operations.decide(
        people[0], RegistrationState.WAITLISTED, reason=Reason("administrative"), actor=BY, now=now
    )
    reason = Reason("other", "Курс уже пройден")
    with raises_refusal("cause_missing"):
        registration_operations.decide_chosen(
            training, seen, RegistrationState.DECLINED, reason=Reason("other"), actor=BY, now=now
        )
    done = registration_operations.decide_chosen(
        training, seen, RegistrationState.DECLINED, reason=reason, actor=BY, now=now
    )
    assert (done.done, dict(done.refused)) == (
        [people[1].reference, people[2].reference],
        {people[0].reference: "changed"},
    )
    last = registration_queries.last_decisions([people[1].id])[people[1].id]
    assert (last.state, last.cause, last.reason) == ("declined", "other", "Курс уже пройден")


def test_seat_that_gets_free_goes_to_the_next_in_order(app, now) -> None:
    training = factories.make_training(capacity=1)
    first, second, third = factories.make_registrations(training, 3, state="nominated")
    registration_operations.confirm_all(training, actor=BY, now=now)
    assert registration_queries.next_in_line(training, registration_queries.get_seating(training)) is None
    reason = Reason("illness", said_by="institution")
    registration_operations.decide(first, RegistrationState.WITHDRAWN, reason=reason, actor=BY, now=now)
    assert registration_queries.next_in_line(training, registration_queries.get_seating(training)).id == second.id
    assert (second.state, third.state) == ("waitlisted", "waitlisted")  # Never by itself.


def test_last_seat_is_given_once_to_many_or_to_one(app: Flask, settings, now) -> None:
    """The control without the lock stands in test_operations_capacity."""
    training = factories.make_training(capacity=1)
    many = factories.make_registrations(training, 3, state="nominated")
    one = factories.make_registration(training=training)
    chosen, training_id, reference = versions(*many), training.id, one.reference
    db.session.commit()

    def confirm_many(application: Flask) -> None:
        with application.app_context(), transaction():
            registration_operations.confirm_chosen(db.session.get_one(Training, training_id), chosen, actor=BY, now=now)

    def confirm_one(application: Flask) -> None:
        with application.app_context(), transaction():
            registration_operations.confirm(registration_queries.get_registration(reference), actor=BY, now=now)

    in_threads(app, lambda application, work: work(application), [(confirm_many,), (confirm_one,)])
    db.session.rollback()
    states = Counter(entry.state for entry in registration_queries.list_registrations(training_id))
    assert states == {"confirmed": 1, "waitlisted": 3}
