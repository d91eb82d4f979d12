"""Make and change ranks and posts. None is removed: one that holds no more gets its last day."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.people.models import Institution, Post, Rank
from portal.people.rules.ranks import PlannedTitle, RankGroup, title_faults
from portal.platform.db import db
from portal.platform.texts import Text
from portal.records import operations as records
from portal.records.operations import Change
from portal.records.rules import RecordFault, RecordFaultCode

Title = TypeVar("Title", Rank, Post)
# What is recorded when one is added, and when it is changed.
_EVENTS: Mapping[type, tuple[str, str]] = {
    Rank: ("people.rank_added", "people.rank_changed"),
    Post: ("people.post_added", "people.post_changed"),
}


def create(model: type[Title], planned: PlannedTitle, *, actor: Actor, now: datetime) -> Title:
    """Make a rank or a post.

    :raises RecordRefused: if something stands against it.
    :raises CodeTaken: if its code is taken.
    """
    _require(model, planned)
    title = model(code=planned.code)
    _write(planned, title)
    records.add(title)
    audit.record(_EVENTS[model][0], subject(title), after=recorded(title), actor=actor, now=now)
    return title


def change(title: Rank | Post, planned: PlannedTitle, *, version: int, actor: Actor, now: datetime) -> None:
    """Change a rank or a post; its code stays.

    :raises RecordRefused: if something stands against it.
    :raises RecordChanged: if another version than `version` stands.
    """
    title = records.lock(title, version)
    _require(type(title), planned)
    before = recorded(title)
    _write(planned, title)
    change = Change(_EVENTS[type(title)][1], subject(title), before, recorded(title))
    records.finish(title, change, actor=actor, now=now)


def subject(title: Rank | Post) -> str:
    """Return how the audit log names a rank or a post."""
    return f"{title.__tablename__} {title.code}"


def recorded(title: Rank | Post) -> dict[str, Any]:
    """Return what the audit log keeps of a rank or a post."""
    owner = db.session.get(Institution, title.institution_id) if title.institution_id else None
    return {
        "code": title.code,
        **Text.of(title).columns(),
        "place": title.place,
        "institution": owner.code if owner else None,
        "valid_from": str(title.valid_from) if title.valid_from else None,
        "closed_on": str(title.closed_on) if title.closed_on else None,
        **({"group": title.rank_group} if isinstance(title, Rank) else {}),
    }


def _require(model: type, planned: PlannedTitle) -> None:
    found = title_faults(planned)
    if model is Rank and planned.group not in set(RankGroup):
        found.append(RecordFault(RecordFaultCode.CHOICE_UNKNOWN, "rank_group"))
    records.require(found)


def _write(planned: PlannedTitle, title: Rank | Post) -> None:
    for column, text in planned.titles.columns().items():
        setattr(title, column, text)
    title.place, title.institution_id = planned.place, planned.institution_id
    title.valid_from, title.closed_on = planned.valid_from, planned.closed_on
    if isinstance(title, Rank):
        title.rank_group = planned.group
