"""Institutions: the tree has no ring, a name means one of them, a closed one stays on what is there."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from portal.access.policy import Operator
from portal.audit.models import AuditEntry
from portal.people.models import Institution
from portal.people.operations import institutions
from portal.people.rules.institutions import PlannedInstitution
from portal.platform.refusals import CodeTaken, RecordChanged
from portal.platform.texts import Text
from portal.records.refusals import RecordRefused
from tests import factories

CYBER = PlannedInstitution(Text(ru="Служба по кибербезопасности"), "service", aliases=("СКБ",), is_security_force=True)


def planned(institution: Institution, **changes: object) -> PlannedInstitution:
    """Return an institution as it stands, with changes."""
    as_it_is = PlannedInstitution(
        Text.of(institution, "name"),
        institution.kind,
        tuple(institution.aliases),
        institution.parent_id,
        institution.region_code,
        institution.is_security_force,
    )
    return replace(as_it_is, **changes)


def test_institution_is_made_found_and_recorded(app: Flask, session: scoped_session, now: datetime) -> None:
    made = institutions.create("MOI-CYB", CYBER, actor=Operator(), now=now)
    assert "скб" in made.search_text
    assert (
        session.scalars(select(AuditEntry.event).order_by(AuditEntry.id.desc())).first() == "people.institution_added"
    )
    with pytest.raises(CodeTaken):
        institutions.create("Moi-Cyb", replace(CYBER, names=Text(ru="Другая"), aliases=()), actor=Operator(), now=now)


@pytest.mark.parametrize("alias", ["МВД КР", "moi", "Министерство  внутренних дел"])
def test_name_that_lists_use_for_another_is_refused(app: Flask, now: datetime, alias: str) -> None:
    with pytest.raises(institutions.NameTaken) as refused:
        institutions.create("NEW", replace(CYBER, aliases=(alias,)), actor=Operator(), now=now)
    assert "Министерство внутренних дел" in str(refused.value)


def test_tree_never_becomes_a_ring(app: Flask, session: scoped_session, now: datetime) -> None:
    top, below = factories.get_institution("MOI"), factories.get_institution("MOI-IS")
    for parent in (top, below):
        with pytest.raises(institutions.LiesUnderItself):
            institutions.change(top, planned(top, parent_id=parent.id), version=top.version, actor=Operator(), now=now)
    institutions.change(below, planned(below, parent_id=None), version=below.version, actor=Operator(), now=now)
    institutions.change(top, planned(top, parent_id=below.id), version=top.version, actor=Operator(), now=now)
    assert (below.parent_id, top.parent_id) == (None, below.id)


def test_closed_institution_gives_its_names_to_a_new_one(app: Flask, session: scoped_session, now: datetime) -> None:
    old = factories.get_institution("MOI-CND")
    acting = {"actor": Operator(), "now": now}
    old.valid_from = date(2020, 1, 1)
    session.flush()
    with pytest.raises(RecordRefused):
        institutions.close(old, date(2019, 12, 31), version=old.version, **acting)
    institutions.close(old, date(2026, 9, 1), version=old.version, **acting)
    with pytest.raises(institutions.ClosedAlready):
        institutions.close(old, date(2026, 9, 1), version=old.version, **acting)
    assert (old.is_closed(date(2026, 8, 31)), old.is_closed(date(2026, 9, 1))) == (False, True)
    institutions.create("MOI-NEW", replace(CYBER, aliases=("СБНОН",)), **acting)
    with pytest.raises(institutions.NameTaken):
        institutions.reopen(old, version=old.version, **acting)
    with pytest.raises(institutions.InstitutionClosed):
        institutions.require_open([old.id], date(2026, 9, 14))


def test_stale_version_is_refused(app: Flask, now: datetime) -> None:
    ministry = factories.get_institution()
    with pytest.raises(RecordChanged):
        institutions.change(ministry, planned(ministry), version=0, actor=Operator(), now=now)
    with pytest.raises(RecordChanged):
        institutions.close(ministry, now.date(), version=0, actor=Operator(), now=now)
