"""The second factor: each code is good once, for its time, and the database alone gives none away."""

from datetime import datetime, timedelta
from threading import Barrier

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.accounts import operations as account_operations
from portal.accounts import queries, second_factor
from portal.accounts.models import Account, RecoveryCode, SecondFactor
from portal.accounts.operations import OwnAccount
from portal.accounts.second_factor import FactorNotBegun, WrongCode
from portal.audit.models import AuditEntry
from portal.config import Settings
from portal.platform.db import Base, db, transaction
from portal.platform.vault import DecryptionFailed
from tests import applications, factories
from tests.accounts import mailed
from tests.factories import NOW
from tests.parallel import DEADLINE, in_threads
from tests.refusals import raises_refusal

STEP = timedelta(seconds=30)


@pytest.fixture
def dana(app: Flask) -> Account:
    """Return a donor, who has no second factor yet."""
    return factories.make_account("donor", projects=[factories.get_project()])


def is_taken(account: Account, code: str, now: datetime = NOW) -> bool:
    try:
        second_factor.use_code(account.id, code, now=now)
    except WrongCode:
        return False
    return True


def set_up(account: Account) -> tuple[pyotp.TOTP, list[str]]:
    """Set a second factor up as its owner does, a while ago; return the app and the codes on paper."""
    second_factor.begin(account, now=NOW - 10 * STEP)
    factor = queries.get_second_factor(account.id)
    assert factor is not None
    app = pyotp.TOTP(second_factor.secret_of(factor))
    return app, second_factor.confirm(account, app.at(NOW - 10 * STEP), now=NOW - 10 * STEP)


def test_factor_counts_from_its_first_code(dana: Account) -> None:
    second_factor.begin(dana, now=NOW)
    app = pyotp.TOTP(second_factor.secret_of(queries.get_second_factor(dana.id)))  # type: ignore[arg-type]
    assert not is_taken(dana, app.at(NOW))
    with pytest.raises(WrongCode):
        second_factor.confirm(dana, f"{(int(app.at(NOW)) + 1) % 10**6:06d}", now=NOW)
    assert dana.second_factor_at is None
    made = second_factor.confirm(dana, app.at(NOW), now=NOW)
    assert (dana.second_factor_at, len(set(made))) == (NOW, 10)
    assert not is_taken(dana, app.at(NOW))  # The code of the set-up is used up as well.
    assert is_taken(dana, app.at(NOW + STEP), NOW + STEP)
    assert mailed.newest(dana.email).kind == "account note"
    with raises_refusal("factor_set"):
        second_factor.begin(dana, now=NOW)
    with pytest.raises(FactorNotBegun):
        second_factor.confirm(dana, app.at(NOW), now=NOW)


def test_address_in_the_qr_names_the_owner(dana: Account) -> None:
    secret = pyotp.random_base32()
    address = pyotp.parse_uri(second_factor.address_of(dana, secret))
    assert (address.name, address.issuer, address.secret) == (dana.email, "Okuu", secret)


@pytest.mark.parametrize(
    ("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False), (-120, False), (120, False)]
)
def test_code_is_good_for_its_time_and_its_neighbors(dana: Account, steps: int, taken: bool) -> None:
    app, _codes = set_up(dana)
    assert is_taken(dana, app.at(NOW + steps * STEP)) is taken


def test_code_is_good_once_and_no_earlier_one_after_it(dana: Account) -> None:
    app, _codes = set_up(dana)
    code = app.at(NOW)
    assert is_taken(dana, f"{code[:3]} {code[3:]}")  # As apps show it.
    assert not is_taken(dana, code)
    assert not is_taken(dana, app.at(NOW - STEP))
    assert is_taken(dana, app.at(NOW + STEP), NOW + STEP)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "000000000000", "%", "0" * 40])
def test_anything_else_is_no_code(dana: Account, code: str) -> None:
    set_up(dana)
    assert not is_taken(dana, code)


