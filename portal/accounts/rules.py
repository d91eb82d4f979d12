"""Pure decisions about accounts: states, passwords, codes, devices, tickets, and how long links are valid.

It looks the same whether the password was right or not: same length, and sealed by whoever carries it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.access.permissions import Role
from portal.platform.texts import N_, Labelled

STEP = 30  # Seconds for which an app shows one code.
DIGITS = 6
RECOVERY_CODES = 10
RECOVERY_LENGTH = 12  # Letters of 5 bits: nobody guesses one, however often the door is tried.


def steps_around(now: datetime) -> tuple[int, ...]:
    """Return the time steps whose codes are taken: the present one, and its neighbors for clocks that go wrong."""
    step = int(now.timestamp()) // STEP
    return step, step - 1, step + 1


def digits_of(typed: str) -> str:
    """Return what an app's code must be, without the space that apps show in its middle; else an empty text."""
    digits = "".join(typed.split())
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdigit() else ""


def grouped(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


DEMO_DOMAIN = "@demo.example"
DEMO_PASSWORD = "okuu-demo"


def is_demo_address(email: str) -> bool:
    return email.strip().casefold().endswith(DEMO_DOMAIN)


# Each browser also claims to be those further down, so the order decides.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("YaBrowser", "Yandex"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Return browser and system, such as "Chrome, Android"; empty for what is neither."""
    found = [next((name for mark, name in names if mark in user_agent), None) for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found))


class LinkKind(StrEnum):
    INVITATION = "invitation"
    PASSWORD = "password"


class LinkFault(Labelled):
    UNKNOWN = "unknown", N_("This link is not one of ours. Open the whole link of the mail, or copy it completely.")
    USED = "used", N_("This link was used already; each works once. Sign in, or ask for a new one.")
    REVOKED = "revoked", N_("This link is not valid any more. If a newer mail has come, use the link in that one.")
    LATE = "late", N_("This link has come to its end. Ask for a new one.")


LINK_LIFE = {LinkKind.INVITATION: timedelta(days=7), LinkKind.PASSWORD: timedelta(minutes=10)}
PATHS = {LinkKind.INVITATION: "/invitation#", LinkKind.PASSWORD: "/new-password#"}


_BY_LINK = (Role.PARTICIPANT, Role.VENUE_HELPER)
ACCOUNT_ROLES = tuple(role for role in Role if role not in _BY_LINK)
# Whoever runs trainings or the portal, or reads of everybody in them, proves it with two things.
GUARDED_ROLES = frozenset({Role.ADMINISTRATOR, Role.COORDINATOR, Role.AUDITOR, Role.VETTING_OFFICER})


class AccountState(StrEnum):
    """Invited until a password is set, then open, until it is closed."""

    INVITED = "invited"
    OPEN = "open"
    CLOSED = "closed"


class AssignmentFault(Labelled):
    REGIONS_MISSING = "regions_missing", N_("Choose at least one region, or all of them.")
    PROJECTS_MISSING = "projects_missing", N_("Choose at least one project.")
    INSTITUTION_MISSING = "institution_missing", N_("Choose the institution.")
    ROLE_UNKNOWN = "role_unknown", N_("Choose the role.")


@dataclass(frozen=True)
class Assignment:
    """A role and what it reaches; `regions` None means every region."""

    role: Role
    regions: frozenset[str] | None = frozenset()
    project_ids: frozenset[int] = frozenset()
    institution_id: int | None = None

    def trimmed(self) -> "Assignment":
        """Return the assignment without what its role has no use for."""
        return Assignment(
            self.role,
            self.regions if self.role is Role.COORDINATOR else frozenset(),
            self.project_ids if self.role is Role.DONOR else frozenset(),
            self.institution_id if self.role is Role.FOCAL_POINT else None,
        )

    def fault(self) -> AssignmentFault | None:
        match self.role:
            case Role.PARTICIPANT | Role.VENUE_HELPER:
                return AssignmentFault.ROLE_UNKNOWN
            case Role.COORDINATOR if self.regions is not None and not self.regions:
                return AssignmentFault.REGIONS_MISSING
            case Role.DONOR if not self.project_ids:
                return AssignmentFault.PROJECTS_MISSING
            case Role.FOCAL_POINT if self.institution_id is None:
                return AssignmentFault.INSTITUTION_MISSING
            case _:
                return None


TICKET_LIFE = timedelta(minutes=10)
FRESH = timedelta(minutes=15)  # So long ago an owner may have proved to be there, for what is hard to take back.
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
        account_id, password, address, made_at = text.split(".")
        return cls(int(account_id), password, address, int(made_at))

    def __str__(self) -> str:
        return f"{self.account_id:012d}.{self.password}.{self.address}.{self.made_at:012d}"

    @property
    def bucket(self) -> str:
        """Return what tries are counted by: who lacks the password cannot use up the tries of who has it."""
        return f"{self.address} {self.password}"

    def is_good(self, now: datetime) -> bool:
        return 0 <= now.timestamp() - self.made_at <= TICKET_LIFE.total_seconds()


def account_key(email: str) -> str:
    """Return what stands for an account where its address must not, the same whether there is one or not."""
    return fingerprint(email.strip().casefold())


def fingerprint(text: str) -> str:
    """Return 64 bits that tell whether two texts are the same."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
