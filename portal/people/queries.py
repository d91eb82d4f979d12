"""Read regions, institutions and persons."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.people.models import Institution, Region
from portal.people.rules.places import Choice
from portal.platform.db import db

_COUNTRY = Path(__file__).parent / "data" / "KG.json"


def get_country() -> dict[str, Any]:
    """Return the packaged facts of the country: regions, institutions, donors."""
    facts: dict[str, Any] = json.loads(_COUNTRY.read_text(encoding="utf-8"))
    return facts


def list_regions() -> list[Region]:
    """Return all regions in their official order."""
    return list(db.session.scalars(select(Region).order_by(Region.order)))


def list_institutions() -> list[Institution]:
    """Return all institutions by code."""
    return list(db.session.scalars(select(Institution).order_by(Institution.code)))


def get_region(code: str) -> Region | None:
    """Return one region by its ISO 3166-2 code."""
    return db.session.get(Region, code)


def get_institution_by_code(code: str) -> Institution | None:
    """Return one institution by its code."""
    return db.session.scalars(select(Institution).where(Institution.code == code)).one_or_none()


def list_region_choices() -> list[Choice]:
    """Return all regions under the names by which they are called."""
    return [_choice(region) for region in list_regions()]


def list_institution_choices() -> list[Choice]:
    """Return all institutions under the names by which they are called."""
    return [_choice(institution) for institution in list_institutions()]


def _choice(row: Region | Institution) -> Choice:
    return Choice(row.code, (row.name_ky, row.name_ru, row.name_en, *row.aliases))
