"""Who a participant's cookie belongs to; their pages stand with the certificates."""

from portal.platform import clock, cookies
from portal.registration.models import ParticipantSession
from portal.registration.queries import keys as queries
from portal.registration.rules.keys import COOKIE


def load_participant() -> ParticipantSession | None:
    """Return the participant's stay of this request's cookie; whether it still holds is read anew each time."""
    token = cookies.read(COOKIE)
    return queries.find_stay(token, clock.now()) if token else None
