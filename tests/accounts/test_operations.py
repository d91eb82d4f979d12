"""Accounts are made once for each address, with the reach that they are given."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.permissions import Role
from portal.access.policy import Operator
from portal.accounts import operations as account_operations
from portal.accounts import queries
from portal.accounts.models import Account, AccountSession
from portal.accounts.operations import AddressTaken
from portal.accounts.rules import Assignment
from portal.audit.models import AuditDetail, AuditEntry
from portal.platform.db import db
from tests.factories import NOW, get_institution, get_project


def create(email: str = "Aida@example.org", role: Role = Role.COORDINATOR, **reach: Any) -> Account:
    given = Assignment(role, **reach)
    return account_operations.create(email, name="Аида", password_hash="hash", reach=given, actor=Operator(), now=NOW)


def test_account_reaches_what_it_is_given(app: Flask) -> None:
    account = create(regions=frozenset({"KG-GO", "KG-O"}))
    db.session.commit()
    assert account.reach.regions == {"KG-GO", "KG-O"}
    assert account.is_active


def test_account_without_regions_reaches_nothing(app: Flask) -> None:
    assert create().reach.regions == frozenset()


def test_account_may_reach_every_region(app: Flask) -> None:
    assert create(regions=None).reach.regions is None


def test_region_that_is_not_there_is_refused(app: Flask) -> None:
    with pytest.raises(LookupError, match="KG-XX"):
        create(regions=frozenset({"KG-GO", "KG-XX"}))


def test_donor_and_focal_point_reach_their_own(app: Flask) -> None:
    project = get_project()
    donor = create("dana@example.org", role=Role.DONOR, project_ids=frozenset({project.id}))
    focal = create("focal@example.org", role=Role.FOCAL_POINT, institution_id=get_institution("MOI").id)
    assert donor.reach.project_ids == {project.id}
    assert focal.reach.institution_id == focal.institution.id  # type: ignore[union-attr]


@pytest.mark.parametrize("email", ["Aida@example.org", "aida@EXAMPLE.org", " aida@example.org "])
def test_second_account_for_an_address_is_refused(app: Flask, email: str) -> None:
    create()
    with pytest.raises(AddressTaken):
        create(email)
    assert queries.get_by_email(email) is not None
    assert queries.find_credentials(email) is None  # Not committed: the check reads apart from the request.


def test_making_an_account_is_recorded_without_its_password(app: Flask) -> None:
    account = create()
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.event, entry.subject) == ("accounts.created", f"account {account.id}")
    db.session.flush()
    assert db.session.scalars(select(AuditDetail.after)).one() == {"email": "Aida@example.org", "role": "coordinator"}


def test_sign_in_is_recorded_and_ended(app: Flask) -> None:
    account = create()
    token = account_operations.open_session(account.id, now=NOW)
    db.session.flush()
    found = queries.find_session(token, NOW)
    assert found is not None
    assert found.account is account
    account_operations.end_session(found, now=NOW)
    db.session.flush()
    assert queries.find_session(token, NOW) is None
    events = db.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert events == ["accounts.created", "accounts.signed_in", "accounts.signed_out"]
    assert db.session.scalars(select(AccountSession.ended_at)).one() == NOW
