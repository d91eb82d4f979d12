"""Nothing in the database, its copies and its log says whose answers are whose, and two forms sent at once are one."""

import os
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, DateTime, Integer, MetaData, Table, func, insert, inspect, select, text

from portal.audit.models import AuditEntry
from portal.evaluation import operations as evaluation_operations
from portal.evaluation import queries as evaluation_queries
from portal.evaluation.models import EvaluationAnswer, EvaluationBallot, EvaluationTurnout
from portal.evaluation.operations import AlreadyAnswered
from portal.evaluation.rules import Answer
from portal.platform import tokens
from portal.platform.columns import UTCDateTime
from portal.platform.db import db, forget_old_rows, transaction
from portal.registration.models import Registration
from portal.trainings.models import Training
from tests import factories, parallel
from tests.evaluation import wal
from tests.evaluation.answered import CANARY, LATER, answer, answers_of, close, count, forms, type_in


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
    assert betrayals(turnout, EvaluationBallot.__table__) == []


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
    open_question = next(one for one in evaluation_queries.get_form(training).questions if one.is_open)
    for number, person in enumerate(many):
        with transaction():
            evaluation_operations.answer(person, [Answer(open_question.id, words=str(number))], now=LATER)
    assert stored() == []
    close(training)
    after = stored()
    assert sorted(after) == sorted(str(number) for number in range(40))
    assert 0.2 < agreement(after) < 0.8
    if db.engine.dialect.name == "postgresql":
        assert db.session.scalar(text("SELECT count(DISTINCT xmin::text) FROM evaluation_answer")) == 1
        first_file = db.session.scalar(_FILE)
        assert run_jobs() == 1  # What the ballots have left behind is taken away.
        assert db.session.scalar(_FILE) != first_file
        assert stored() == after
    else:
        assert run_jobs() == 1


_FILE = text("SELECT pg_relation_filepath('evaluation_ballot')")


def test_usual_table_would_tell_the_order(app):
    """The control: numbered rows lie as they came."""
    db.session.execute(text("CREATE TABLE naive (id INTEGER PRIMARY KEY, words TEXT)"))
    for number in range(40):
        db.session.execute(text("INSERT INTO naive VALUES (:id, :words)"), {"id": number + 1, "words": str(number)})
    assert agreement(stored("naive")) == 1
    db.session.execute(text("DROP TABLE naive"))


# The attack: copies of the database, taken again and again while people answer, or its log.

Linked = dict[int, Counter[Any]]


def naively(registration: Registration, found: Sequence[Answer]) -> None:
    """The control: note the person, then write the answers under random keys, each in a transaction of its own."""
    training_id = registration.training_id
    with transaction():
        db.session.add(EvaluationTurnout(training_id=training_id, registration_id=registration.id))
    with transaction():
        for one in found:
            values = {"question_id": one.question_id, "rating": one.rating, "words": one.words}
            db.session.add(EvaluationAnswer(key=tokens.random_token(), training_id=training_id, **values))


def sealed(registration: Registration, found: Sequence[Answer]) -> None:
    with transaction():
        evaluation_operations.answer(registration, found, now=LATER)


def link(states: Iterable[tuple[set[int], Counter[Any]]]) -> Linked:
    """Return whose answers are known: those that came when one person alone had been noted since the last ones."""
    linked: Linked = {}
    people: set[int] = set()
    known: Counter[Any] = Counter()
    waiting: set[int] = set()
    for noted, answers in states:
        waiting |= noted - people
        people = noted
        if new := answers - known:
            if len(waiting) == 1:
                linked[waiting.pop()] = new
            waiting.clear()
        known = answers
    return linked


_NOTED = "SELECT registration_id FROM evaluation_turnout"
# What a thief can read: a ballot is no more than its sealed text.
_READ = "SELECT question_id, rating, words FROM evaluation_answer"


def truth(people: Sequence[Registration], forms_: Sequence[Sequence[Answer]]) -> Linked:
    pairs = zip(people, forms_, strict=True)
    return {one.id: Counter((a.question_id, a.rating, a.words) for a in found) for one, found in pairs}


def different_forms(training: Training, number: int) -> list[list[Answer]]:
    return [answers_of(training, 1 + place % 5, words=f"{CANARY} {place}") for place in range(number)]


