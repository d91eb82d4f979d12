"""Nothing in the database says whose answers are whose, and two forms sent at once are one."""

import os
import signal
import threading

import pytest
from sqlalchemy import Column, DateTime, Integer, MetaData, Table, insert, inspect, select, text

from portal.audit.models import AuditEntry
from portal.evaluation.models.evaluations import (
    EvaluationAnswer,
    EvaluationBallot,
    EvaluationTurnout,
)
from portal.evaluation.operations import evaluations as operations
from portal.evaluation.operations.evaluations import (
    AlreadyAnswered,
)
from portal.evaluation.queries import evaluations as queries
from portal.evaluation.rules.evaluations import Answer
from portal.platform import tokens
from portal.platform.db import UTCDateTime, db, transaction
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import factories, parallel
from tests.evaluation.answered import CANARY, LATER, answer, answers_of, close, count, forms


@pytest.fixture
def training(app) -> Training:
    return factories.make_training(sessions=2)


@pytest.fixture
def people(training: Training) -> list[Registration]:
    made = factories.make_registrations(training, 8)
    db.session.commit()
    return made


def betrayals(turnout: Table, answers: Table) -> list[str]:
    """Return what in two tables could lead from somebody who has answered to the answers."""
    shared = set(turnout.columns.keys()) & set(answers.columns.keys()) - {"training_id"}
    found = [f"both have {name}" for name in sorted(shared)]
    found += [f"both lead to {name}" for name in sorted(_leads_to(turnout) & _leads_to(answers) - {"training"})]
    for table in (turnout, answers):
        for column in table.columns:
            if isinstance(column.type, (UTCDateTime, DateTime)):
                found.append(f"{table.name} says when: {column.name}")
            if column.primary_key and isinstance(column.type, Integer) and not column.foreign_keys:
                found.append(f"{table.name} is numbered: {column.name}")
    return found


def _leads_to(table: Table) -> set[str]:
    return {key.column.table.name for column in table.columns for key in column.foreign_keys}


def test_the_two_tables_share_nothing_but_the_training():
    turnout, answers = EvaluationTurnout.__table__, EvaluationAnswer.__table__
    assert betrayals(turnout, answers) == []
    assert betrayals(EvaluationBallot.__table__, answers) == []
    assert "registration_id" not in EvaluationBallot.__table__.columns


def test_usual_table_would_be_noticed():
    """The control."""
    usual = Table(
        "usual",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("registration_id", Integer),
        Column("answered_at", UTCDateTime),
    )
    assert betrayals(EvaluationTurnout.__table__, usual) == [
        "both have registration_id",
        "usual is numbered: id",
        "usual says when: answered_at",
    ]


@pytest.fixture
def many(training) -> list[Registration]:
    return factories.make_registrations(training, 40)


def stored(name: str = "evaluation_answer") -> list[str]:
    """Return the words of the answers in the order in which the database's files hold them."""
    order = "ORDER BY ctid" if db.engine.dialect.name == "postgresql" else ""
    return list(db.session.scalars(text(f"SELECT words FROM {name} WHERE words IS NOT NULL {order}")))


def agreement(seen: list[str]) -> float:
    """Return which share of neighbours stands in the order of arrival: 1 tells all, one half tells nothing."""
    places = [int(words) for words in seen]
    return sum(one < other for one, other in zip(places, places[1:], strict=False)) / (len(places) - 1)


def test_storage_does_not_tell_the_order_of_answering(training, many, run_jobs):
    open_question = next(one for one in queries.get_form(training).questions if one.is_open)
    for number, person in enumerate(many):
        found, ballot = [Answer(open_question.id, words=str(number))], tokens.random_token()
        with transaction():
            operations.note_answered(person, found, ballot=ballot, now=LATER)
        with transaction():
            operations.hand_in(training, found, ballot=ballot, now=LATER)
    before = stored()
    close(training)
    after = stored()
    assert sorted(before) == sorted(after) == sorted(str(number) for number in range(40))
    assert 0.2 < agreement(after) < 0.8
    if db.engine.dialect.name == "postgresql":
        assert agreement(before) > 0.9  # So the rewriting is needed there,
        assert db.session.scalar(text("SELECT count(DISTINCT xmin::text) FROM evaluation_answer")) == 1
        first_file = db.session.scalar(_FILE)
        assert run_jobs() == 1  # and what it has left behind is taken away.
        assert db.session.scalar(_FILE) != first_file
        assert stored() == after
    else:
        assert 0.2 < agreement(before) < 0.8
        assert run_jobs() == 1


