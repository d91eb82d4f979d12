"""Limits that are used up, whatever the clock does while a test runs."""

from portal.platform import clock, limits
from portal.platform.db import db
from portal.platform.limits import Limit


def spend(limit: Limit, value: str) -> None:
    """Use a limit up for `value`, in this window and in the next, in case that one begins meanwhile."""
    db.session.commit()  # The counter writes on a connection of its own.
    now = clock.now()
    for moment in (now, now + limit.window):
        for _turn in range(limit.uses):
            limits.count(limit, value, moment)
