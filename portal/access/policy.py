"""Pure decisions: may this actor do this, to this object?"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from portal.access.permissions import GRANTS, Permission, Role


@dataclass(frozen=True)
class Scope:
    """Where an object lies, in the terms by which actors are limited; None means that it has no such side.

    What is common belongs to no region: every coordinator reaches it.
    """

    region: str | None = None
    training_id: int | None = None
    project_id: int | None = None
    institution_id: int | None = None
    registration_id: int | None = None
    is_common: bool = False
    day: date | None = None


@dataclass(frozen=True)
class Reach:
    """How far an actor sees; list queries filter by it, so that a list and a page cannot disagree.

    `regions` None means every region; the others are empty unless the role is limited by them.
    """

    regions: frozenset[str] | None = frozenset()
    project_ids: frozenset[int] = frozenset()
    institution_id: int | None = None
    registration_id: int | None = None
    training_id: int | None = None
    days: frozenset[date] = frozenset()


class Actor(Protocol):
    """Whoever acts: an account, a participant or a venue helper by link, or an operator at the command line."""

    @property
    def role(self) -> Role: ...
    @property
    def reach(self) -> Reach: ...
    @property
    def label(self) -> str: ...


class Subject(Protocol):
    @property
    def scope(self) -> Scope: ...


@dataclass(frozen=True)
class Operator:
    """The person at the command line, who owns the machine and so reaches everything."""

    role: Role = Role.ADMINISTRATOR
    reach: Reach = Reach(regions=None)
    label: str = "operator"


def holds(actor: Actor, permission: Permission) -> bool:
    """Tell whether the actor's role includes the act."""
    return permission in GRANTS[actor.role]


def reaches(actor: Actor, scope: Scope) -> bool:
    """Tell whether an object in `scope` is the actor's business."""
    reach = actor.reach
    match actor.role:
        case Role.ADMINISTRATOR | Role.AUDITOR:
            return True
        case Role.COORDINATOR:
            return scope.is_common or reach.regions is None or scope.region in reach.regions
        case Role.DONOR:
            return scope.project_id in reach.project_ids
        case Role.FOCAL_POINT:
            return reach.institution_id is not None and scope.institution_id == reach.institution_id
        case Role.PARTICIPANT:
            return reach.registration_id is not None and scope.registration_id == reach.registration_id
        case Role.VENUE_HELPER:
            is_in_training = reach.training_id is not None and scope.training_id == reach.training_id
            return is_in_training and (scope.day is None or scope.day in reach.days)
        case _:
            return False


def may(actor: Actor, permission: Permission, subject: Subject | None = None) -> bool:
    """Tell whether the actor may do this to this object; templates ask it as `can`."""
    return holds(actor, permission) and (subject is None or reaches(actor, subject.scope))
