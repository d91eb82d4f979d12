"""What venues and places of trainings are refused for."""

from portal.platform.errors import Refusal
from portal.platform.wording import _l


class OutOfReach(Refusal):
    """Refuse a training in a region that the actor does not run."""

    message = _l("You do not run trainings in this region.")


class VenueElsewhere(Refusal):
    """Refuse a venue of another region."""

    message = _l("The venue is in another region.")


class VenueKnown(Refusal):
    """Refuse a second venue of the same name in a region."""

    message = _l("There is a venue “%(name)s” in this region already.")


class ClockInUse(Refusal):
    """Refuse another clock for a venue at which trainings are planned."""

    message = _l("Trainings are planned on this venue's clock, so it stays. Make a new venue instead.")