def test_code_of_another_account_is_not_taken(dana: Account, aida: Account) -> None:
    app, codes = set_up(dana)
    factories.make_second_factor(aida)
    assert not is_taken(aida, app.at(NOW))
    assert not is_taken(aida, codes[0])
    db.session.execute(
        update(SecondFactor).where(SecondFactor.account_id == aida.id).values(sealed_secret=_sealed(dana))
    )
    db.session.expire_all()
    with pytest.raises(DecryptionFailed):  # A secret that was moved to another row does not open.
        second_factor.use_code(aida.id, app.at(NOW), now=NOW)


def _sealed(account: Account) -> str:
    return db.session.scalars(select(SecondFactor.sealed_secret).where(SecondFactor.account_id == account.id)).one()


def test_recovery_code_is_good_once(dana: Account) -> None:
    _app, codes = set_up(dana)
    shown = f"{codes[3][:4]} {codes[3][4:8]} {codes[3][8:]}".lower()
    assert is_taken(dana, shown)
    assert not is_taken(dana, codes[3])
    assert len(queries.list_recovery_codes(dana.id)) == 9
    assert "9" in mailed.newest(dana.email).text
    assert all(is_taken(dana, code) for code in codes[:3] + codes[4:])
    assert queries.list_recovery_codes(dana.id) == []


def test_new_recovery_codes_end_the_earlier_ones(dana: Account) -> None:
    _app, codes = set_up(dana)
    made = second_factor.renew_codes(dana, now=NOW)
    assert not is_taken(dana, codes[0])
    assert is_taken(dana, made[0])


def test_taken_away_factor_leaves_nothing(dana: Account, admin: Account) -> None:
    app, codes = set_up(dana)
    token = account_operations.open_session(dana.id, now=NOW)
    second_factor.reset(dana, actor=admin, now=NOW)
    assert dana.second_factor_at is None
    assert queries.find_session(token, NOW) is None
    assert not is_taken(dana, app.at(NOW))
    assert not is_taken(dana, codes[0])
    assert db.session.scalars(select(RecoveryCode)).all() == []
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.event, entry.actor, entry.subject) == ("accounts.second_factor_reset", admin.label, dana.label)
    for again in (lambda: second_factor.reset(dana, actor=admin, now=NOW), lambda: second_factor.remove(dana, now=NOW)):
        with pytest.raises(FactorNotBegun):
            again()
    set_up(dana)


def test_administrator_does_not_reset_their_own(admin: Account) -> None:
    with pytest.raises(OwnAccount):
        second_factor.reset(admin, actor=admin, now=NOW)


def test_database_gives_no_secret_away(dana: Account) -> None:
    app, codes = set_up(dana)
    db.session.flush()
    dump = repr([tuple(row) for table in Base.metadata.sorted_tables for row in db.session.execute(table.select())])
    assert dana.email in dump
    assert not any(secret in dump for secret in (app.secret, *codes))


def _with_factor(settings: Settings) -> tuple[Flask, int, str]:
    application = applications.make(settings)
    with application.app_context(), transaction():
        account = factories.make_account("auditor")
        return application, account.id, factories.make_second_factor(account).at(NOW)


def test_one_of_two_who_bring_a_code_at_once_is_let_in(settings: Settings) -> None:
    application, account_id, code = _with_factor(settings)

    def bring(_app: Flask) -> bool:
        with _app.app_context():
            try:
                with transaction():
                    second_factor.use_code(account_id, code, now=NOW)
            except WrongCode:
                return False
            return True

    assert sorted(in_threads(application, bring, [(), (), ()])) == [False, False, True]


def test_looking_before_writing_lets_both_in(settings: Settings) -> None:
    """The control: both look at the last step, then both write theirs. What `_advance` prevents happens here."""
    application, account_id, _code = _with_factor(settings)
    both_have_looked = Barrier(2)

    def bring(_app: Flask) -> bool:
        step = int(NOW.timestamp()) // 30
        with _app.app_context():
            with transaction():
                is_unused = db.session.get_one(SecondFactor, account_id).last_step < step
            both_have_looked.wait(DEADLINE)
            with transaction():
                db.session.get_one(SecondFactor, account_id).last_step = step
            return is_unused

    assert in_threads(application, bring, [(), ()]) == [True, True]
