"""Revoking takes two people, whoever they are, however often they click, and whatever becomes of one of them."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.access.policy import Operator
from portal.accounts.models import Account
from portal.audit.models import AuditEntry
from portal.certificates import operations as certificate_operations
from portal.certificates import queries as certificate_queries
from portal.certificates.models import Certificate, RevocationDecision, RevocationRequest
from portal.certificates.rules import RevokeClass
from portal.closing import revocations
from portal.closing.revocations import DecidedAlready
from portal.config import Settings
from portal.platform import clock
from portal.platform.db import db, transaction
from tests import factories
from tests.certificates.arranged import complete, make_ready
from tests.parallel import DEADLINE, in_processes, make_barrier
from tests.refusals import raises_refusal

NOW = factories.NOW


@pytest.fixture
def certificate(session) -> Certificate:
    training = factories.make_training()
    make_ready(training, "Асанова", "Чолпон")
    return complete(training)[0]


def ask(certificate: Certificate, actor: Account | Operator) -> RevocationRequest:
    why = {"revoke_class": RevokeClass.AUTHORITY, "reason": "letter № 5"}
    return revocations.ask(certificate, **why, actor=actor, now=NOW)


def confirm(request: RevocationRequest, actor: Account) -> Certificate:
    return revocations.confirm(request, actor=actor, now=NOW)


@pytest.mark.databases("sqlite")
def test_until_another_confirms_nothing_changes(session, certificate, aida, admin) -> None:
    request = ask(certificate, aida)
    assert certificate.revoked_at is None
    for refused, act in (
        ("same_person", lambda: confirm(request, aida)),
        ("asked_already", lambda: ask(certificate, admin)),
    ):
        with raises_refusal(refused):
            act()
    with raises_refusal("same_person"):
        revocations.refuse(request, reason="no", actor=aida, now=NOW)
    assert certificate.revoked_at is None
    confirm(request, admin)
    assert (certificate.revoked_at, certificate.revoked_by) == (NOW, admin.label)
    assert (certificate.revoke_class, certificate.revoke_reason) == ("authority", "letter № 5")
    for act in (confirm, lambda one, who: revocations.refuse(one, reason="no", actor=who, now=NOW)):
        with pytest.raises(DecidedAlready):
            act(request, admin)
    with raises_refusal("not_standing"):
        ask(certificate, aida)
    events = session.scalars(select(AuditEntry.event).order_by(AuditEntry.id.desc()).limit(2)).all()
    assert events == ["certificates.revoked", "certificates.revocation_asked"]


@pytest.mark.databases("sqlite")
def test_refused_or_withdrawn_it_stands_and_can_be_asked_anew(certificate, aida, admin) -> None:
    first = ask(certificate, aida)
    revocations.refuse(first, reason="the letter is about another", actor=admin, now=NOW)
    with pytest.raises(DecidedAlready):
        revocations.withdraw(first, actor=aida, now=NOW)
    second = ask(certificate, aida)
    with raises_refusal("not_the_asker"):
        revocations.withdraw(second, actor=admin, now=NOW)
    revocations.withdraw(second, actor=aida, now=NOW)
    with pytest.raises(DecidedAlready):
        confirm(second, admin)
    assert certificate.revoked_at is None and certificate_queries.find_open(certificate) is None
    assert [one.decision.verdict for one in revocations.list_of(certificate)] == ["withdrawn", "refused"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("change", ["closed", "another role", "another region"])
def test_who_asked_must_still_have_the_right(session, certificate, aida, admin, change: str) -> None:
    request = ask(certificate, aida)
    if change == "closed":
        aida.closed_at = NOW
    elif change == "another role":
        aida.role_name = "donor"
    else:
        aida.regions = list(factories.make_coordinator("Бакыт", side="north").regions)
    session.flush()
    with raises_refusal("asker_gone"):
        confirm(request, admin)
    assert certificate.revoked_at is None
    revocations.refuse(request, reason="asked by nobody", actor=admin, now=NOW)


@pytest.mark.databases("sqlite")
def test_command_line_is_no_second_person(certificate, admin) -> None:
    with raises_refusal("asker_gone"):
        confirm(ask(certificate, Operator()), admin)


@pytest.mark.databases("sqlite")
def test_list_of_what_waits_is_of_ones_own_region(session, certificate, aida, bakyt, admin) -> None:
    request = ask(certificate, aida)
    assert [[one.id for one in revocations.list_open(who)] for who in (aida, bakyt, admin)] == [
        [request.id],
        [],
        [request.id],
    ]
    revocations.withdraw(request, actor=aida, now=NOW)
    assert revocations.list_open(admin) == []


def test_requests_and_decisions_are_never_edited(session, certificate, aida, admin) -> None:
    revocations.refuse(ask(certificate, aida), reason="no", actor=admin, now=NOW)
    session.commit()
    for table, column in (("revocation_request", "reason"), ("revocation_decision", "verdict")):
        for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="append-only"):
                session.execute(text(statement))
            session.rollback()


def confirm_at_once(app: Flask, account_id: int, barrier: Any) -> str:
    """Confirm the only request together with another process."""
    with app.app_context():
        request_id = db.session.scalars(select(RevocationRequest.id)).one()
        db.session.rollback()
        barrier.wait(DEADLINE)
        try:
            with transaction():
                request = db.session.get_one(RevocationRequest, request_id)
                revocations.confirm(request, actor=db.session.get_one(Account, account_id), now=clock.now())
        except DecidedAlready:
            return "refused"
        return "confirmed"


def decide_without_table(app: Flask, account_id: int, barrier: Any) -> str:
    """Confirm as above, where neither the lock nor the table's constraint is asked."""
    revocations.lock = lambda model, number: db.session.get_one(model, number)
    certificate_operations.ensure_standing = lambda _certificate: None
    revocations.lock_open = lambda _id, correction=None: (
        db.session.scalars(select(Certificate)).one().registration.training
    )
    revocations._decide = revocations._ensure_open = lambda *_facts: None
    return confirm_at_once(app, account_id, barrier)


@pytest.mark.parametrize("work", [confirm_at_once, decide_without_table])
def test_two_confirm_at_once_and_one_does_it(
    app: Flask, session, settings: Settings, certificate, aida, admin, work
) -> None:
    ask(certificate, aida)
    others = [admin.id, factories.make_account("administrator").id]
    session.commit()
    barrier = make_barrier(len(others))
    outcome = sorted(in_processes(settings, work, [(one, barrier) for one in others]))
    entries = session.scalar(
        select(func.count()).select_from(AuditEntry).where(AuditEntry.event == "certificates.revoked")
    )
    if work is confirm_at_once:
        assert (outcome, entries) == (["confirmed", "refused"], 1)
        assert session.scalar(select(func.count()).select_from(RevocationDecision)) == 1
    else:  # The control.
        assert (outcome, entries) == (["confirmed", "confirmed"], 2)


def test_table_itself_takes_one_decision(session, certificate, aida, admin) -> None:
    request = ask(certificate, aida)
    confirm(request, admin)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(
            RevocationDecision(request_id=request.id, verdict="refused", decided_at=NOW, decided_by="account 9")
        )
        session.flush()
