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


def can_move(state: RegistrationState, target: RegistrationState) -> bool:
    """Tell whether a registration may go from one state to the other."""
    return target in MOVES[state]
