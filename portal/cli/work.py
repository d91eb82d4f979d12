"""Run a job here and now, and wait for one that somebody else runs."""

import time

from portal.cli.output import Refused
from portal.platform import jobs
from portal.platform.db import db
from portal.platform.jobs import Job

_PATIENCE = 600


def see_through(job_id: int, busy: str) -> Job:
    """Return a job when it is over; one that a killed process left behind is finished, a living one waited for.

    :raises Refused: with `busy` as the reason if the wait takes too long.
    """
    deadline = time.monotonic() + _PATIENCE
    jobs.take_over(job_id)
    while not db.session.get_one(Job, job_id).is_over:
        db.session.rollback()
        if time.monotonic() > deadline:
            raise Refused(busy)
        time.sleep(0.2)
        jobs.take_over(job_id)
    return db.session.get_one(Job, job_id)
