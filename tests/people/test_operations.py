"""Loading the reference data: what is missing is added, what stands is kept."""

from datetime import datetime

from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.audit.models import AuditEntry
from portal.people import files as people_files
from portal.people import queries
from portal.people.models import Institution, Region
from tests import factories


def test_load_reference_adds_what_is_missing(app: Flask, session: scoped_session, now: datetime) -> None:
    session.delete(factories.get_institution("NGO-TENDESH"))
    session.delete(factories.get_institution("GPO-TC"))
    session.flush()

    loaded = people_files.load_reference(actor=Operator(), now=now)

    assert (loaded["regions"], loaded["institutions"]) == (0, 2)
    assert factories.get_institution("GPO-TC").parent_id == factories.get_institution("GPO").id
    assert factories.get_institution("NGO-TENDESH").region_code == "KG-N"


def test_load_reference_repeated_changes_nothing(app: Flask, session: scoped_session, now: datetime) -> None:
    people_files.load_reference(actor=Operator(), now=now)
    before = session.scalar(select(func.count()).select_from(AuditEntry))

    loaded = people_files.load_reference(actor=Operator(), now=now)

    assert (loaded["regions"], loaded["institutions"]) == (0, 0)
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == before
    assert session.scalar(select(func.count()).select_from(Region)) == 9


def test_load_reference_adds_aliases_but_leaves_what_is_kept_by_hand(
    app: Flask, session: scoped_session, now: datetime
) -> None:
    by_hand = factories.get_institution("MOI")
    by_hand.name_en, by_hand.aliases = "Ministry of Public Order", ["MPO"]
    session.flush()
    untouched = {"aliases": ["ГП"]}
    session.execute(update(Institution).where(Institution.code == "GPO").values(**untouched))

    people_files.load_reference(actor=Operator(), now=now)

    assert (by_hand.name_en, by_hand.aliases) == ("Ministry of Public Order", ["MPO"])
    learned = factories.get_institution("GPO")
    session.refresh(learned)
    assert learned.aliases[0] == "ГП"
    assert "Генпрокуратура" in learned.aliases
    assert "генпрокуратура" in learned.search_text
    assert learned.version == 1


def test_merged_persons_stand_for_the_last_of_those_they_were_merged_into(session: scoped_session) -> None:
    last = factories.make_person("Асанов", "Азамат")
    second = factories.make_person("Асанов", "Азамат", merged_into_id=last.id)
    first = factories.make_person("Асанов", "Азамат", merged_into_id=second.id)
    other = factories.make_person("Бекова", "Айгүл")
    session.flush()
    found = queries.list_by_match_keys({first.match_key, other.match_key})
    assert [(one.id, one.reference) for one in found] == [(last.id, last.reference)] * 3 + [(other.id, other.reference)]
