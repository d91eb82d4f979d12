"""Publish by a job of the worker: it counts without a lock, then writes everything in one short transaction."""

from datetime import datetime

from portal.access.policy import Actor
from portal.platform import jobs
from portal.platform.jobs import Job
from portal.reports.operations import publish
from portal.reports.rules.parts import Seen

JOB = "publish-release"
_NEXT = "next"  # The one subject of these jobs: of two that are asked for at once there is one.


def request(seen: Seen, *, locale: str, is_offered: bool = True, actor: Actor, now: datetime) -> Job:
    """Have what somebody has seen published; while a release is on its way, the job of that one is returned.

    `locale` is the language in which a refusal of the job is worded.

    :raises PublishedMeanwhile, ChangedMeanwhile: if it is no longer what a release would say.
    """
    publish.expect_as_seen(seen)
    return jobs.enqueue(
        JOB,
        subject=_NEXT,
        requested_by=actor.label,
        now=now,
        is_offered=is_offered,
        until=seen.until.isoformat(),
        k=seen.k,
        number=seen.number,
        books=dict(seen.books),
        locale=locale,
    )


def find_run() -> Job | None:
    """Return the newest run, whatever became of it."""
    return jobs.find_latest(JOB, _NEXT)
