"""Mailed links: each is good for its time, for one purpose and once; the database holds no secret."""

from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from portal.access.permissions import Role
from portal.access.policy import Operator
from portal.accounts import links, queries
from portal.accounts import operations as account_operations
from portal.accounts.links import LinkRefused
from portal.accounts.models import Account, AccountLink
from portal.accounts.operations import AddressTaken, AssignmentIncomplete
from portal.accounts.rules import LINK_LIFE, AccountState, Assignment, LinkFault, LinkKind
from portal.audit.models import AuditEntry
from portal.config import Settings
from portal.platform.db import Base, db, transaction
from portal.platform.mail import OutboxMail
from tests import applications, factories
from tests.accounts import mailed
from tests.factories import NOW
from tests.parallel import DEADLINE, in_threads
from tests.refusals import raises_refusal

EMAIL = "new@test.example"
MINUTE = timedelta(minutes=1)


def invite(email: str = EMAIL, role: Role = Role.AUDITOR, **values: object) -> Account:
    given = {"name": "Новая", "locale": "ky", "reach": Assignment(role), "actor": Operator(), "now": NOW, **values}
    return links.invite(email, **given)[0]  # type: ignore[arg-type]


def accept(secret: str, **values: object) -> Account:
    return links.accept(secret, **{"password_hash": "first", "locale": "ru", "now": NOW, **values})  # type: ignore[arg-type]


def refusal(secret: str, kind: LinkKind = LinkKind.INVITATION, now: object = NOW) -> LinkFault:
    with pytest.raises(LinkRefused) as refused:
        links.find(secret, kind, now)  # type: ignore[arg-type]
    return refused.value.why


def test_invitation_is_mailed_in_the_language_of_who_is_invited(app: Flask) -> None:
    account = invite()
    mail = mailed.newest(EMAIL)
    assert (account.state, mail.language) == (AccountState.INVITED, "ky")
    assert "Okuu" in mail.subject
    assert "[[link]]" in mail.text
    assert mail.expires_at == NOW + LINK_LIFE[LinkKind.INVITATION]


def test_invited_sets_a_password_once(app: Flask) -> None:
    account = invite()
    secret = mailed.secret(EMAIL)
    assert accept(secret) is account
    assert (account.state, account.password_hash, account.locale) == (AccountState.OPEN, "first", "ru")
    with pytest.raises(LinkRefused) as refused:
        accept(secret, password_hash="second")
    assert refused.value.why is LinkFault.USED
    assert account.password_hash == "first"
    events = db.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert events == ["accounts.invited", "accounts.joined"]


@pytest.mark.parametrize(
    "email", ["open@test.example", "OPEN@Test.example", "invited@test.example", "closed@test.example"]
)
def test_address_that_has_an_account_is_not_invited(app: Flask, email: str) -> None:
    factories.make_account(email="open@test.example")
    factories.make_account(email="invited@test.example", password_hash="")
    factories.make_account(email="closed@test.example", closed_at=NOW)
    with pytest.raises(AddressTaken):
        invite(email)
    assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 0


def test_role_without_reach_is_not_invited(app: Flask) -> None:
    with pytest.raises(AssignmentIncomplete):
        invite(role=Role.COORDINATOR)


def test_link_is_good_for_seven_days(app: Flask) -> None:
    invite()
    secret = mailed.secret(EMAIL)
    assert links.find(secret, LinkKind.INVITATION, NOW + timedelta(days=7) - MINUTE)
    assert refusal(secret, now=NOW + timedelta(days=7)) is LinkFault.LATE


def test_new_invitation_ends_the_earlier_link(app: Flask) -> None:
    account = invite()
    first = mailed.secret(EMAIL)
    links.invite_again(account, actor=Operator(), now=NOW)
    assert refusal(first) is LinkFault.REVOKED
    assert accept(mailed.secret(EMAIL)) is account
    with raises_refusal("not_invited"):
        links.invite_again(account, actor=Operator(), now=NOW)


def test_invitation_that_is_taken_back_opens_nothing(app: Flask) -> None:
    account = invite()
    links.revoke_invitation(account, actor=Operator(), now=NOW)
    assert account.state is AccountState.CLOSED
    assert refusal(mailed.secret(EMAIL)) is LinkFault.REVOKED
    account_operations.reopen(account, actor=Operator(), now=NOW)
    assert refusal(mailed.secret(EMAIL)) is LinkFault.REVOKED
    links.invite_again(account, actor=Operator(), now=NOW)
    assert accept(mailed.secret(EMAIL)) is account


