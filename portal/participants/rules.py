"""Validity of links, PINs and sessions, and limits on attempts."""

from datetime import date, datetime, time, timedelta, tzinfo

# The cookie of a participant's stay on their own page.
COOKIE = "my"
STAY = timedelta(hours=12)

_AFTER_THE_END = timedelta(days=14)
# A link that is sent in a mail must be good for at least this long, or a new one is made beside it.
LEAST_LEFT = timedelta(days=7)

# What is counted are failures. Helpers and lists show references, so the PIN alone keeps a slip: eight digits.
# From one address a PIN is tried so often, from all of them together beyond the ceiling once a minute.
PIN_TRIES = ((5, timedelta(minutes=1)), (40, timedelta(days=1)))
REFERENCE_TRIES = (200, timedelta(days=1))
# A whole training opens its pages from the one address of a venue's network. One that fails all day, over the slips
# of however many people, finds one of them with a chance of 1 in 13,000.
ADDRESS_TRIES = (300, timedelta(hours=1))


def valid_until(ends_on: date, zone: tzinfo, now: datetime) -> datetime:
    """Return when a key given now ends: two weeks after the training's last day, or after today if that is later."""
    after_the_training = datetime.combine(ends_on + timedelta(days=1), time(), zone) + _AFTER_THE_END
    return max(after_the_training, now + _AFTER_THE_END)
