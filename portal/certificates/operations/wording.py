"""The words for reasons and faults of names."""

from typing import Any

from portal.certificates.rules import Eligibility, Ineligible
from portal.platform.wording import _l

_REASONS = {
    Ineligible.TRAINING_CANCELLED: _l("The training was cancelled."),
    Ineligible.NOT_CONFIRMED: _l("Has no confirmed seat."),
    Ineligible.NOT_A_PARTICIPANT: _l("Is not a participant."),
    Ineligible.NO_SESSIONS: _l("The training has no sessions."),
}
_NOT_MARKED = _l("Attended %(percent)s %% of the required %(minimum)s %%; %(unmarked)s sessions are not marked.")
_BELOW_MINIMUM = _l("Attended %(percent)s %% of the required %(minimum)s %%.")


def reason(eligibility: Eligibility) -> Any:
    """Return why somebody gets no certificate, or an empty text."""
    if eligibility.reason is None:
        return ""
    if eligibility.reason in _REASONS:
        return _REASONS[eligibility.reason]
    text = _NOT_MARKED if eligibility.reason is Ineligible.NOT_MARKED else _BELOW_MINIMUM
    percent = f"{eligibility.attended.percent:g}"
    return str(text) % {
        "percent": percent,
        "minimum": eligibility.minimum,
        "unmarked": eligibility.attended.unmarked,
    }
