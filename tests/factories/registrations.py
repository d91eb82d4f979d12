"""Registrations, nomination lists and personal links."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from portal.calls.models import JoinLink
from portal.list_reader.nominee import Nominee
from portal.nominations.models import NominationList, NominationRow
from portal.people.models import Person
from portal.platform import links, tokens
from portal.platform.db import db
from portal.registration.models import BulkAct, JoinRequest, ParticipantKey, Registration, RegistrationDecision
from portal.trainings.models import (
    Training,
)
from tests.factories.base import NOW, add, letters_of
from tests.factories.people import make_person
from tests.factories.trainings import make_training


def make_registration(
    *, training: Training | None = None, person: Person | None = None, state: str = "nominated", **values: Any
) -> Registration:
    """Make a registration with its first decision, and the second that led to `state`."""
    training = training or make_training()
    person = person or make_person()
    order = db.session.scalar(select(func.count()).where(Registration.training_id == training.id)) or 0
    registration = add(
        Registration(
            training=training,
            person=person,
            state=state,
            **{
                "reference": tokens.random_code(10),
                "order": order + 1,
                "source": "list",
                "institution_id": person.institution_id,
                "region_code": person.region_code,
                "post": person.post,
                "rank": person.rank,
                "created_at": NOW,
                **values,
            },
        )
    )
    for sequence, decided in enumerate(dict.fromkeys(("nominated", state)), start=1):
        db.session.add(
            RegistrationDecision(
                registration_id=registration.id,
                sequence=sequence,
                state=decided,
                decided_at=NOW,
                decided_by="operator",
            )
        )
    db.session.flush()
    return registration


def make_registrations(training: Training, number: int, **values: Any) -> list[Registration]:
    """Make many registrations, confirmed unless said otherwise."""
    return [make_registration(training=training, **{"state": "confirmed", **values}) for _ in range(number)]


def make_nomination_list(
    training: Training | None = None, rows: int = 0, *, family: str = "Асанов", **values: Any
) -> NominationList:
    """Make a staged list with `rows` new rows below a header."""
    header = ["ФИО", "Телефон"]
    defaults: dict[str, Any] = {
        "reference": tokens.random_token(),
        "filename": "list.xlsx",
        "sha256": "0" * 64,
        "sheet": "Лист1",
        "header_row": 1,
        "mapping": {"full_name": 0, "phone": 1},
        "created_at": NOW,
        "created_by": "operator",
    }
    nomination_list = add(NominationList(training=training or make_training(), **{**defaults, **values}))
    db.session.add(NominationRow(list_id=nomination_list.id, number=1, cells=header, kind="header"))
    for number in range(2, rows + 2):
        nominee = Nominee(f"{family}-{letters_of(number)}", "Азамат", institution="MOI")
        row = {"cells": [nominee.full_name, ""], "values": vars(nominee), "kind": "new"}
        db.session.add(NominationRow(list_id=nomination_list.id, number=number, **row))
    db.session.flush()
    return nomination_list


def make_participant_link(registration: Registration, **values: Any) -> str:
    """Make a personal link and return its secret."""
    secret = tokens.random_token()
    add(
        ParticipantKey(
            registration_id=registration.id,
            kind="link",
            secret_hash=tokens.hash_token(secret),
            **{"created_at": NOW, "expires_at": NOW + timedelta(days=3650), **values},
        )
    )
    return secret


def make_join_link(training: Training, **values: Any) -> str:
    """Make the public link of a training and return its secret."""
    seed = tokens.random_token()
    secret = links.secret_of(seed)
    add(
        JoinLink(
            training_id=training.id,
            seed=seed,
            secret_hash=tokens.hash_token(secret),
            **{"created_at": NOW, **values},
        )
    )
    return secret


def make_join_request(registration: Registration, **values: Any) -> JoinRequest:
    """Make what came by the public form for a registration: its person with another phone."""
    person = registration.person
    nominee = Nominee(person.family, person.given, person.patronymic, institution="MOI", phone="+996555111222")
    written = {**vars(nominee), "latin_family": "", "latin_given": "", "language": "ky", **values}
    return add(JoinRequest(registration_id=registration.id, values=written, created_at=NOW))


def make_bulk_act(registration: Registration) -> BulkAct:
    """Make an act on one registration that was declined with others."""
    values = {"act": "declined", "done": [registration.reference], "refused": [], "made_at": NOW, "made_by": "operator"}
    return add(BulkAct(reference=tokens.random_token(), training_id=registration.training_id, **values))
