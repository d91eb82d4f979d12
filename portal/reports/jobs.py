"""Publish a release in the background."""

from datetime import date
from typing import Any

from portal.access.permissions import Permission
from portal.accounts.operations import actor_of
from portal.platform import clock, jobs
from portal.platform.db import reading_session, transaction
from portal.reports import operations, queries
from portal.reports.rules import Seen


@jobs.handler(operations.JOB)
def publish_release(
    progress: jobs.Progress, *, until: str, k: int, number: int, books: dict[str, int | None], locale: str
) -> dict[str, Any]:
    """Publish what was seen; run again after a crash, it finds the release that it has published."""
    published = progress.kept()
    if published is not None:
        return published
    seen = Seen(number, date.fromisoformat(until), k, books)
    with reading_session(), jobs.job_locale(locale):
        operations.ensure_as_seen(seen)
        draft = operations.prepare(seen.until, k, progress.report)
    with transaction(), jobs.job_locale(locale):
        actor = actor_of(progress.requested_by, Permission.PUBLISH_RELEASE, queries.everything())
        release = operations.publish(draft, actor=actor, now=clock.now())
        made = {
            "release": release.number,
            "tables": release.tables,
            "hidden_cells": release.hidden_cells,
            "sha256": release.sha256,
        }
        progress.keep(made)
    return made
