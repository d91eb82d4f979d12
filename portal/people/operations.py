"""Load the packaged facts of the country: regions and institutions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.people import queries
from portal.people.models import Institution, Region
from portal.platform.db import db


@dataclass(frozen=True)
class LoadedReference:
    """How many rows were added."""

    regions: int
    institutions: int


def load_reference(*, actor: Actor, now: datetime) -> LoadedReference:
    """Add the regions and institutions of the country file that are missing, and the names that lists may use.

    What an administrator has changed since stays: rows that exist only learn further aliases.
    """
    facts = queries.get_country()
    loaded = LoadedReference(_load_regions(facts["regions"]), _load_institutions(facts["institutions"]))
    if loaded.regions or loaded.institutions:
        added = {"regions": loaded.regions, "institutions": loaded.institutions}
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


def _learn(known: dict[str, Any], fact: dict[str, Any]) -> bool:
    """Add the aliases that a known row lacks; return whether it is known."""
    row = known.get(fact["code"])
    if row is None:
        return False
    further = [alias for alias in fact["aliases"] if alias not in row.aliases]
    if further:
        row.aliases = [*row.aliases, *further]
    return True
