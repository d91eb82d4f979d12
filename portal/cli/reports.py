"""Publish releases from the command line."""

from datetime import date, datetime
from typing import Any

import click
from flask import current_app

from portal.access.policy import Operator
from portal.cli.output import Refused, command
from portal.cli.work import see_through
from portal.platform import clock
from portal.platform.db import db
from portal.platform.jobs import Job
from portal.platform.languages import current
from portal.reports.operations import publish_later
from portal.reports.queries import counts, releases
from portal.reports.rules.parts import Seen


@command("publish-release")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Count trainings that ended by this day; else by today."
)
def publish_release(until: datetime | None) -> dict[str, Any]:
    """Publish the counts of all finalized trainings as the next release."""
    job = _run(until.date() if until else clock.today())
    if job.state != "done":
        raise Refused(job.error or "The run stopped; the log says why. Nothing was published.")
    return dict(job.result or {})


def _run(until: date) -> Job:
    """Run the job here and now; a release that is on its way is seen through first."""
    k = current_app.config["PORTAL_SETTINGS"].smallest_count
    while True:
        last = releases.get_last()
        seen = Seen(last.number + 1 if last else 1, until, k, counts.list_books(until))
        job = publish_later.request(seen, locale=current(), is_offered=False, actor=Operator(), now=clock.now())
        job_id, is_ours = job.id, job.arguments["until"] == until.isoformat()
        db.session.commit()
        over = see_through(job_id, "The worker is still publishing a release. Look at its page, or try again later.")
        if is_ours:
            return over
