"""Read releases and their parts, as far as somebody reaches."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, false, select
from sqlalchemy.orm import contains_eager, defer, joinedload

from portal.access.permissions import Role
from portal.access.policy import Actor, reaches
from portal.audit import queries as audit
from portal.audit.queries import Fault, Told
from portal.audit.rules import canonical
from portal.platform import paging
from portal.platform.db import db
from portal.platform.paging import Page
from portal.reports.models import Release, ReleasePart
from portal.reports.rules.parts import Part, in_order
from portal.trainings.models import Project

PAGE_SIZE = 30


class _Whole:
    """Everything there is, as an object that only some reach."""

    scope = Release().scope


def everything() -> _Whole:
    """Return what only those reach who see all regions and projects."""
    return _Whole()


def get_last() -> Release | None:
    """Return the latest release."""
    return db.session.scalars(select(Release).order_by(Release.number.desc()).limit(1)).first()


def get_part(release_number: int, part_code: str) -> ReleasePart | None:
    """Return one part of one release."""
    query = (
        select(ReleasePart)
        .join(ReleasePart.release)
        .options(contains_eager(ReleasePart.release), joinedload(ReleasePart.project))
        .where(Release.number == release_number, ReleasePart.code == part_code)
    )
    return db.session.scalars(query).one_or_none()


def find_latest(actor: Actor) -> ReleasePart | None:
    """Return the part of the latest release that somebody reaches; of several projects the first."""
    query = _within(_parts(), actor).order_by(Release.number.desc(), ReleasePart.project_id.is_not(None), Project.code)
    return db.session.scalars(query.limit(1)).first()


def list_neighbors(part: ReleasePart, actor: Actor) -> list[ReleasePart]:
    """Return the parts of the same release within reach, without what they say."""
    query = _within(_parts(), actor).where(ReleasePart.release_id == part.release_id)
    return list(db.session.scalars(query.options(defer(ReleasePart.content)).order_by(Project.code)))


def page_of_parts(actor: Actor, number: int) -> Page[ReleasePart]:
    """Return one page of what somebody reaches, the latest release first, without what the parts say."""
    query = _within(_parts(), actor)
    query = query.order_by(Release.number.desc(), ReleasePart.project_id.is_not(None), Project.code)
    return paging.page(query, number, PAGE_SIZE, options=[defer(ReleasePart.content)])


def list_earlier() -> dict[str, list[Part]]:
    """Return the parts of all releases with what stands behind them, by project, in the order of the releases."""
    query = (
        select(ReleasePart.code, ReleasePart.content, ReleasePart.basis)
        .join(Release, Release.id == ReleasePart.release_id)
        .order_by(Release.number)
    )
    found: dict[str, list[Part]] = defaultdict(list)
    for code, content, basis in db.session.execute(query):
        found[code].append(Part(code, json.loads(content), basis))
    return dict(found)


def content_of(part: ReleasePart) -> dict[str, Any]:
    """Return what a part says."""
    return in_order(json.loads(part.content))


def is_unchanged(part: ReleasePart) -> bool:
    """Tell whether the stored text still has the hash that was published with it."""
    return hashlib.sha256(part.content.encode()).hexdigest() == part.sha256


def _parts() -> Select[ReleasePart]:
    return (
        select(ReleasePart)
        .join(ReleasePart.release)
        .join(ReleasePart.project, isouter=True)
        .options(contains_eager(ReleasePart.release), contains_eager(ReleasePart.project))
    )


def _within(query: Select[ReleasePart], actor: Actor) -> Select[ReleasePart]:
    """Limit a query over parts to what the actor reaches; the same rule as `policy.reaches`."""
    if actor.role == Role.DONOR:
        return query.where(ReleasePart.project_id.in_(actor.reach.project_ids))
    return query if reaches(actor, _Whole.scope) else query.where(false())


def list_faults() -> tuple[int, list[Fault]]:
    """Return how many releases were compared with the log, and which are not what was published."""
    told = {one.subject: one for one in audit.list_told(("reports.released",))}
    there = {f"release {one.number}": one for one in db.session.scalars(select(Release).order_by(Release.number))}
    faults = [Fault(one.entry, name, "is gone") for name, one in told.items() if name not in there]
    for name, release in there.items():
        entry = told[name].entry if name in told else None
        problem = _problem_of(release, told.get(name))
        if problem:
            faults.append(Fault(entry, name, problem))
    return len(there), faults


def _problem_of(release: Release, told: Told | None) -> str:
    """Return what of a release is not as it was published; empty if all is."""
    if told is None:
        return "is not in the log"
    query = select(ReleasePart).where(ReleasePart.release_id == release.id).order_by(ReleasePart.id)
    parts = list(db.session.scalars(query))
    changed = sorted(part.code for part in parts if not is_unchanged(part))
    if changed:
        return f"what it says is not what its hash covers: {', '.join(changed)}"
    if whole_hash(release.number, release.until, release.k, parts) != told.after.get("sha256"):
        return "it is not the one that was published"
    return "" if recorded(release) == told.after else "the list of releases says otherwise than the log"


def whole_hash(number: int, until: date, k: int, parts: Sequence[ReleasePart]) -> str:
    """Return the hash of a release: of its number, day and k and the hashes of its parts in their order."""
    facts = canonical([number, until.isoformat(), k, [[part.code, part.sha256] for part in parts]])
    return hashlib.sha256(facts.encode()).hexdigest()


def recorded(release: Release) -> dict[str, Any]:
    """Return what the log says of a release."""
    return {
        "until": release.until.isoformat(),
        "k": release.k,
        "trainings": release.trainings,
        "people": release.people,
        "hidden_cells": release.hidden_cells,
        "sha256": release.sha256,
    }
