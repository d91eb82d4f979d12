"""Add, change and retire titles."""

from datetime import datetime
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.materials import queries as material_queries
from portal.materials import rules as material_rules
from portal.materials.models import Material
from portal.materials.rules import PlannedMaterial
from portal.platform import tokens
from portal.platform.db import db, lock
from portal.platform.errors import Refusal
from portal.platform.i18n import _l, text_of
from portal.records.operations import is_added, subject_of
from portal.records.refusals import PlanRefused
from portal.stock.serials import has_moved


def add(planned: PlannedMaterial, *, actor: Actor, now: datetime) -> Material:
    """Add a title.

    :raises PlanRefused: if something stands against it.
    :raises Refusal: if it is there in this language and edition.
    """
    _ensure_right(planned)
    material = Material(reference=tokens.random_token(), created_at=now)
    _write(planned, material)
    if not is_added(material):
        raise _known(material)
    audit.record("materials.added", subject_of(material), after=recorded(material), actor=actor, now=now)
    return material


def take(planned: PlannedMaterial, *, actor: Actor, now: datetime) -> Material:
    """Return the title if it is there in this language and edition, or add it.

    :raises PlanRefused: if something stands against a new one.
    """
    known = material_queries.find_material(planned.title, planned.language, planned.edition)
    return known or add(planned, actor=actor, now=now)


def change(material: Material, planned: PlannedMaterial, *, version: int, actor: Actor, now: datetime) -> None:
    """Change what is known of a title; its copies stay where they are.

    :raises RecordChanged: if another version than `version` stands.
    :raises PlanRefused: if something stands against it.
    :raises Refusal: if another title is the same then.
    :raises Refusal: if copies came, and it is to become numbered or to be so no longer.
    """
    material = lock(Material, material.id, version=version)
    _ensure_right(planned, but=material)
    if planned.is_numbered != material.is_numbered and has_moved(material):
        raise Refusal(
            "numbering_fixed",
            _l("Copies of this title have come already. Whether they are numbered can no longer change."),
        )
    before = recorded(material)
    _write(planned, material)
    _finish("materials.changed", material, before, actor, now)


def set_retired(material: Material, is_retired: bool, *, actor: Actor, now: datetime) -> None:
    """Take a title off the list of what is received and given out, or put it back; its copies and its history stay."""
    before = recorded(material)
    material.is_retired = is_retired
    _finish("materials.retired" if is_retired else "materials.restored", material, before, actor, now)


def recorded(material: Material) -> dict[str, Any]:
    owner = material.owner_institution
    return {
        **material.title.columns(),
        "language": material.language,
        "edition": material.edition,
        "year": material.year,
        "unit": material.unit,
        "isbn": material.isbn,
        "owner": owner.code if owner else None,
        "unit_value": material.unit_value,
        "currency": material.currency,
        "is_numbered": material.is_numbered,
        "is_retired": material.is_retired,
    }


def _ensure_right(planned: PlannedMaterial, but: Material | None = None) -> None:
    found = material_rules.title_faults(planned)
    if found:
        raise PlanRefused(found)
    known = material_queries.find_material(planned.title, planned.language, planned.edition, but=but)
    if known is not None:
        raise _known(known)


def _known(material: Material) -> Refusal:
    return Refusal(
        "material_known",
        _l("“%(title)s” in this language and edition is on the list already."),
        title=text_of(material, "title"),
    )


def _write(planned: PlannedMaterial, material: Material) -> None:
    for name, value in vars(planned).items():
        setattr(material, name, value)
    material.identity = material_rules.identity(planned.title, planned.language, planned.edition)


def _finish(event: str, material: Material, before: dict[str, Any], actor: Actor, now: datetime) -> None:
    """Write a change and its entry; saving without a change leaves no trace."""
    db.session.flush()
    db.session.expire(material, ["owner_institution"])
    audit.record_change(event, subject_of(material), before, recorded(material), actor=actor, now=now)
