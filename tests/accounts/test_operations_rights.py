"""Roles, reach and closing: what an administrator may change, and that one of them always remains."""

from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from portal.access.permissions import Role
from portal.access.policy import Operator
from portal.accounts import operations as account_operations
from portal.accounts import queries
from portal.accounts.models import Account
from portal.accounts.operations import AccountChanged, AssignmentIncomplete, LastAdministrator, OwnAccount
from portal.accounts.rules import Assignment
from portal.audit.models import AuditDetail, AuditEntry
from portal.config import Settings
from portal.platform.db import db, transaction
from tests import applications, factories
from tests.factories import NOW
from tests.parallel import DEADLINE, in_threads


def change(account: Account, role: Role = Role.COORDINATOR, *, actor: object = None, **values: object) -> None:
    given = {"regions": frozenset({"KG-O"})} if role is Role.COORDINATOR else {}
    account_operations.change(
        account,
        name=str(values.pop("name", account.name)),
        reach=Assignment(role, **{**given, **values}),  # type: ignore[arg-type]
        version=account.version,
        actor=actor or Operator(),  # type: ignore[arg-type]
        now=NOW,
    )


def test_change_is_kept_and_recorded(aida: Account, admin: Account) -> None:
    change(aida, name="Аида Өмүрова", actor=admin)
    assert (aida.name, aida.reach.regions) == ("Аида Өмүрова", {"KG-O"})
    found = queries.page_of_accounts(queries.Filters(q="омурова"), 1)
    assert [one.id for one in found.items] == [aida.id]
    detail = db.session.scalars(select(AuditDetail).order_by(AuditDetail.entry_id.desc())).first()
    assert detail.before["name"] == "Аида"
    assert detail.after == {
        "name": "Аида Өмүрова",
        "role": "coordinator",
        "regions": ["KG-O"],
        "projects": [],
        "institution": None,
    }


def test_role_keeps_only_what_it_has_use_for(aida: Account) -> None:
    project = factories.get_project()
    change(aida, Role.DONOR, project_ids=frozenset({project.id}), regions=frozenset({"KG-O"}), institution_id=1)
    assert (aida.regions, aida.institution) == ([], None)
    assert aida.reach.project_ids == {project.id}
    change(aida, Role.AUDITOR, project_ids=frozenset({project.id}))
    assert aida.reach.project_ids == frozenset()
    change(aida, Role.COORDINATOR, regions=None)
    assert aida.reach.regions is None


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.DONOR, Role.FOCAL_POINT, Role.PARTICIPANT])
def test_role_that_reaches_nothing_is_refused(aida: Account, role: Role) -> None:
    with pytest.raises(AssignmentIncomplete):
        change(aida, role, regions=frozenset())
    assert aida.role is Role.COORDINATOR


def test_second_editor_is_told(aida: Account) -> None:
    seen = aida.version
    change(aida, name="First")
    with pytest.raises(AccountChanged):
        account_operations.change(
            aida, name="Second", reach=account_operations.assignment_of(aida), version=seen, actor=Operator(), now=NOW
        )
    assert aida.name == "First"


def test_nobody_changes_their_own_rights(admin: Account, app: Flask) -> None:
    factories.make_account("administrator")
    with pytest.raises(OwnAccount):
        change(admin, Role.AUDITOR, actor=admin)
    with pytest.raises(OwnAccount):
        account_operations.close(admin, actor=admin, now=NOW)
    change(admin, Role.ADMINISTRATOR, name="Another name", actor=admin)
    assert admin.name == "Another name"


def test_last_open_administrator_stays(admin: Account, app: Flask) -> None:
    factories.make_account("administrator", closed_at=NOW)
    factories.make_account("administrator", password_hash="")  # Invited, and so no help yet.
    for act in (
        lambda: account_operations.close(admin, actor=Operator(), now=NOW),
        lambda: change(admin, Role.AUDITOR),
    ):
        with pytest.raises(LastAdministrator):
            act()
    factories.make_account("administrator")
    account_operations.close(admin, actor=Operator(), now=NOW)
    assert admin.closed_at == NOW


def test_closing_ends_sign_ins_for_good(aida: Account) -> None:
    token = account_operations.open_session(aida.id, now=NOW)
    account_operations.close(aida, actor=Operator(), now=NOW)
    account_operations.close(aida, actor=Operator(), now=NOW)
    account_operations.reopen(aida, actor=Operator(), now=NOW)
    assert queries.find_session(token, NOW) is None
    assert aida.is_active
    events = db.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert events == ["accounts.signed_in", "accounts.closed", "accounts.reopened"]


def test_signing_out_elsewhere_keeps_this_sign_in(aida: Account) -> None:
    token, other = (account_operations.open_session(aida.id, now=NOW) for _turn in range(2))
    here = queries.find_session(token, NOW)
    assert account_operations.end_sessions(aida, but=here, actor=aida, now=NOW) == 1
    assert queries.find_session(token, NOW) is here
    assert queries.find_session(other, NOW) is None


def _two_administrators(app: Flask) -> list[int]:
    with app.app_context(), transaction():
        return [factories.make_account("administrator").id for _turn in range(2)]


def _open_administrators(app: Flask) -> int:
    with app.app_context():
        return queries.page_of_accounts(queries.Filters(role="administrator", state="open"), 1).rows


def test_two_administrators_who_close_each_other_leave_one(settings: Settings) -> None:
    app = applications.make(settings)
    first, second = _two_administrators(app)

    def close(_app: Flask, who: int, whom: int) -> str:
        with _app.app_context():
            try:
                with transaction():
                    actor, account = db.session.get_one(Account, who), db.session.get_one(Account, whom)
                    account_operations.close(account, actor=actor, now=NOW)
            except LastAdministrator:
                return "refused"
            return "closed"

    assert sorted(in_threads(app, close, [(first, second), (second, first)])) == ["closed", "refused"]
    assert _open_administrators(app) == 1


def test_counting_without_the_lock_leaves_none(settings: Settings) -> None:
    """The control: both count, then both close. What `close` prevents happens here."""
    app = applications.make(settings)
    both_have_counted = Barrier(2)

    def close_without_lock(_app: Flask, whom: int) -> None:
        with _app.app_context():
            with transaction():
                is_last = _open_administrators(_app) == 1
            both_have_counted.wait(DEADLINE)
            with transaction():
                if not is_last:
                    db.session.get_one(Account, whom).closed_at = NOW

    in_threads(app, close_without_lock, [(account_id,) for account_id in _two_administrators(app)])
    assert _open_administrators(app) == 0
