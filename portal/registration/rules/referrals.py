"""Who is told where victims find help."""

from datetime import date

from portal.registration.rules.states import RegistrationState


def sees_centers(state: str, ends_on: date, today: date, *, is_cancelled: bool) -> bool:
    """Tell whether somebody who has the training behind them sees the crisis centers."""
    return state == RegistrationState.CONFIRMED and not is_cancelled and ends_on < today
