"""confirm-registrations and list-registrations, as scripts call them."""

import json

import pytest
from flask import Flask

from portal.platform.db import db
from portal.registration.models import Registration
from tests import factories


def run(app: Flask, *words: str, exit_code: int = 0) -> dict:
    db.session.commit()
    result = app.test_cli_runner().invoke(args=[*words, "--json"])
    assert result.exit_code == exit_code, result.output
    db.session.rollback()
    return json.loads(result.output)


def test_confirm_registrations_counts_what_it_decided(app: Flask) -> None:
    training = factories.make_training("OSH-2026-01", capacity=2)
    nominated = factories.make_registrations(training, 3, state="nominated")
    assert run(app, "confirm-registrations", "OSH-2026-01") == {"confirmed": 2, "waitlisted": 1, "refused": []}
    assert run(app, "confirm-registrations", "osh-2026-01") == {"confirmed": 0, "waitlisted": 0, "refused": []}
    states = [db.session.get_one(Registration, one.id).state for one in nominated]
    assert states == ["confirmed", "confirmed", "waitlisted"]


def test_confirm_registrations_names_who_is_refused(app: Flask) -> None:
    training = factories.make_training(is_vetting_required=True)
    (registration,) = factories.make_registrations(training, 1, state="nominated")
    answer = run(app, "confirm-registrations", training.code)
    assert answer["confirmed"] == answer["waitlisted"] == 0
    assert answer["refused"][0]["registration"] == registration.reference
    assert "vetting" in answer["refused"][0]["reason"]


@pytest.mark.parametrize("command", ["confirm-registrations", "list-registrations"])
def test_unknown_training_is_refused(app: Flask, command: str) -> None:
    assert run(app, command, "OSH-2099-99", exit_code=1) == {"error": "There is no training OSH-2099-99."}


def test_closed_training_is_refused(app: Flask) -> None:
    training = factories.make_training(state="finalized")
    assert "finalized" in run(app, "confirm-registrations", training.code, exit_code=1)["error"]


def test_list_registrations_gives_what_record_attendance_takes(app: Flask) -> None:
    training = factories.make_training(minimum_attendance=50)
    person = factories.make_person("Өмүров", "Усон", institution=factories.get_institution("GPO"), region_code="KG-B")
    there = factories.make_registration(training=training, person=person, state="confirmed")
    absent = factories.make_registration(training=training, state="confirmed")
    nominated = factories.make_registration(training=training)
    for session in training.sessions[:3]:
        factories.make_mark(there, session, "present")
    factories.make_mark(there, training.sessions[3], "absent")
    for session in training.sessions:
        factories.make_mark(absent, session, "absent")
    answer = run(app, "list-registrations", training.code)
    assert answer["registrations"][0] == {
        "registration": there.reference,
        "name": "Өмүров Усон",
        "institution": "GPO",
        "region": "KG-B",
        "state": "confirmed",
        "attended_share": 0.75,
        "eligible": True,
        "reason": None,
    }
    assert [row["registration"] for row in answer["registrations"]] == [
        there.reference,
        absent.reference,
        nominated.reference,
    ]
    assert [row["eligible"] for row in answer["registrations"]] == [True, False, False]
    assert all(row["reason"] for row in answer["registrations"][1:])
    assert answer["sessions"][0] == {
        "session": training.sessions[0].reference,
        "title": "Session",
        "starts_at": "2026-09-14T09:00:00+06:00",
    }
    assert len(answer["sessions"]) == 4
