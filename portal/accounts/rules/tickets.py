"""What is carried from the first step of a sign-in to the second.

It looks the same whether the password was right or not: same length, and sealed by whoever carries it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.access.permissions import Role
from portal.accounts.rules.states import GUARDED_ROLES

LIFE = timedelta(minutes=10)
FRESH = timedelta(minutes=15)
_NOBODY = 0


@dataclass(frozen=True)
class Ticket:
    """Who passed the first step, if anybody did, with which password, and when."""

    account_id: int
    password: str
    address: str
    made_at: int

    @classmethod
    def make(cls, email: str, found: tuple[int, str] | None, now: datetime) -> "Ticket":
        """Return the ticket of an attempt; `found` is the account and its password's hash if the password was right."""
        account_id, password_hash = found or (_NOBODY, "")
        made_at = int(now.timestamp())
        return cls(account_id, fingerprint(password_hash), account_key(email), made_at)

    @classmethod
    def read(cls, text: str) -> "Ticket":
        """Return a ticket from its text."""
        account_id, password, address, made_at = text.split(".")
        return cls(int(account_id), password, address, int(made_at))

    def __str__(self) -> str:
        return f"{self.account_id:012d}.{self.password}.{self.address}.{self.made_at:012d}"

    @property
    def bucket(self) -> str:
        """Return what tries are counted by: who lacks the password cannot use up the tries of who has it."""
        return f"{self.address} {self.password}"

    def is_good(self, now: datetime) -> bool:
        """Tell whether the second step comes soon enough."""
        return 0 <= now.timestamp() - self.made_at <= LIFE.total_seconds()


def account_key(email: str) -> str:
    """Return what stands for an account where its address must not, the same whether there is one or not."""
    return fingerprint(email.strip().casefold())


def fingerprint(text: str) -> str:
    """Return 64 bits that tell whether two texts are the same."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def is_factor_missing(role: Role, *, has_factor: bool, is_demo: bool) -> bool:
    """Tell whether somebody must set up a second factor before anything else."""
    return role in GUARDED_ROLES and not has_factor and not is_demo


def is_fresh(verified_at: datetime, now: datetime) -> bool:
    """Tell whether the owner has proved lately enough to be there for what is hard to take back."""
    return now - verified_at <= FRESH
