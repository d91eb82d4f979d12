"""Read regions, institutions and persons."""

from sqlalchemy import select

from portal.people.models import Institution, Region
from portal.platform.db import db


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