_FILE = text("SELECT pg_relation_filepath('evaluation_answer')")


def test_usual_table_would_tell_the_order(app):
    """The control: numbered rows lie as they came."""
    db.session.execute(text("CREATE TABLE naive (id INTEGER PRIMARY KEY, words TEXT)"))
    for number in range(40):
        db.session.execute(text("INSERT INTO naive VALUES (:id, :words)"), {"id": number + 1, "words": str(number)})
    assert agreement(stored("naive")) == 1
    db.session.execute(text("DROP TABLE naive"))


def test_words_of_an_answer_stand_nowhere_else(training, people, run_jobs):
    for person in people[:6]:
        answer(person, words=CANARY)
    close(training)
    run_jobs()
    assert _tables_with(CANARY) == {"evaluation_answer"}


def _tables_with(words: str) -> set[str]:
    db.session.rollback()
    return {
        name
        for name in inspect(db.engine).get_table_names()
        if any(words in repr(tuple(row)) for row in db.session.execute(text(f'SELECT * FROM "{name}"')))
    }


def test_answering_leaves_no_entry_in_the_log_and_no_key(training, people):
    before = count(AuditEntry)
    answer(people[0])
    assert count(AuditEntry) == before


def test_statement_that_fails_does_not_tell_its_values(training, people):
    answer(people[0], words=CANARY)
    key = db.session.scalar(select(EvaluationAnswer.key))
    twice = insert(EvaluationAnswer.__table__).values(key=key, training_id=training.id, question_id=1, words=CANARY)
    with pytest.raises(Exception, match="key") as failed:
        db.session.execute(twice)
    assert CANARY not in str(failed.value)
    db.session.rollback()


def _answer_in_thread(app, registration_id: int, rating: int) -> str:
    with app.app_context():
        try:
            answer(db.session.get_one(Registration, registration_id), rating)
        except AlreadyAnswered:
            return "refused"
        finally:
            db.session.remove()
        return "taken"


def test_two_forms_of_one_person_at_once_count_once(app, training, people):
    one = people[0].id
    db.session.commit()
    outcomes = parallel.in_threads(app, _answer_in_thread, [(one, 1), (one, 5), (one, 3)])
    assert sorted(outcomes) == ["refused", "refused", "taken"]
    assert (forms(training), count(EvaluationTurnout), count(EvaluationBallot)) == (1, 1, 0)
    assert count(EvaluationAnswer) == len(answers_of(training))


@pytest.mark.databases("postgresql")
def test_without_the_lock_and_the_key_both_would_count(app, training, people):
    """The control: whoever looks first and writes later writes twice."""
    one = people[0].id
    db.session.commit()
    looked = threading.Barrier(2)

    def naive(app, registration_id: int) -> None:
        with app.app_context(), transaction():
            registration = db.session.get_one(Registration, registration_id)
            is_new = not queries.has_answered(registration)
            looked.wait(parallel.DEADLINE)
            if is_new:
                db.session.add(
                    EvaluationAnswer(
                        key=tokens.random_token(),
                        training_id=registration.training_id,
                        question_id=queries.get_form(registration.training).questions[0].id,
                        rating=5,
                    )
                )

    parallel.in_threads(app, naive, [(one,), (one,)])
    assert count(EvaluationAnswer) == 2


def _note_and_die(app, registration_id: int, ballot: str) -> None:
    with app.app_context():
        registration = db.session.get_one(Registration, registration_id)
        with transaction():
            found = answers_of(registration.training)
            operations.note_answered(registration, found, ballot=ballot, now=LATER)
        os.kill(os.getpid(), signal.SIGKILL)


def test_killed_between_the_two_it_counts_once_when_sent_again(app, settings, training, people):
    one = people[0].id
    db.session.commit()
    parallel.dies(settings, _note_and_die, one, "ballot")
    assert (forms(training), count(EvaluationTurnout), count(EvaluationBallot)) == (0, 1, 1)
    assert answer(db.session.get_one(Registration, one), ballot="ballot")
    assert (forms(training), count(EvaluationTurnout), count(EvaluationBallot)) == (1, 1, 0)
