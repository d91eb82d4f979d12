"""The second factor: an authenticator app, and recovery codes that each replace it once.

The app's secret is sealed with a key outside the database, the codes are kept keyed like PINs.
"""

import hmac
from datetime import datetime

import pyotp
from sqlalchemy import delete, update

from portal.access.policy import Actor
from portal.accounts import mails, operations, queries, rules
from portal.accounts.mails import Note
from portal.accounts.models import Account, RecoveryCode, SecondFactor
from portal.accounts.operations import OwnAccount
from portal.audit import operations as audit
from portal.platform import mail, passwords, tokens, vault
from portal.platform.db import change_rows, db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l

ISSUER = "Okuu"
# What is compared with where there is no secret, so that a refusal takes as long.
_DECOY = pyotp.random_base32()


class WrongCode(Refusal):
    message = _l("The code is not right, or was used already. Wait for the next one and type it.")


class FactorNotBegun(Conflict):
    message = _l("There is no second factor yet: set it up first.")


def begin(account: Account, *, now: datetime) -> None:
    """Make the secret for an app; it counts when the app's first code has come back.

    :raises Conflict: if there is a second factor.
    """
    lock(Account, account.id)
    if account.second_factor_at is not None:
        raise Conflict("factor_set", _l("The second factor is set up already."))
    _forget(account)
    secret = vault.encrypt(pyotp.random_base32(), _place(account.id))
    db.session.add(SecondFactor(account_id=account.id, sealed_secret=secret, created_at=now))
    db.session.flush()
    audit.record("accounts.second_factor_begun", account.label, actor=account, now=now)


def secret_of(factor: SecondFactor) -> str:
    """Return the secret, to be shown to its owner while it is set up, and to nobody later."""
    return vault.decrypt(factor.sealed_secret, _place(factor.account_id))


def address_of(account: Account, secret: str) -> str:
    """Return what the app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name=ISSUER)


def confirm(account: Account, typed: str, *, now: datetime) -> list[str]:
    """Let the second factor count from now on; return the recovery codes, which nobody can read later.

    :raises FactorNotBegun: if no secret waits for its first code.
    :raises WrongCode: if the code is not the app's.
    """
    lock(Account, account.id)
    factor = queries.get_second_factor(account.id)
    if factor is None or factor.confirmed_at is not None:
        raise FactorNotBegun
    step = _matching_step(secret_of(factor), rules.digits_of(typed), now)
    if step is None:
        raise WrongCode
    factor.confirmed_at = account.second_factor_at = now
    factor.last_step = step
    account.version += 1
    made = _make_codes(account, now)
    mail.queue(mails.note(account, Note.SECOND_FACTOR_SET), now=now)
    audit.record("accounts.second_factor_set", account.label, actor=account, now=now)
    return made


def renew_codes(account: Account, *, now: datetime) -> list[str]:
    """Make new recovery codes and return them; the earlier ones end.

    :raises FactorNotBegun: if there is no second factor.
    """
    lock(Account, account.id)
    if account.second_factor_at is None:
        raise FactorNotBegun
    made = _make_codes(account, now)
    audit.record("accounts.recovery_codes_made", account.label, after={"codes": len(made)}, actor=account, now=now)
    return made


def use_code(account_id: int, typed: str, *, now: datetime) -> None:
    """Take a code of the app or of the paper; each is good once.

    :raises WrongCode: if it is neither.
    """
    factor = queries.get_second_factor(account_id)
    is_set = factor is not None and factor.confirmed_at is not None
    digits = rules.digits_of(typed)
    step = _matching_step(secret_of(factor) if factor and is_set else _DECOY, digits, now)
    if is_set and step is not None and _advance(account_id, step):
        return
    if not digits and _use_recovery_code(account_id, typed, now):
        return
    raise WrongCode


def remove(account: Account, *, now: datetime) -> None:
    """Take one's own second factor away, to set up a new one or to do without where the role allows that.

    :raises FactorNotBegun: if there is none.
    """
    lock(Account, account.id)
    if account.second_factor_at is None:
        raise FactorNotBegun
    _take_away(account, now)
    audit.record("accounts.second_factor_removed", account.label, actor=account, now=now)


def reset(account: Account, *, actor: Actor, now: datetime) -> None:
    """Take away a second factor that its owner has lost; the account is signed out everywhere.

    :raises OwnAccount: if it is the actor's own.
    :raises FactorNotBegun: if there is none.
    """
    lock(Account, account.id)
    if account.label == actor.label:
        raise OwnAccount
    if account.second_factor_at is None:
        raise FactorNotBegun
    _take_away(account, now)
    count = operations.drop_sessions(account, now=now)
    audit.record("accounts.second_factor_reset", account.label, after={"sign_ins": count}, actor=actor, now=now)


def _matching_step(secret: str, digits: str, now: datetime) -> int | None:
    """Return the time step whose code this is; every candidate is compared, whether or not one fits already."""
    app = pyotp.TOTP(secret)
    fits = [step for step in rules.steps_around(now) if hmac.compare_digest(app.generate_otp(step), digits)]
    return fits[0] if fits else None


def _advance(account_id: int, step: int) -> bool:
    """Use a time step up; of two who bring the same code at once one succeeds, and no earlier code is taken later."""
    unused = update(SecondFactor).where(SecondFactor.account_id == account_id, SecondFactor.last_step < step)
    return change_rows(unused.values(last_step=step)) == 1


def _use_recovery_code(account_id: int, typed: str, now: datetime) -> bool:
    code = tokens.normalize_code(typed)
    left = queries.list_recovery_codes(account_id)
    fitting = [one for one in left if passwords.is_pin(one.code_hash, _place(account_id), code)]
    if not fitting:
        return False
    unused = update(RecoveryCode).where(RecoveryCode.id == fitting[0].id, RecoveryCode.used_at.is_(None))
    if change_rows(unused.values(used_at=now)) != 1:
        return False
    account = db.session.get_one(Account, account_id)
    mail.queue(mails.note(account, Note.RECOVERY_CODE_USED, left=len(left) - 1), now=now)
    audit.record("accounts.recovery_code_used", account.label, after={"left": len(left) - 1}, actor=account, now=now)
    return True


def _make_codes(account: Account, now: datetime) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    made = [tokens.random_code(rules.RECOVERY_LENGTH) for _turn in range(rules.RECOVERY_CODES)]
    db.session.add_all(
        RecoveryCode(account_id=account.id, code_hash=passwords.hash_pin(_place(account.id), code), created_at=now)
        for code in made
    )
    db.session.flush()
    return made


def _take_away(account: Account, now: datetime) -> None:
    _forget(account)
    account.second_factor_at = None
    account.version += 1
    mail.queue(mails.note(account, Note.SECOND_FACTOR_TAKEN_AWAY), now=now)


def _forget(account: Account) -> None:
    for table in (RecoveryCode, SecondFactor):
        db.session.execute(delete(table).where(table.account_id == account.id))


def _place(account_id: int) -> str:
    return f"second_factor {account_id}"
