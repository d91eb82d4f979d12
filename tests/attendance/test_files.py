"""The command that records a file of marks: what it reads, refuses by row or as a whole, and prints."""

import json

import pytest

from portal.attendance import queries as attendance_queries
from portal.attendance.rules import Counts
from portal.platform.db import db
from tests import factories

HEADER = "registration,session,state,marked_at,mark_id"


@pytest.fixture
def training(app):
    training = factories.make_training(days=1, sessions=1)
    factories.make_registrations(training, 3)
    return training


@pytest.fixture
def session(training):
    return training.sessions[0]


@pytest.fixture
def people(session):
    return [row.registration for row in attendance_queries.roster(session).rows]


@pytest.fixture
def run(app, training, tmp_path):
    """Return a function that runs the command over a file's text or bytes and returns exit code and JSON."""

    def record(content, code=None):
        path = tmp_path / "marks.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        db.session.commit()
        arguments = ["record-attendance", code or training.code, str(path), "--json"]
        result = app.test_cli_runner().invoke(args=arguments)
        db.session.expire_all()
        return result.exit_code, json.loads(result.stdout)

    return record


def lines(session, people, state="present", at="2026-09-14T09:05:00+06:00", header=HEADER, more=""):
    rows = [f"{one.reference},{session.reference},{state},{at},m-{one.reference}{more}" for one in people]
    return "\r\n".join([header, *rows]) + "\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_file_is_recorded(run, session, people, encoding, delimiter):
    content = lines(session, people).replace(",", delimiter).encode(encoding)
    assert run(content) == (0, {"marks": 3, "applied": 3, "repeated": 0, "problems": [], "warnings": []})
    assert attendance_queries.roster(session).counts == Counts(present=3)


@pytest.mark.databases("sqlite", "postgresql")
def test_file_again_changes_nothing(run, session, people):
    content = lines(session, people)
    run(content)
    assert run(content) == (0, {"marks": 3, "applied": 0, "repeated": 3, "problems": [], "warnings": []})
    assert len(attendance_queries.list_marks(session, people[0])) == 1


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-09-14T09:05:00+06:00", 3),
        ("2026-09-14T03:05:00Z", 3),
        ("2026-09-14T09:05", 3),  # the venue's clock, Bishkek
        ("2026-09-14 09:05:00", 3),
    ],
)
def test_moment_without_a_zone_is_the_venues(run, session, people, written, hour):
    run(lines(session, people[:1], at=written))
    (mark,) = attendance_queries.list_marks(session, people[0])
    assert (mark.marked_at.hour, mark.marked_at.minute, mark.marked_at.utcoffset().total_seconds()) == (hour, 5, 0)


def test_reason_and_minutes_are_read(run, session, people):
    header = f"{HEADER},reason,minutes"
    rows = [
        f'{people[0].reference},{session.reference},excused,2026-09-14T09:05,a,"суд,  заседание",',
        f"{people[1].reference.lower()},{session.reference}, LATE ,2026-09-14T09:05,b,,150",
    ]
    assert run("\n".join([header, *rows]))[1]["applied"] == 2
    assert [attendance_queries.list_marks(session, one)[0].reason for one in people[:2]] == ["суд, заседание", ""]
    assert attendance_queries.list_marks(session, people[1])[0].minutes == 150


@pytest.mark.databases("sqlite", "postgresql")
def test_bad_rows_are_named_as_a_spreadsheet_counts_and_the_good_ones_stay(run, session, people):
    reference, block = people[0].reference, session.reference
    rows = [
        f"{reference},{block},present,2026-09-14T09:05,good,",
        "",
        f"{reference},{block},present,14.09.2026,a,",
        f"ZZZZZZZZZZ,{block},present,2026-09-14T09:05,b,",
        f"{reference},elsewhere,present,2026-09-14T09:05,c,",
        f"{reference},{block},late,2026-09-14T09:05,d,half",
        f"{reference},{block},late,2026-09-14T09:05,e,181",
        f"{reference},{block},present,0001-01-01T00:00:00,f,",
        f"{reference},{block},present",
        f"{reference},{block},absent,2026-09-14T09:05,good,",
    ]
    exit_code, answer = run("\n".join([f"{HEADER},minutes", *rows]))
    assert exit_code == 0
    assert (answer["marks"], answer["applied"], answer["repeated"]) == (9, 1, 1)
    assert [(one["row"], one["column"], one["value"], one["code"]) for one in answer["problems"]] == [
        (4, "marked_at", "14.09.2026", "bad_moment"),
        (5, "registration", "ZZZZZZZZZZ", "unknown_registration"),
        (6, "session", "elsewhere", "unknown_session"),
        (7, "minutes", "half", "bad_minutes"),
        (8, "minutes", "181", "bad_minutes"),
        (9, "marked_at", "0001-01-01T00:00:00", "bad_moment"),
        (10, "marked_at", "", "bad_moment"),
        (11, "mark_id", "good", "mark_id_taken"),
    ]
    assert "minutes" in answer["problems"][3]["problem"]
    assert attendance_queries.roster(session).counts == Counts(present=1, not_marked=2)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "registration, session, state, marked_at, mark_id"),
        (b"registration,session,state,marked_at\n", "mark_id"),
        (f"{HEADER},state\n".encode(), "once"),
        (f"{HEADER}\n".encode() + "Ң".encode("utf-16"), "UTF-8"),
        (f'{HEADER}\n"broken'.encode(), "CSV"),
        (b"%PDF-1.7\n" + bytes(range(128)), "mark_id"),
    ],
)
def test_file_that_cannot_be_read_is_refused_as_a_whole(run, session, content, reason):
    exit_code, answer = run(content)
    assert exit_code == 1
    assert reason in answer["error"]
    assert attendance_queries.roster(session).counts == Counts(not_marked=3)


def test_closed_training_exits_with_its_reason_but_knows_the_old_marks(run, training, session, people):
    run(lines(session, people[:1]))
    training.state = "finalized"
    exit_code, answer = run(lines(session, people))
    assert exit_code == 1
    assert answer["error"] == "The training is finalized: its marks no longer change."
    assert (answer["applied"], answer["repeated"], len(answer["problems"])) == (0, 1, 2)


def test_unknown_training_is_refused(run, session, people):
    exit_code, answer = run(lines(session, people), code="OSH-1999-01")
    assert exit_code == 1
    assert answer == {"error": "There is no training OSH-1999-01."}
