"""Load the packaged facts of the country: regions, institutions, ranks and posts."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.people import queries
from portal.people.models import Institution, Post, Rank, Region
from portal.platform.db import db


def load_reference(*, actor: Actor, now: datetime) -> dict[str, int]:
    """Add the regions, institutions, ranks and posts of the packaged files that are missing; return how many of each.

    What an administrator has changed since stays; institutions that nobody has changed learn further aliases.
    """
    facts = queries.get_country()
    loaded = {
        "regions": _load_regions(facts["regions"]),
        "institutions": _load_institutions(facts["institutions"]),
        "ranks": _load_titles(Rank, queries.get_titles("ranks")),
        "posts": _load_titles(Post, queries.get_titles("posts")),
    }
    added = {name: count for name, count in loaded.items() if count}
    if added:
        audit.record("people.reference_loaded", f"country {facts['country']}", after=added, actor=actor, now=now)
    return loaded


def _load_regions(facts: list[dict[str, Any]]) -> int:
    known = {region.code: region for region in db.session.scalars(select(Region))}
    missing = [(order, fact) for order, fact in enumerate(facts, start=1) if not _learn(known, fact)]
    db.session.add_all(Region(order=order, **fact) for order, fact in missing)
    db.session.flush()
    return len(missing)


def _load_institutions(facts: list[dict[str, Any]]) -> int:
    known = {institution.code: institution for institution in db.session.scalars(select(Institution))}
    added = 0
    for fact in facts:  # Parents stand before their children.
        if _learn(known, fact):
            continue
        texts = {name: value for name, value in fact.items() if name not in ("parent", "region")}
        parent = known[fact["parent"]].id if fact["parent"] else None
        institution = Institution(parent_id=parent, region_code=fact.get("region"), **texts)
        db.session.add(institution)
        db.session.flush()
        known[institution.code] = institution
        added += 1
    return added


def _load_titles(model: type[Rank] | type[Post], facts: list[dict[str, Any]]) -> int:
    known = set(db.session.scalars(select(model.code)))
    institutions = {row.code: row.id for row in db.session.execute(select(Institution.code, Institution.id))}
    missing = [(place, fact) for place, fact in enumerate(facts, start=1) if fact["code"] not in known]
    for place, fact in missing:
        columns = {name: value for name, value in fact.items() if name != "institution"}
        owner = institutions[fact["institution"]] if fact.get("institution") else None
        db.session.add(model(place=place * 10, institution_id=owner, **columns))
    db.session.flush()
    return len(missing)


def _learn(known: dict[str, Any], fact: dict[str, Any]) -> bool:
    """Add the aliases that a known row lacks, unless somebody keeps them by hand; return whether it is known.

    It is no new version: that somebody has changed a row is told by its version.
    """
    row = known.get(fact["code"])
    if row is None:
        return False
    further = [alias for alias in fact["aliases"] if alias not in row.aliases]
    if isinstance(row, Region):
        row.aliases = [*row.aliases, *further] if further else row.aliases
    elif row.version == 1 and further:
        row.aliases = [*row.aliases, *further]
        columns = {"aliases": row.aliases, "search_text": row.fold()}
        db.session.expire(row)
        statement = update(Institution).where(Institution.id == row.id, Institution.version == 1)
        db.session.execute(statement.values(**columns))
    return True
