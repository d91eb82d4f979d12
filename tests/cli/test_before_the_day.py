"""Commands go before the day of a training, count what is marked as at its end, and say what a page would refuse."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.certificates import candidates
from portal.closing.queries import list_reconciled
from portal.platform import clock
from portal.platform.db import db
from portal.reports import queries as report_queries
from portal.trainings import queries as trainings
from portal.trainings.models import Training
from tests import factories

CODE = "OSH-2027-01"


def run(app: Flask, *arguments: str) -> dict[str, Any]:
    """Run a command with --json and return the one object that it prints."""
    db.session.commit()
    result = app.test_cli_runner().invoke(args=[*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def training(session) -> Training:
    """Return a training of next month with two people, of whom the second is not there on the second half day."""
    made = factories.make_training(code=CODE, starts_on=clock.today() + timedelta(days=30), days=1)
    factories.make_registrations(made, 2)
    return made


def marks_file(training: Training, answer: dict[str, Any], folder: Path) -> str:
    """Write everybody present, but the last person absent in the last session."""
    people = [one["registration"] for one in answer["registrations"]]
    sessions = [one["session"] for one in answer["sessions"]]
    with (folder / "marks.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["registration", "session", "state", "marked_at", "mark_id", "reason"])
        for person in people:
            for session in sessions:
                is_missed = (person, session) == (people[-1], sessions[-1])
                state, reason = ("absent", "no-show") if is_missed else ("present", "")
                rows.writerow([person, session, state, "2026-11-01T09:00", f"{person}-{session}"[:64], reason])
    return str(folder / "marks.csv")


def test_commands_go_ahead_and_name_what_a_page_would_refuse(app: Flask, training: Training, tmp_path: Path) -> None:
    listed = run(app, "list-registrations", CODE)
    assert listed["warnings"] == ["counted_before_last_session"]
    file = marks_file(training, listed, tmp_path)
    recorded = run(app, "record-attendance", CODE, file)
    assert (recorded["applied"], recorded["warnings"]) == (4, ["marked_before_session"])
    listed = run(app, "list-registrations", CODE)
    # Both sorted: who comes first by name depends on how many people other tests have made.
    shares = sorted((one["attended_share"], one["eligible"]) for one in listed["registrations"])
    assert shares == [(0.5, False), (1.0, True)]
    on_page = {one.eligibility.reason for one in candidates.list_candidates(_again(), as_of=clock.now())}
    assert on_page == {"still_running"}, "A page counts no minute yet, and says of nobody that they failed."
    issued = run(app, "issue-certificates", CODE)
    assert (issued["issued"], len(issued["not_eligible"]), issued["warnings"]) == (1, 1, ["issued_before_last_session"])
    closed = run(app, "finalize-training", CODE)
    assert closed == {"state": "finalized", "mismatches": [], "warnings": ["locked_before_last_session"]}
    counted = report_queries.get_counts(_again(), as_of=clock.now())
    assert (len(counted.seats), counted.minutes, counted.attended) == (1, 360, 2), "A finalized training counts whole."
    reasons = {one.eligibility.reason for one in list_reconciled(_again(), as_of=clock.now())}
    assert reasons == {None, "below_minimum"}
    assert report_queries.list_finalized(_again().ends_on) == [counted]


def test_nothing_is_said_of_what_a_page_would_have_done_too(app: Flask, training: Training, tmp_path: Path) -> None:
    for session in training.sessions:
        session.starts_at -= timedelta(days=60)
        session.ends_at -= timedelta(days=60)
        session.local_date -= timedelta(days=60)
    training.starts_on -= timedelta(days=60)
    training.ends_on -= timedelta(days=60)
    listed = run(app, "list-registrations", CODE)
    recorded = run(app, "record-attendance", CODE, marks_file(training, listed, tmp_path))
    issued, closed = run(app, "issue-certificates", CODE), run(app, "finalize-training", CODE)
    assert [one["warnings"] for one in (listed, recorded, issued, closed)] == [[], [], [], []]


def _again() -> Training:
    """Return the training as it stands in the database."""
    db.session.expire_all()
    found = trainings.get_training(CODE)
    assert found is not None
    return found
