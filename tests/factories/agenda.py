"""Breaks, facilitators and versions of an agenda."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.accounts import operations as account_operations
from portal.accounts.models import Account
from portal.people.models import Person
from portal.platform import links, tokens
from portal.platform.db import db
from portal.trainings import documents
from portal.trainings.models import AgendaBreak, AgendaVersion, SessionFacilitator, Training, TrainingSession
from tests.factories.base import NOW, add


def make_break(
    training: Training, *, day: int = 0, starts: time = time(12), minutes: int = 60, **values: Any
) -> AgendaBreak:
    """Make a lunch on the training's day number `day`, on the venue's clock."""
    local_date = training.starts_on + timedelta(days=day)
    starts_at = datetime.combine(local_date, starts, ZoneInfo(training.time_zone)).astimezone(UTC)
    defaults = {"kind": "lunch", "starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=minutes)}
    pause = AgendaBreak(reference=tokens.random_token(), local_date=local_date, **{**defaults, **values})
    training.breaks.append(pause)
    db.session.flush()
    return pause


def make_facilitator(session: TrainingSession, person: Person) -> SessionFacilitator:
    """Let a person lead a session."""
    leading = SessionFacilitator(person=person, person_id=person.id)
    session.facilitators.append(leading)
    db.session.flush()
    return leading


def make_agenda_version(training: Training, number: int = 1) -> AgendaVersion:
    """Make a version of the agenda as it stands."""
    content = documents.agenda_content(training)
    return add(
        AgendaVersion(
            training_id=training.id, number=number, content=content, published_at=NOW, published_by="operator"
        )
    )


def make_calendar_feed(account: Account) -> str:
    """Make the address of an account's calendar and return its secret."""
    return links.secret_of(account_operations.make_feed(account, now=NOW).seed)
