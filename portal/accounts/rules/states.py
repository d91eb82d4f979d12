"""Where an account stands, and what it may be turned into."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from portal.access.permissions import Role

_BY_LINK = (Role.PARTICIPANT, Role.VENUE_HELPER)
ACCOUNT_ROLES = tuple(role for role in Role if role not in _BY_LINK)
# Whoever runs trainings or the portal, or reads of everybody in them, proves it with two things.
GUARDED_ROLES = frozenset({Role.ADMINISTRATOR, Role.COORDINATOR, Role.AUDITOR, Role.VETTING_OFFICER})


class AccountState(StrEnum):
    """Invited until a password is set, then open, until it is closed."""

    INVITED = "invited"
    OPEN = "open"
    CLOSED = "closed"


class AssignmentFault(StrEnum):
    """What a role cannot be without."""

    REGIONS_MISSING = "regions_missing"
    PROJECTS_MISSING = "projects_missing"
    INSTITUTION_MISSING = "institution_missing"
    ROLE_UNKNOWN = "role_unknown"


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
        """Return what the role lacks."""
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


def state_of(*, has_password: bool, is_closed: bool) -> AccountState:
    """Return where an account stands."""
    if is_closed:
        return AccountState.CLOSED
    return AccountState.OPEN if has_password else AccountState.INVITED


def is_last(account_id: int, open_administrators: Collection[int]) -> bool:
    """Tell whether nobody else administers the portal."""
    return set(open_administrators) == {account_id}
