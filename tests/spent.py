"""Limits that are used up while a test runs."""

from dataclasses import replace

from portal.platform import clock, limits
from portal.platform.db import db
from portal.platform.limits import Limit


def spend(limit: Limit, value: str) -> None:
    """Use a limit up for `value`."""
    db.session.commit()  # The counter writes on a connection of its own.
    now = clock.now()
    for _turn in range(limit.uses):
        limits.take(replace(limit, pause=None), value, now)
