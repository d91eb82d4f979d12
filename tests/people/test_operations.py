"""Loading the reference data: what is missing is added, what stands is kept."""

from datetime import datetime

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.audit.models import AuditEntry
from portal.people import operations
from portal.people.models import Institution, Region
from tests import factories


def test_load_reference_adds_what_is_missing(app: Flask, session: scoped_session, now: datetime) -> None:
    session.delete(factories.get_institution("NGO-TENDESH"))
    session.delete(factories.get_institution("GPO-TC"))
    session.flush()

    loaded = operations.load_reference(actor=Operator(), now=now)

    assert (loaded.regions, loaded.institutions) == (0, 2)
    assert factories.get_institution("GPO-TC").parent_id == factories.get_institution("GPO").id
    assert factories.get_institution("NGO-TENDESH").region_code == "KG-N"


def test_load_reference_repeated_changes_nothing(app: Flask, session: scoped_session, now: datetime) -> None:
    operations.load_reference(actor=Operator(), now=now)
    before = session.scalar(select(func.count()).select_from(AuditEntry))

    loaded = operations.load_reference(actor=Operator(), now=now)

    assert (loaded.regions, loaded.institutions) == (0, 0)
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == before
    assert session.scalar(select(func.count()).select_from(Region)) == 9


def test_load_reference_keeps_what_was_changed_and_adds_aliases(
    app: Flask, session: scoped_session, now: datetime
) -> None:
    ministry = factories.get_institution("MOI")
    ministry.name_en, ministry.aliases = "Ministry of Public Order", ["MPO"]
    session.flush()

    operations.load_reference(actor=Operator(), now=now)

    kept = session.scalars(select(Institution).where(Institution.code == "MOI")).one()
    assert kept.name_en == "Ministry of Public Order"
    assert kept.aliases[0] == "MPO"
    assert "МВД КР" in kept.aliases
