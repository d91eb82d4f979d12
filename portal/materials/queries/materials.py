"""Read titles."""

from collections.abc import Iterable

from sqlalchemy import select

from portal.materials.models.materials import Material
from portal.materials.rules import materials as rules
from portal.platform import texts
from portal.platform.db import db
from portal.platform.texts import Text


def get_material(material_reference: str) -> Material | None:
    """Return one title by its reference."""
    return db.session.scalars(select(Material).where(Material.reference == material_reference)).one_or_none()


def find_material(titles: Text, language: str, edition: str, *, but: Material | None = None) -> Material | None:
    """Return the title, but for one, that these words mean; a language in which it is not named leaves it the same."""
    query = select(Material).where(Material.language == language).order_by(Material.id)
    if but is not None:
        query = query.where(Material.id != but.id)
    key = rules.identity(titles, language, edition)
    alike = [
        one
        for one in db.session.scalars(query)
        if texts.fold(one.edition) == texts.fold(edition) and rules.is_same_title(Text.of(one), titles)
    ]
    return next((one for one in alike if one.identity == key), alike[0] if alike else None)


def list_by_ids(ids: Iterable[int]) -> list[Material]:
    """Return some titles by their ids."""
    return list(db.session.scalars(select(Material).where(Material.id.in_(list(ids))).order_by(Material.id)))


def list_materials(*, with_retired: bool = False) -> list[Material]:
    """Return all titles that are still given out, by title, language and edition."""
    query = select(Material) if with_retired else select(Material).where(Material.is_retired.is_(False))
    return list(db.session.scalars(query.order_by(Material.search_text, Material.language, Material.id)))
