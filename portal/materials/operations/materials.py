"""Add titles."""

from datetime import datetime
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.materials.models.materials import Material
from portal.materials.queries import materials as queries
from portal.materials.rules.materials import PlannedMaterial, identity
from portal.platform import tokens
from portal.platform.db import db
from portal.platform.errors import DomainError
from portal.platform.wording import _l
from portal.trainings.rules.plans import Titles


class MaterialKnown(DomainError):
    """Refuse to add a title a second time."""

    message = _l("“%(title)s” in this language and edition is on the list already.")


def add(planned: PlannedMaterial, *, actor: Actor, now: datetime) -> Material:
    """Add a title.

    :raises MaterialKnown: if it is there in this language and edition.
    """
    known = queries.find_material(planned.titles, planned.language, planned.edition)
    if known is not None:
        raise MaterialKnown(title=known.title_ru or known.title_ky or known.title_en)
    material = Material(reference=tokens.random_token(), created_at=now)
    _write(planned, material)
    db.session.add(material)
    db.session.flush()
    audit.record("materials.added", subject(material), after=recorded(material), actor=actor, now=now)
    return material


def subject(material: Material) -> str:
    """Return how the audit log names a title."""
    return f"material {material.reference}"


def recorded(material: Material) -> dict[str, Any]:
    """Return what the audit log keeps of a title."""
    owner = material.owner_institution
    return {
        **Titles.of(material).columns(),
        "language": material.language,
        "edition": material.edition,
        "year": material.year,
        "unit": material.unit,
        "isbn": material.isbn,
        "owner": owner.code if owner else None,
        "unit_value": material.unit_value,
        "currency": material.currency,
        "is_retired": material.is_retired,
    }


def _write(planned: PlannedMaterial, material: Material) -> None:
    for column, text in planned.titles.columns().items():
        setattr(material, column, text)
    material.language, material.edition, material.year = planned.language, planned.edition, planned.year
    material.unit, material.isbn = planned.unit, planned.isbn
    material.owner_institution_id = planned.owner_institution_id
    material.unit_value, material.currency = planned.unit_value, planned.currency
    material.identity = identity(planned.titles, planned.language, planned.edition)