@pytest.mark.parametrize(("act", "are_linked"), [(sealed, False), (naively, True)])
def test_copies_taken_between_two_people_link_nobody(training, people, act: Callable[..., None], are_linked) -> None:
    found, states = different_forms(training, len(people)), []
    expected = truth(people, found)
    for person, form in zip(people, found, strict=True):
        act(person, form)
        states.append((set(db.session.scalars(text(_NOTED))), Counter(map(tuple, db.session.execute(text(_READ))))))
        db.session.rollback()
    if act is sealed:
        close(training)
        states.append((states[-1][0], Counter(map(tuple, db.session.execute(text(_READ))))))
        assert states[-1][1] == sum(expected.values(), Counter())  # Everything is there, and of nobody.
    assert link(states) == (expected if are_linked else {})


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(("act", "are_linked"), [(sealed, False), (naively, True)])
def test_log_of_sqlite_links_nobody(training, people, tmp_path, act: Callable[..., None], are_linked) -> None:
    here = Path(db.engine.url.database)
    found = different_forms(training, len(people))
    expected = truth(people, found)
    db.session.commit()
    forget_old_rows()  # The log begins here.
    shutil.copy(here, tmp_path / "stolen.db")
    for person, form in zip(people, found, strict=True):
        act(person, form)
    if act is sealed:
        close(training)
    shutil.copy(f"{here}-wal", tmp_path / "stolen.db-wal")
    states = [
        ({row[0] for row in state.execute(_NOTED)}, Counter(state.execute(_READ).fetchall()))
        for state in wal.replay(tmp_path / "stolen.db", tmp_path / "stolen.db-wal", tmp_path)
    ]
    assert len(states) > len(people) and len(states[-1][0]) == len(people)
    assert link(states) == (expected if are_linked else {})


def test_waiting_answer_stands_in_no_file_in_clear(training, people, settings, run_jobs) -> None:
    answer(people[0], words=CANARY)
    db.session.commit()
    if db.engine.dialect.name == "sqlite":
        assert not _files_with(settings.data, CANARY)
    assert _tables_with(CANARY) == set()
    close(training)
    assert _tables_with(CANARY) == {"evaluation_answer"}
    if db.engine.dialect.name == "sqlite":
        assert _files_with(settings.data, CANARY)  # The control: so it would have been found.


def _files_with(folder: Path, words: str) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if words.encode() in path.read_bytes()]


def test_length_of_a_ballot_says_nothing(training, people) -> None:
    for person, words in zip(people, ("", "x", "Ө" * 2000, "𓃠" * 2000), strict=False):
        answer(person, words=words)
    assert len(set(db.session.scalars(select(func.length(EvaluationBallot.sealed))))) == 1


def test_who_typed_in_paper_forms_cannot_subtract_them(training, people) -> None:
    """One has answered by link, four forms are invented: what remains of five would be the one."""
    answer(people[0], 1, words=CANARY)
    for _number in range(4):
        type_in(training, 5)
    close(training)
    assert evaluation_queries.list_results(training, with_comments=True) == []
    query = select(EvaluationAnswer.question_id, EvaluationAnswer.rating).where(EvaluationAnswer.rating.is_not(None))
    invented = [(one.question_id, one.rating) for one in answers_of(training, 5)] * 4
    left = Counter(map(tuple, db.session.execute(query))) - Counter(invented)
    assert left == Counter((one.question_id, one.rating) for one in answers_of(training, 1))  # The control: it would.


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
    close(training)
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
    assert (forms(training), count(EvaluationTurnout), count(EvaluationBallot)) == (1, 1, 1)


@pytest.mark.databases("postgresql")
def test_without_the_lock_and_the_key_both_would_count(app, training, people):
    """The control: whoever looks first and writes later writes twice."""
    one = people[0].id
    db.session.commit()
    looked = threading.Barrier(2)

    def naive(app, registration_id: int) -> None:
        with app.app_context(), transaction():
            registration = db.session.get_one(Registration, registration_id)
            is_new = not evaluation_queries.has_answered(registration)
            looked.wait(parallel.DEADLINE)
            if is_new:
                db.session.add(
                    EvaluationAnswer(
                        key=tokens.random_token(),
                        training_id=registration.training_id,
                        question_id=evaluation_queries.get_form(registration.training).questions[0].id,
                        rating=5,
                    )
                )

    parallel.in_threads(app, naive, [(one,), (one,)])
    assert count(EvaluationAnswer) == 2


def _answer_and_die(app, registration_id: int, is_acknowledged: bool) -> None:
    with app.app_context():
        registration = db.session.get_one(Registration, registration_id)
        evaluation_operations.answer(registration, answers_of(registration.training), now=LATER)
        if is_acknowledged:
            db.session.commit()
        os.kill(os.getpid(), signal.SIGKILL)


def test_form_that_was_acknowledged_survives_a_kill(app, settings, training, people):
    one = people[0].id
    db.session.commit()
    parallel.dies(settings, _answer_and_die, one, True)
    assert (forms(training), count(EvaluationTurnout), count(EvaluationBallot)) == (1, 1, 1)
    close(training)
    assert count(EvaluationAnswer) == len(answers_of(training))


def test_form_that_died_before_is_sent_again_and_counts_once(app, settings, training, people):
    one = people[0].id
    db.session.commit()
    parallel.dies(settings, _answer_and_die, one, False)
    assert (forms(training), count(EvaluationTurnout), count(EvaluationBallot)) == (0, 0, 0)
    answer(db.session.get_one(Registration, one))
    assert (forms(training), count(EvaluationTurnout), count(EvaluationBallot)) == (1, 1, 1)
