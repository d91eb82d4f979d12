"""A list is read by the names kept in the portal; a closed institution takes nobody any more."""

from datetime import datetime

import pytest
from sqlalchemy import select

from portal.access.policy import Operator
from portal.list_reader.problems import Problem
from portal.nominations import facts
from portal.nominations.facts import Entry, EntryRefused
from portal.nominations.models import NominationRow
from portal.nominations.summary import problem_text
from portal.people import operations as people_operations
from portal.people.kinds import INSTITUTIONS
from portal.platform import clock
from portal.platform.db import db
from portal.platform.texts import Text
from portal.records import operations as records
from tests import factories
from tests.nominations import staging
from tests.nominations.staging import line

ENTRY = Entry("Асанова", "Аида", sex="F", institution="MOI-CND", post="следователь", region="KG-GO", phone="0770757797")


def close(code: str, now: datetime) -> None:
    institution = factories.get_institution(code)
    people_operations.close(institution, now.date(), version=institution.version, actor=Operator(), now=now)


def read(training, institution: str) -> NominationRow:
    """Return the row of a list that names an institution."""
    staged = staging.stage(training, line("Асанова Аида Маратовна", 1, sex="ж", institution=institution))
    query = select(NominationRow).where(NominationRow.list_id == staged.id, NominationRow.kind != "header")
    return db.session.scalars(query).one()


def test_list_is_read_by_an_alias_that_an_administrator_added(session, now: datetime) -> None:
    training = factories.make_training()
    before = read(training, "Кибер полиция")
    assert [problem["code"] for problem in before.problems] == ["institution_unknown"]
    names = {"name": Text(ru="Служба по кибербезопасности"), "aliases": ("Кибер-полиция",)}
    records.create(INSTITUTIONS, {"code": "MOI-CYB", "kind": "service", **names}, actor=Operator(), now=now)
    after = read(training, "кибер полиция")
    assert (after.values["institution"], after.problems) == ("MOI-CYB", [])


def test_closed_institution_is_refused_by_its_name(session, now: datetime) -> None:
    training = factories.make_training()
    assert read(training, "СБНОН").kind == "new"
    close("MOI-CND", now)
    row = read(training, "СБНОН")
    (problem,) = map(Problem.from_dict, row.problems)
    assert (row.kind, problem.code) == ("bad", "institution_closed")
    assert problem_text(problem, {"MOI-CND": "Counter-Narcotics Service"}).startswith(
        "Counter-Narcotics Service is clo"
    )


def test_closed_institution_takes_nobody_by_hand_either(session, now: datetime) -> None:
    training = factories.make_training()
    close("MOI-CND", now)
    with pytest.raises(EntryRefused) as refused:
        facts.add(training, ENTRY, choice=None, actor=Operator(), now=now)
    assert [problem.code for problem in refused.value.problems] == ["institution_closed"]


def test_closed_institution_stays_where_it_is_and_is_offered_nowhere_new(browser, session, admin) -> None:
    training = factories.make_training()
    person = factories.make_person(institution=factories.get_institution("MOI-CND"))
    registration = factories.make_registration(training=training, person=person, state="confirmed")
    registration.institution = person.institution
    address = f"/trainings/{training.code}/registrations/new"
    offered = '<option value="MOI-CND"'
    assert offered in browser.sign_in(admin).get(address).html
    close("MOI-CND", clock.now())
    assert offered not in browser.get(address).html
    own = browser.get(f"/trainings/{training.code}/registrations/{registration.reference}")
    assert "Counter-Narcotics Service" in own.text
