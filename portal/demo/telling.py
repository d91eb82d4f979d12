"""What the demo's participants were sent, and how a step of the demo uses a child process.

Nobody waits for a child in a transaction that writes, and most starts find everything there and need no child.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from portal.access.policy import Actor, Operator
from portal.accounts import queries as accounts
from portal.mailing import operations
from portal.mailing import queries as mailing_queries
from portal.mailing.rules import MailKind, Standing, evening_before
from portal.people import operations as people
from portal.platform import smtp
from portal.platform.db import transaction
from portal.registration import queries as registration_queries
from portal.trainings import queries as trainings
from portal.trainings.models import Training

_MORNING = time(10)
_EARLY = timedelta(days=6)
_SPEAKS_KYRGYZ = 3  # Every third person of the demo.
_PASSED_ON = 2  # Every second text, so that some wait.
_SENDER = "portal@localhost"


def choose_languages(training: Training) -> None:
    """Let some of the participants read Kyrgyz."""
    confirmed = registration_queries.list_confirmed(training.id)
    people.keep_language([entry.person_id for entry in confirmed[::_SPEAKS_KYRGYZ]], "ky")


def tell(code: str, coordinator: str, data: Path, *, now: datetime) -> None:
    """Send what is due of the confirmation, the reminder and the request to evaluate, each at its own time."""
    for kind in (MailKind.CONFIRMATION, MailKind.REMINDER, MailKind.EVALUATION):
        with transaction():
            training, actor = _training(code), accounts.get_by_email(coordinator) or Operator()
            at = _moment(training, kind)
            queued = at < now and _queue(training, kind, actor=actor, at=at)
        if queued:
            smtp.send_due("file:", data, _SENDER, at)


def _queue(training: Training, kind: MailKind, *, actor: Actor, at: datetime) -> bool:
    recipients = [
        one for one in mailing_queries.list_recipients(training, kind, at) if not one.mails and not one.passed
    ]
    if not any(one.standing == Standing.TO_SEND for one in recipients):
        return False
    chosen = {one.registration.reference: 0 for one in recipients}
    operations.send(training, kind, chosen, actor=actor, now=at)
    by_hand = [one.registration for one in recipients if not one.has_address]
    for registration in by_hand[::_PASSED_ON]:
        operations.pass_on(registration, kind, actor=actor, now=at + timedelta(hours=1))
    return True


def _moment(training: Training, kind: MailKind) -> datetime:
    zone, when = ZoneInfo(training.time_zone), mailing_queries.timing(training)
    assert when.starts_at is not None and when.ends_at is not None
    if kind == MailKind.CONFIRMATION:
        return datetime.combine(training.starts_on - _EARLY, _MORNING, zone)
    return evening_before(when.starts_at, zone) if kind == MailKind.REMINDER else when.ends_at


def _training(code: str) -> Training:
    training = trainings.get_training(code)
    assert training is not None
    return training


_made: dict[tuple[Any, ...], Any] = {}


class _Lacking(Exception):
    """Nothing is wrong: it names what is to be made outside."""


def made(work: Callable[..., Any], *arguments: Any) -> Any:
    """Return what some work gives, which was done outside of the present step."""
    key = (work, *arguments)
    if key not in _made:
        raise _Lacking(key)
    return _made[key]


def run(step: Callable[[], None]) -> None:
    """Do a step in one transaction, after whatever it turns out to need."""
    while True:
        try:
            with transaction():
                step()
        except _Lacking as lacking:
            (key,) = lacking.args
            work, *arguments = key
            _made[key] = work(*arguments)
        else:
            return
