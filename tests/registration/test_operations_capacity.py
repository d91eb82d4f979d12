"""R5: the last seats under many hands at once; with a control whose count is made without the lock."""

from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.config import Settings
from portal.platform.db import db, transaction
from portal.registration import operations as registration_operations
from portal.registration import queries as registration_queries
from portal.registration.models import Registration, RegistrationDecision
from portal.registration.rules import RegistrationState
from portal.trainings.models import Training
from tests import applications, factories
from tests.browser import Browser
from tests.parallel import DEADLINE, in_threads

pytestmark = pytest.mark.databases("sqlite", "postgresql")

REQUESTS, FREE = 50, 5


@pytest.fixture
def crowded(settings: Settings) -> Flask:
    """Return an application whose requests come without a token, so that many browsers need no page first."""
    app = applications.make(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def make_crowd(app: Flask, people: int) -> tuple[int, list[str], Account]:
    """Make a training with 10 people confirmed, FREE seats left, and `people` who want one of them."""
    with app.app_context():
        training = factories.make_training(capacity=10 + FREE)
        factories.make_registrations(training, 10)
        wanting = factories.make_registrations(training, people, state="nominated")
        coordinator = factories.make_coordinator("Аида", side="south")
        db.session.commit()
        coordinator.id  # noqa: B018 - loaded before the session closes
        db.session.expunge(coordinator)
        return training.id, [registration.reference for registration in wanting], coordinator


def states_in(app: Flask, training_id: int) -> dict[str, int]:
    with app.app_context():
        return registration_queries.count_by_state(training_id)


def test_fifty_requests_for_the_last_five_seats(crowded: Flask) -> None:
    training_id, references, coordinator = make_crowd(crowded, REQUESTS)
    with crowded.app_context():
        code = db.session.get_one(Training, training_id).code
    browsers = [Browser(crowded).sign_in(coordinator) for _ in references]

    def ask(_app: Flask, browser: Browser, reference: str) -> int:
        return browser.send("POST", f"/trainings/{code}/registrations/{reference}/confirm").status

    asking = list(zip(browsers, references, strict=True))
    while asking:  # Where many wait, the last are told at once to come again: some get through each time.
        answers = in_threads(crowded, ask, asking)
        assert {303} <= set(answers) <= {303, 503}
        asking = [who for who, answer in zip(asking, answers, strict=True) if answer == 503]
    assert states_in(crowded, training_id) == {"confirmed": 10 + FREE, "waitlisted": REQUESTS - FREE}
    with crowded.app_context():
        decisions = db.session.scalar(select(func.count()).select_from(RegistrationDecision))
        assert decisions == 10 * 2 + REQUESTS * 2


def test_two_people_confirm_everyone_at_once(crowded: Flask, now) -> None:
    training_id, _references, _coordinator = make_crowd(crowded, 20)

    def confirm_all(app: Flask) -> tuple[int, int]:
        with app.app_context(), transaction():
            training = db.session.get_one(Training, training_id)
            placements = registration_operations.confirm_all(training, actor=Operator(), now=now)
            return len(placements.confirmed), len(placements.waitlisted)

    answers = in_threads(crowded, confirm_all, [(), ()])
    assert sorted(answers) == [(0, 0), (FREE, 20 - FREE)]
    assert states_in(crowded, training_id) == {"confirmed": 10 + FREE, "waitlisted": 20 - FREE}


def test_counting_without_the_lock_exceeds_the_capacity(crowded: Flask, now) -> None:
    """The control: everyone counts, then everyone writes. What `confirm` prevents happens here."""
    people = 2 * FREE
    training_id, references, _coordinator = make_crowd(crowded, people)
    all_have_counted = Barrier(people)

    def confirm_without_lock(app: Flask, reference: str) -> None:
        with app.app_context():
            with transaction():
                seating = registration_queries.get_seating(db.session.get_one(Training, training_id))
                registration = registration_queries.get_registration(reference)
                is_free = seating.capacity.shortage(seating.seat_of(registration)) is None
            all_have_counted.wait(DEADLINE)
            with transaction():
                registration = db.session.get_one(Registration, registration.id)
                registration.state = RegistrationState.CONFIRMED.value if is_free else "waitlisted"

    in_threads(crowded, confirm_without_lock, [(reference,) for reference in references])
    assert states_in(crowded, training_id)["confirmed"] == 10 + people > 10 + FREE
