"""Mails that the worker queues automatically, some minutes after they are due."""

from datetime import datetime

import structlog

from portal.access.policy import Operator
from portal.mailing import operations, queries
from portal.platform.db import db, transaction

log = structlog.get_logger(__name__)
_WORKER = Operator(label="worker")


def queue_due(now: datetime) -> int:
    """Queue the reminders, requests and news whose time it is, each mail-out in its own transaction."""
    due = queries.list_due(now)
    db.session.rollback()
    queued = 0
    for training_id, kind in due:
        with transaction():
            mails = operations.send_by_itself(training_id, kind, actor=_WORKER, now=now)
        if mails:
            log.info("mails_queued", training=training_id, kind=kind.value, mails=mails)
        queued += mails
    return queued
