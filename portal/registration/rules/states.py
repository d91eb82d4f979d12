"""States of a registration and the moves between them."""

from enum import StrEnum


class RegistrationState(StrEnum):
    """Where a person stands in a training."""

    NOMINATED = "nominated"
    INVITED = "invited"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SUBSTITUTED = "substituted"


class RegistrationRole(StrEnum):
    """What a person comes as; only participants and alternates compete for seats."""

    PARTICIPANT = "participant"
    ALTERNATE = "alternate"
    FACILITATOR = "facilitator"
    GUEST = "guest"


class Cause(StrEnum):
    """The usual reasons of a move; the first two are found by counting seats, the others are somebody's choice."""

    TRAINING_FULL = "training_full"
    ALLOTMENT_FULL = "allotment_full"
    ADMINISTRATIVE = "administrative"
    DOCUMENTS_INCOMPLETE = "documents_incomplete"
    PREREQUISITES_UNMET = "prerequisites_unmet"
    WORK = "work"
    ILLNESS = "illness"
    PERSONAL = "personal"
    OTHER = "other"
    UNKNOWN = "unknown"


class Obstacle(StrEnum):
    """Why a nominated person can have no seat at all, whatever is free."""

    VETTING_MISSING = "vetting_missing"


_ENDS = frozenset({RegistrationState.DECLINED, RegistrationState.WITHDRAWN, RegistrationState.SUBSTITUTED})

MOVES: dict[RegistrationState, frozenset[RegistrationState]] = {
    RegistrationState.NOMINATED: frozenset(RegistrationState) - {RegistrationState.NOMINATED},
    RegistrationState.INVITED: frozenset(RegistrationState) - {RegistrationState.INVITED},
    RegistrationState.WAITLISTED: frozenset(
        {RegistrationState.CONFIRMED, RegistrationState.DECLINED, RegistrationState.WITHDRAWN}
    ),
    RegistrationState.CONFIRMED: frozenset({RegistrationState.WAITLISTED}) | _ENDS,
    RegistrationState.DECLINED: frozenset({RegistrationState.NOMINATED}),
    RegistrationState.WITHDRAWN: frozenset({RegistrationState.NOMINATED}),
    RegistrationState.SUBSTITUTED: frozenset(),
}

# What somebody may give as the reason of a move; a move that is not here needs none.
CAUSES: dict[RegistrationState, tuple[Cause, ...]] = {
    RegistrationState.WAITLISTED: (Cause.ADMINISTRATIVE, Cause.DOCUMENTS_INCOMPLETE, Cause.OTHER),
    RegistrationState.DECLINED: (
        Cause.PREREQUISITES_UNMET,
        Cause.DOCUMENTS_INCOMPLETE,
        Cause.ADMINISTRATIVE,
        Cause.OTHER,
    ),
    RegistrationState.WITHDRAWN: (Cause.WORK, Cause.ILLNESS, Cause.PERSONAL, Cause.UNKNOWN, Cause.OTHER),
}


def can_move(state: RegistrationState, target: RegistrationState) -> bool:
    """Tell whether a registration may go from one state to the other."""
    return target in MOVES[state]