@pytest.mark.parametrize("secret", ["", "unknown", "x" * 22])
def test_unknown_link_opens_nothing(app: Flask, secret: str) -> None:
    invite()
    assert refusal(secret) is LinkFault.UNKNOWN


def test_link_for_one_purpose_serves_no_other(app: Flask, aida: Account) -> None:
    invite()
    links.send_password_link(aida.email, now=NOW)
    assert refusal(mailed.secret(EMAIL), LinkKind.PASSWORD) is LinkFault.UNKNOWN
    assert refusal(mailed.secret(aida.email), LinkKind.INVITATION) is LinkFault.UNKNOWN
    assert queries.find_session(mailed.secret(aida.email), NOW) is None


def test_forgotten_password_is_replaced_and_ends_every_sign_in(app: Flask, aida: Account) -> None:
    token = account_operations.open_session(aida.id, now=NOW)
    assert links.send_password_link(aida.email.upper(), now=NOW)
    secret = mailed.secret(aida.email)
    assert links.set_password(secret, password_hash="new", now=NOW + 9 * MINUTE) is aida
    assert aida.password_hash == "new"
    assert queries.find_session(token, NOW) is None
    assert mailed.newest(aida.email).kind == "account note"
    assert refusal(secret, LinkKind.PASSWORD) is LinkFault.USED


def test_link_for_a_password_is_good_for_ten_minutes(app: Flask, aida: Account) -> None:
    links.send_password_link(aida.email, now=NOW)
    with pytest.raises(LinkRefused) as refused:
        links.set_password(mailed.secret(aida.email), password_hash="new", now=NOW + timedelta(seconds=601))
    assert refused.value.why is LinkFault.LATE
    assert aida.password_hash != "new"


def test_who_has_no_open_account_is_sent_nothing(app: Flask) -> None:
    invite()
    factories.make_account(email="closed@test.example", closed_at=NOW)
    factories.make_account(email="admin@demo.example")
    before = db.session.scalar(select(func.count()).select_from(OutboxMail))
    for email in ("nobody@test.example", EMAIL, "closed@test.example", "admin@demo.example", "", "%"):
        assert not links.send_password_link(email, now=NOW)
    assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == before


def test_account_closed_meanwhile_gets_no_password(app: Flask, aida: Account) -> None:
    links.send_password_link(aida.email, now=NOW)
    account_operations.close(aida, actor=Operator(), now=NOW)
    assert refusal(mailed.secret(aida.email), LinkKind.PASSWORD) is LinkFault.REVOKED


def test_password_of_the_demo_stays(app: Flask) -> None:
    with raises_refusal("demo_password"):
        links.change_password(factories.make_account(email="admin@demo.example"), "new", now=NOW)


def test_database_holds_no_secret(app: Flask, aida: Account) -> None:
    invite()
    links.send_password_link(aida.email, now=NOW)
    db.session.flush()
    dump = repr([tuple(row) for table in Base.metadata.sorted_tables for row in db.session.execute(table.select())])
    assert EMAIL in dump
    assert mailed.secret(EMAIL) not in dump
    assert mailed.secret(aida.email) not in dump


def test_one_of_two_who_bring_a_link_at_once_succeeds(settings: Settings) -> None:
    app = applications.make(settings)
    with app.app_context(), transaction():
        invite()
        secret = mailed.secret(EMAIL)

    def join(_app: Flask, password_hash: str) -> str:
        with _app.app_context():
            try:
                with transaction():
                    accept(secret, password_hash=password_hash)
            except LinkRefused as refused:
                return refused.why.value
            return password_hash

    answers = in_threads(app, join, [("first",), ("second",)])
    assert "used" in answers
    with app.app_context():
        assert queries.get_by_email(EMAIL).password_hash in answers  # type: ignore[union-attr]


def test_looking_without_the_guarded_update_lets_both_in(settings: Settings) -> None:
    """The control: both look whether the link is unused, then both use it. What `_use` prevents happens here."""
    app = applications.make(settings)
    with app.app_context(), transaction():
        invite()
        secret = mailed.secret(EMAIL)
    both_have_looked = Barrier(2)

    def join(_app: Flask) -> bool:
        with _app.app_context():
            with transaction():
                link = links.find(secret, LinkKind.INVITATION, NOW)
                link_id = link.id
            both_have_looked.wait(DEADLINE)
            with transaction():
                db.session.execute(update(AccountLink).where(AccountLink.id == link_id).values(used_at=NOW))
            return True

    assert in_threads(app, join, [(), ()]) == [True, True]
