"""Tell the owner of an account that somebody tries its password."""

from datetime import datetime

from portal.access.policy import Operator
from portal.accounts import mails, queries
from portal.accounts.rules.demo import is_demo_address
from portal.accounts.rules.states import AccountState
from portal.audit import operations as audit
from portal.platform import jobs, mail, tokens, vault

# The name of the job that tells.
JOB = "accounts.tell_of_guesses"


def ask_to_tell(email: str, *, now: datetime) -> None:
    """Have the owner of an address told, if there is one; the page that asks learns nothing of that."""
    email = email.strip().casefold()
    sealed = vault.seal(email, JOB)
    jobs.enqueue(JOB, subject=tokens.hash_token(email), requested_by="visitor", now=now, sealed_email=sealed)


def tell(email: str, *, now: datetime) -> bool:
    """Mail the owner of an open account that many tries to sign in have failed; tell whether there is one."""
    account = queries.get_by_email(email)
    if account is None or account.state is not AccountState.OPEN or is_demo_address(account.email):
        return False
    mail.queue(mails.guesses(account), now=now)
    audit.record("accounts.guesses_told", account.label, actor=Operator(label="worker"), now=now)
    return True
