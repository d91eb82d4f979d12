"""Issue and verify from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.certificates import operations as certificate_operations
from portal.platform import clock, jobs, storage
from portal.platform.db import db, transaction
from portal.platform.jobs import Job
from portal.trainings import queries as trainings
from tests import factories
from tests.certificates.arranged import (
    OPERATOR,
    attend,
    certificates_of,
    complete,
    make_ready,
    revoke_by_two,
)

CODE = "OSH-2026-07"
ISSUED = {
    "eligible",
    "issued",
    "already",
    "failed",
    "waiting",
    "not_eligible",
    "warnings",
    "seconds",
    "files",
    "zip",
    "print",
}


def run(app: Flask, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run a command with --json; return its exit code and the one object that it prints."""
    db.session.commit()
    result = app.test_cli_runner().invoke(args=[*arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def training(session):
    return factories.make_training(code=CODE, sessions=2)


@pytest.fixture
def absent(training):
    registration = factories.make_registration(training=training, state="confirmed")
    factories.make_attendance(registration, "absent")
    return registration


def test_issue_prints_what_it_made_and_repeated_issues_nothing(app: Flask, training, absent) -> None:
    reference = absent.reference
    attend(training, "Өмүрбекова", "Үсөн"), make_ready(training, "Асанова", "Чолпон")
    exit_code, answer = run(app, "issue-certificates", CODE)
    assert exit_code == 0 and set(answer) == ISSUED
    assert (answer["eligible"], answer["issued"], answer["already"]) == (2, 2, 0)
    assert [one["registration"] for one in answer["not_eligible"]] == [reference]
    assert "80 %" in answer["not_eligible"][0]["reason"]
    names = ["OSH-2026-07-TIP-2026-0001-Асанова.pdf", "OSH-2026-07-TIP-2026-0002-Өмүрбекова.pdf"]
    assert [Path(file).name for file in answer["files"]] == names
    assert Path(answer["zip"]).name == "OSH-2026-07-certificates.zip"
    assert Path(answer["print"]).name == "OSH-2026-07-certificates-print.pdf"
    paths = [*answer["files"], answer["zip"], answer["print"]]
    contents = {path: Path(path).read_bytes() for path in paths}
    assert all(Path(path).is_absolute() for path in paths)
    again_code, again = run(app, "issue-certificates", CODE)
    assert (again_code, again["issued"], again["already"]) == (0, 0, 2)
    assert [again["files"], again["zip"], again["print"]] == [answer["files"], answer["zip"], answer["print"]]
    assert {path: Path(path).read_bytes() for path in paths} == contents


@pytest.mark.slow
def test_exported_file_that_was_changed_is_written_anew(app: Flask, training) -> None:
    make_ready(training)
    _code, answer = run(app, "issue-certificates", CODE)
    (file,) = map(Path, answer["files"])
    content = file.read_bytes()
    file.write_bytes(b"changed")
    run(app, "issue-certificates", CODE)
    assert file.read_bytes() == content


def test_issue_for_nobody_makes_nothing(app: Flask, training, absent) -> None:
    exit_code, answer = run(app, "issue-certificates", CODE)
    assert exit_code == 0
    assert (answer["eligible"], answer["issued"], answer["files"], answer["zip"], answer["print"]) == (
        0,
        0,
        [],
        None,
        None,
    )


def test_issue_for_an_unknown_training_is_refused(app: Flask, session) -> None:
    assert run(app, "issue-certificates", "OSH-1999-01") == (1, {"error": "There is no training OSH-1999-01."})


@pytest.mark.slow
def test_issue_finishes_what_a_page_has_asked_for(app: Flask, training) -> None:
    """A run that waits for the worker confirms no names; the command goes on with its own."""
    make_ready(training, "Асанова", "Чолпон"), attend(training, "Бекова", "Айгүл")
    certificate_operations.request(training, actor=OPERATOR, now=clock.now())
    exit_code, answer = run(app, "issue-certificates", CODE)
    assert (exit_code, answer["eligible"], len(answer["files"])) == (0, 2, 2)


@pytest.mark.slow
def test_pages_that_fail_are_told_with_exit_1(app: Flask, training) -> None:
    make_ready(training, "Асанова", "Чолпон"), make_ready(training, "Бекова", "Айгүл")
    with transaction():
        certificate_operations.reserve(training, actor=OPERATOR, now=clock.now())
        first = certificates_of(training)[0]
        whole = first.facts
        first.facts = {name: value for name, value in whole.items() if name != "place"}
    exit_code, answer = run(app, "issue-certificates", CODE)
    assert (exit_code, answer["issued"], answer["waiting"]) == (1, 1, 1)
    with transaction():
        certificates_of(trainings.get_training(CODE))[0].facts = whole
    exit_code, answer = run(app, "issue-certificates", CODE)
    assert (exit_code, answer["issued"], answer["already"], answer["waiting"]) == (0, 1, 1, 0)


def test_clock_that_is_behind_is_refused_with_its_reason(app: Flask, training) -> None:
    make_ready(training)
    with transaction():
        certificate_operations.reserve(training, actor=OPERATOR, now=clock.now().replace(year=2999))
    make_ready(training)
    exit_code, answer = run(app, "issue-certificates", CODE)
    assert exit_code == 1 and set(answer) == {"error"}


def test_verify_by_code_and_by_file(app: Flask, training, tmp_path: Path) -> None:
    make_ready(training)
    (certificate,) = complete(training)
    file = tmp_path / "certificate.pdf"
    file.write_bytes(storage.open_bytes(certificate.document))
    known = {"status": "valid", "number": certificate.number, "issued_on": certificate.issued_on.isoformat()}
    printed = certificate.facts["code"].lower()
    assert run(app, "verify-certificate", "--code", printed) == (0, {**known, "file_unchanged": None})
    assert run(app, "verify-certificate", "--file", str(file)) == (0, {**known, "file_unchanged": True})
    file.write_bytes(b"something else")
    unknown = {"status": "unknown", "number": None, "issued_on": None}
    assert run(app, "verify-certificate", "--file", str(file)) == (0, {**unknown, "file_unchanged": False})
    assert run(app, "verify-certificate", "--code", "7K3M9QXT2W5B") == (0, {**unknown, "file_unchanged": None})


def test_verify_says_replaced_and_revoked(app: Flask, training) -> None:
    make_ready(training)
    (old,) = complete(training)
    new, _job = certificate_operations.reissue(old, reason="x", actor=OPERATOR, now=factories.NOW)
    certificate_operations.complete(new.id, b"%PDF new", actor=OPERATOR, now=factories.NOW)
    assert run(app, "verify-certificate", "--code", old.code)[1]["status"] == "replaced"
    revoke_by_two(new, factories.NOW, reason="x")
    assert run(app, "verify-certificate", "--code", new.code)[1]["status"] == "revoked"


@pytest.mark.parametrize("arguments", [(), ("--code", "7K3M9QXT2W5B", "--file", __file__), ("--file", "/no/such.pdf")])
def test_verify_used_wrongly_exits_2(app: Flask, session, arguments: tuple[str, ...]) -> None:
    result = app.test_cli_runner().invoke(args=["verify-certificate", *arguments, "--json"])
    assert result.exit_code == 2 and result.stdout == ""


@pytest.mark.slow
def test_nobody_waits_behind_a_finished_run(app: Flask, training) -> None:
    make_ready(training)
    run(app, "issue-certificates", CODE)
    assert jobs.find_latest(certificate_operations.JOB, CODE).state == "done"
    assert not db.session.query(Job).filter(Job.state.in_(("queued", "running"))).all()
