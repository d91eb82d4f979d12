"""Who may do what, and on which objects: both must hold."""

from dataclasses import dataclass
from datetime import date

import pytest

from portal.access import policy
from portal.access.permissions import GRANTS, Permission, Role
from portal.access.policy import Operator, Reach, Scope

OSH = Scope(region="KG-GO", training_id=1, project_id=5, institution_id=7, registration_id=9)
NARYN = Scope(region="KG-N", training_id=2, project_id=6, institution_id=8, registration_id=10)
NOWHERE = Scope()
COMMON = Scope(is_common=True)
FIRST, SECOND = date(2026, 9, 14), date(2026, 9, 15)
FIRST_DAY, SECOND_DAY = Scope(training_id=1, day=FIRST), Scope(training_id=1, day=SECOND)


@dataclass(frozen=True)
class Person:
    """An actor with a role and a reach."""

    role: Role
    reach: Reach = Reach()
    label: str = "somebody"


@dataclass(frozen=True)
class Thing:
    scope: Scope


@pytest.mark.parametrize(
    ("actor", "reached", "not_reached"),
    [
        (Person(Role.ADMINISTRATOR), [OSH, NARYN, NOWHERE], []),
        (Person(Role.AUDITOR), [OSH, NARYN, NOWHERE], []),
        (Operator(), [OSH, NARYN, NOWHERE], []),
        (Person(Role.COORDINATOR, Reach(regions=frozenset({"KG-GO", "KG-O"}))), [OSH, COMMON], [NARYN, NOWHERE]),
        (Person(Role.COORDINATOR, Reach(regions=None)), [OSH, NARYN, NOWHERE], []),
        (Person(Role.COORDINATOR), [], [OSH, NARYN, NOWHERE]),
        (Person(Role.DONOR, Reach(project_ids=frozenset({5}))), [OSH], [NARYN, NOWHERE, COMMON]),
        (Person(Role.DONOR, Reach(regions=None)), [], [OSH, NARYN, NOWHERE]),
        (Person(Role.FOCAL_POINT, Reach(institution_id=7)), [OSH], [NARYN, NOWHERE, COMMON]),
        (Person(Role.FOCAL_POINT), [], [OSH, NARYN, NOWHERE]),
        (Person(Role.PARTICIPANT, Reach(registration_id=9)), [OSH], [NARYN, NOWHERE]),
        (Person(Role.PARTICIPANT), [], [OSH, NARYN, NOWHERE]),
        (
            Person(Role.VENUE_HELPER, Reach(training_id=1, days=frozenset({FIRST}))),
            [OSH, FIRST_DAY],
            [NARYN, NOWHERE, SECOND_DAY, Scope(training_id=2, day=FIRST)],
        ),
        (Person(Role.VENUE_HELPER), [], [OSH, NARYN, NOWHERE, FIRST_DAY]),
        (Person(Role.VETTING_OFFICER, Reach(regions=None, institution_id=7)), [], [OSH, NARYN, NOWHERE]),
    ],
    ids=lambda value: f"{value.role.value}" if hasattr(value, "role") else "",
)
def test_actor_reaches_their_own_only(actor: Person, reached: list[Scope], not_reached: list[Scope]) -> None:
    assert all(policy.reaches(actor, scope) for scope in reached)
    assert not any(policy.reaches(actor, scope) for scope in not_reached)


def test_right_without_reach_is_none() -> None:
    coordinator = Person(Role.COORDINATOR, Reach(regions=frozenset({"KG-GO"})))
    assert policy.may(coordinator, Permission.EDIT_TRAINING, Thing(OSH))
    assert not policy.may(coordinator, Permission.EDIT_TRAINING, Thing(NARYN))
    assert policy.may(coordinator, Permission.EDIT_TRAINING)


def test_reach_without_right_is_none() -> None:
    donor = Person(Role.DONOR, Reach(project_ids=frozenset({5})))
    assert policy.reaches(donor, OSH)
    assert not policy.may(donor, Permission.VIEW_REGISTRATIONS, Thing(OSH))


def test_every_role_has_its_grants_and_every_permission_somebody() -> None:
    assert GRANTS.keys() == set(Role)
    assert set().union(*GRANTS.values()) == set(Permission)


def test_auditor_changes_nothing() -> None:
    changing = {"edit", "import", "confirm", "record", "issue", "revoke", "invite", "confirm_names", "export"}
    assert not [right for right in GRANTS[Role.AUDITOR] if right.value.partition(".")[2] in changing]


def test_participant_rights_belong_to_nobody_else() -> None:
    """The guard asks for the participant's own cookie when it sees one of these."""
    others = set().union(*(rights for role, rights in GRANTS.items() if role != Role.PARTICIPANT))
    assert not GRANTS[Role.PARTICIPANT] & others
