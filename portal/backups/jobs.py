"""The daily backup."""

from datetime import datetime
from typing import Any

from portal.access.policy import Operator
from portal.backups import operations, rules
from portal.config import get_settings
from portal.platform import clock, jobs
from portal.platform.db import transaction

_MAKE = "backups.make"
_WORKER = Operator(label="worker")


@jobs.handler(_MAKE)
def run_make(_progress: jobs.Progress) -> dict[str, Any]:
    """Make the backup of the day, unless a run that was killed has made it, and keep as many as are wanted."""
    settings, now = get_settings(), clock.now()
    if rules.is_due(operations.names(settings.backups), now):
        made = operations.make(settings, settings.backups, with_keys=False, now=now)
        with transaction():
            operations.record(made, actor=_WORKER, now=clock.now())
    gone = operations.thin_out(settings.backups, settings.backups_kept, now)
    return {"removed": gone}


def queue_due(now: datetime) -> None:
    """Queue the backup of the day when it is due; none is where none is to be kept."""
    settings = get_settings()
    if settings.backups_kept and rules.is_due(operations.names(settings.backups), now):
        with transaction():
            jobs.enqueue(_MAKE, subject="all", requested_by=_WORKER.label, now=now)
