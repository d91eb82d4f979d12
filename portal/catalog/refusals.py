"""Refusals about venues."""

from portal.platform.errors import Refusal
from portal.platform.i18n import _l


class VenueElsewhere(Refusal):
    """Refuse a venue of another region."""

    message = _l("The venue is in another region.")
