"""Moving a training from draft to held and back, and what stands against it."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.audit.models import AuditDetail, AuditEntry
from portal.closing import operations as closing_operations
from portal.trainings.rules import TrainingState
from tests import factories
from tests.refusals import raises_refusal


def test_each_move_says_who_and_when(app: Flask, session: scoped_session, now: datetime, aida: Account) -> None:
    training = factories.make_training(state="draft")
    for state in (TrainingState.PENDING_APPROVAL, TrainingState.APPROVED, TrainingState.HELD):
        closing_operations.move(training, state, actor=aida, now=now)
    assert training.state == "held"
    entries = session.scalars(select(AuditEntry).where(AuditEntry.event == "trainings.state_moved")).all()
    assert [(entry.actor, entry.at) for entry in entries] == [(aida.label, now)] * 3
    details = [session.get_one(AuditDetail, entry.id) for entry in sorted(entries, key=lambda entry: entry.id)]
    assert [(one.before["state"], one.after["state"]) for one in details] == [
        ("draft", "pending_approval"),
        ("pending_approval", "approved"),
        ("approved", "held"),
    ]


@pytest.mark.parametrize(
    ("state", "to"),
    [("draft", "approved"), ("draft", "held"), ("finalized", "held"), ("cancelled_by_host", "draft"), ("held", "held")],
)
def test_state_that_does_not_lead_there_is_refused(app: Flask, now: datetime, state: str, to: str) -> None:
    training = factories.make_training(state=state)
    with raises_refusal("state_moved"):
        closing_operations.move(training, TrainingState(to), actor=Operator(), now=now)
    assert training.state == state


def test_training_is_not_held_before_its_last_day(app: Flask, now: datetime) -> None:
    training = factories.make_training()
    with raises_refusal("not_over"):
        closing_operations.move(training, TrainingState.HELD, today=now.date(), actor=Operator(), now=now)
    closing_operations.move(
        training, TrainingState.HELD, today=now.date() + timedelta(days=1), actor=Operator(), now=now
    )


def test_approval_stays_once_people_are_nominated(app: Flask, now: datetime) -> None:
    training, empty = factories.make_training(), factories.make_training()
    factories.make_registration(training=training)
    with raises_refusal("people_nominated"):
        closing_operations.move(training, TrainingState.PENDING_APPROVAL, actor=Operator(), now=now)
    closing_operations.move(empty, TrainingState.PENDING_APPROVAL, actor=Operator(), now=now)
    assert (training.state, empty.state) == ("approved", "pending_approval")
