"""What the audit log is told of a list on its way in: who brought it and who changed what of it, never what it says."""

from datetime import datetime
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.registration.models import NominationList


def staged(nomination_list: NominationList, rows: int, *, actor: Actor, now: datetime) -> None:
    """Record that a list of people has come in."""
    told = {"filename": nomination_list.filename, "sha256": nomination_list.sha256, "rows": rows}
    _record("registration.list_staged", nomination_list, told, actor, now)


def edited(nomination_list: NominationList, act: str, *, actor: Actor, now: datetime, **where: Any) -> None:
    """Record that somebody reads a waiting list otherwise: `act` says how, `where` in which row or column."""
    _record("registration.list_edited", nomination_list, {"act": act, **where}, actor, now)


def discarded(nomination_list: NominationList, *, actor: Actor, now: datetime) -> None:
    """Record that a list was let go."""
    _record("registration.list_discarded", nomination_list, {}, actor, now)


def _record(event: str, nomination_list: NominationList, told: dict[str, Any], actor: Actor, now: datetime) -> None:
    subject, after = f"training {nomination_list.training.code}", {"list": nomination_list.reference, **told}
    audit.record(event, subject, after=after, actor=actor, now=now)
