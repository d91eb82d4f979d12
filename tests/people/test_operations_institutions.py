"""Institutions: the tree has no ring, a name means one of them, a closed one stays on what is there."""

from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.audit.models import AuditEntry
from portal.people import operations as people_operations
from portal.people.kinds import INSTITUTIONS, NameTaken
from portal.people.models import Institution
from portal.platform.errors import CodeTaken, RecordChanged
from portal.platform.texts import Text
from portal.records import operations as records
from portal.records.refusals import RecordRefused
from tests import factories
from tests.refusals import raises_refusal

CYBER = {
    "code": "MOI-CYB",
    "name": Text(ru="Служба по кибербезопасности"),
    "kind": "service",
    "aliases": ("СКБ",),
    "is_security_force": True,
}


def move(institution: Institution, parent: Institution | None, now: datetime) -> None:
    """Hang an institution below another one, or at the top."""
    values = INSTITUTIONS.values_of(institution) | {"parent_id": parent.id if parent else None}
    records.change(INSTITUTIONS, institution, values, version=institution.version, actor=Operator(), now=now)


def test_institution_is_made_found_and_recorded(app: Flask, session: scoped_session, now: datetime) -> None:
    made = records.create(INSTITUTIONS, CYBER, actor=Operator(), now=now)
    assert "скб" in made.search_text
    assert (
        session.scalars(select(AuditEntry.event).order_by(AuditEntry.id.desc())).first() == "people.institution_added"
    )
    with pytest.raises(CodeTaken):
        other = {**CYBER, "code": "Moi-Cyb", "name": Text(ru="Другая"), "aliases": ()}
        records.create(INSTITUTIONS, other, actor=Operator(), now=now)


@pytest.mark.parametrize("alias", ["МВД КР", "moi", "Министерство  внутренних дел"])
def test_name_that_lists_use_for_another_is_refused(app: Flask, now: datetime, alias: str) -> None:
    with pytest.raises(NameTaken) as refused:
        records.create(INSTITUTIONS, {**CYBER, "code": "NEW", "aliases": (alias,)}, actor=Operator(), now=now)
    assert "Министерство внутренних дел" in str(refused.value)


def test_tree_never_becomes_a_ring(app: Flask, session: scoped_session, now: datetime) -> None:
    top, below = factories.get_institution("MOI"), factories.get_institution("MOI-IS")
    for parent in (top, below):
        with raises_refusal("lies_under_itself"):
            move(top, parent, now)
    move(below, None, now)
    move(top, below, now)
    assert (below.parent_id, top.parent_id) == (None, below.id)


def test_closed_institution_gives_its_names_to_a_new_one(app: Flask, session: scoped_session, now: datetime) -> None:
    old = factories.get_institution("MOI-CND")
    acting = {"actor": Operator(), "now": now}
    old.valid_from = date(2020, 1, 1)
    session.flush()
    with pytest.raises(RecordRefused):
        people_operations.close(old, date(2019, 12, 31), version=old.version, **acting)
    people_operations.close(old, date(2026, 9, 1), version=old.version, **acting)
    with raises_refusal("closed_already"):
        people_operations.close(old, date(2026, 9, 1), version=old.version, **acting)
    assert (old.is_closed(date(2026, 8, 31)), old.is_closed(date(2026, 9, 1))) == (False, True)
    records.create(INSTITUTIONS, {**CYBER, "code": "MOI-NEW", "aliases": ("СБНОН",)}, **acting)
    with pytest.raises(NameTaken):
        people_operations.reopen(old, version=old.version, **acting)
    with pytest.raises(people_operations.InstitutionClosed):
        people_operations.ensure_open([old.id], date(2026, 9, 14))


def test_stale_version_is_refused(app: Flask, now: datetime) -> None:
    ministry = factories.get_institution()
    with pytest.raises(RecordChanged):
        values = INSTITUTIONS.values_of(ministry)
        records.change(INSTITUTIONS, ministry, values, version=0, actor=Operator(), now=now)
    with pytest.raises(RecordChanged):
        people_operations.close(ministry, now.date(), version=0, actor=Operator(), now=now)
