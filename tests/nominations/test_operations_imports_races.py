"""Imports at one moment: each has its effect once, and nobody comes into the directory twice. With controls."""

from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from portal.config import Settings
from portal.list_reader.columns import Column
from portal.nominations import imports
from portal.nominations import operations as nomination_operations
from portal.nominations import queries as nomination_queries
from portal.nominations.models import NominationList
from portal.nominations.operations import RowChanged
from portal.people import operations as people
from portal.people.models import Person
from portal.platform.db import db, transaction
from portal.platform.errors import Conflict
from portal.registration.models import Registration
from tests import applications, factories
from tests.nominations import staging
from tests.nominations.staging import BY, line
from tests.parallel import DEADLINE, in_threads

HANDS = 4


@pytest.fixture
def shared(settings: Settings) -> Flask:
    """Return an application that several threads use, each with a context of its own."""
    return applications.make(settings)


def arrange(app: Flask, trainings: int, *rows: tuple[str, ...], lists: int = 1) -> list[str]:
    """Stage lists of these rows in each of the trainings; return their references."""
    with app.app_context(), transaction():
        made = [factories.make_training() for _ in range(trainings)]
        return [staging.stage(training, *rows).reference for training in made for _ in range(lists)]


def commit(app: Flask, reference: str, version: int | None = None) -> str:
    """Import a list in a transaction of its own; return what came of it."""
    with app.app_context():
        try:
            with transaction():
                imported = imports.commit(_get(reference), version=version, **BY)
        except Conflict as refusal:
            return refusal.code
        return f"{imported.registrations} registered, {imported.people} new"


def _get(reference: str) -> NominationList:
    found = nomination_queries.get_list(reference)
    assert found is not None
    return found


def registrations_and_people(app: Flask) -> tuple[int, int]:
    with app.app_context():
        counted = staging.stock()
        return counted["Registration"], counted["Person"]


def test_one_list_imported_by_several_at_once_has_one_effect(shared: Flask) -> None:
    (reference,) = arrange(shared, 1, *staging.lines(5))
    answers = in_threads(shared, commit, [(reference,)] * HANDS)
    assert sorted(answers) == ["5 registered, 5 new", *["list_not_waiting"] * (HANDS - 1)]
    assert registrations_and_people(shared) == (5, 5)


def test_the_same_people_in_two_lists_of_one_training_are_registered_once(shared: Flask) -> None:
    references = arrange(shared, 1, *staging.lines(5), lists=2)
    answers = in_threads(shared, commit, [(reference,) for reference in references])
    assert sorted(answers) == ["0 registered, 0 new", "5 registered, 5 new"]
    assert registrations_and_people(shared) == (5, 5)


def test_the_same_people_in_lists_of_several_trainings_are_one_person_each(shared: Flask) -> None:
    references = arrange(shared, HANDS, *staging.lines(5))
    answers = in_threads(shared, commit, [(reference,) for reference in references])
    assert sorted(answers) == [*["5 registered, 0 new"] * (HANDS - 1), "5 registered, 5 new"]
    assert registrations_and_people(shared) == (5 * HANDS, 5)


def test_lists_that_look_before_they_lock_double_the_people(shared: Flask) -> None:
    """The control: who is known is looked up before the lock and not again. What `judge_again` prevents happens."""
    references = arrange(shared, HANDS, *staging.lines(5))
    all_have_looked = Barrier(HANDS)

    def commit_as_planned(app: Flask, reference: str) -> None:
        with app.app_context():
            with transaction():
                planned = imports.look_through(_get(reference))
            all_have_looked.wait(DEADLINE)
            with transaction():
                people.add_all(list(planned.drafts.values()), source="list", now=factories.NOW)

    in_threads(shared, commit_as_planned, [(reference,) for reference in references])
    assert registrations_and_people(shared)[1] == 5 * HANDS > 5


def test_plan_that_the_directory_has_outrun_is_made_anew(shared: Flask) -> None:
    """Everyone plans, then everyone imports as planned: the plans say "new" of people who are known by then."""
    references = arrange(shared, HANDS, *staging.lines(5))
    all_have_planned = Barrier(HANDS)

    def plan_and_commit(app: Flask, reference: str) -> tuple[int, int]:
        with app.app_context():
            with transaction():
                planned = imports.look_through(_get(reference))
            all_have_planned.wait(DEADLINE)
            with transaction():
                imported = imports.commit(_get(reference), planned=planned, **BY)
            return imported.registrations, imported.people

    answers = in_threads(shared, plan_and_commit, [(reference,) for reference in references])
    assert sorted(answers) == [*[(5, 0)] * (HANDS - 1), (5, 5)]
    assert registrations_and_people(shared) == (5 * HANDS, 5)


def test_two_people_mend_one_row_and_the_second_is_told(shared: Flask) -> None:
    (reference,) = arrange(shared, 1, line("Асанов Азамат", 1))
    with shared.app_context():
        seen = nomination_operations.row_version(staging.row_of(_get(reference), 2))

    def mend(app: Flask, post: str, stamp: str) -> str:
        with app.app_context():
            try:
                with transaction():
                    row = nomination_queries.get_row(reference, 2)
                    assert row is not None
                    nomination_operations.mend(row, {Column.POST: post}, expected_version=stamp, **BY)
            except RowChanged:
                return "told"
            return post

    posts = [f"отдел {letter}" for letter in "абвг"]
    answers = in_threads(shared, mend, [(post, seen) for post in posts])
    assert answers.count("told") == HANDS - 1
    with shared.app_context():
        (kept,) = set(answers) - {"told"}
        assert staging.row_of(_get(reference), 2).values["post"] == kept
    # The control: without what the form has seen, the last one wins and nobody is told.
    assert "told" not in in_threads(shared, mend, [(post, "") for post in posts])


def test_import_and_undo_at_once_leave_no_half_of_either(shared: Flask) -> None:
    """One import is undone while another of the same people begins: they are there once, whole, or not at all."""
    undone, begun = arrange(shared, 2, *staging.lines(5))
    commit(shared, undone)

    def undo(app: Flask, reference: str) -> str:
        with app.app_context(), transaction():
            return str(imports.undo(_get(reference), **BY).kept)

    def act(app: Flask, what: str) -> str:
        return undo(app, undone) if what == "undo" else commit(app, begun)

    answers = in_threads(shared, act, [("undo",), ("import",)])
    assert answers in (["0", "5 registered, 5 new"], ["5", "5 registered, 0 new"])
    assert registrations_and_people(shared) == (5, 5)
    with shared.app_context():
        orphans = select(Registration.id).where(Registration.person_id.not_in(select(Person.id)))
        assert not list(db.session.scalars(orphans))
