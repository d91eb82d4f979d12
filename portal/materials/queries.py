"""Read titles, the places of their copies, and acts as they are written."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload, selectinload

from portal.access import policy
from portal.access.permissions import Role
from portal.access.policy import Actor
from portal.materials import rules
from portal.materials.models import Handover, HandoverEnding, HandoverItem, Material, StockPlace
from portal.materials.rules import HandoverState
from portal.platform import texts
from portal.platform.db import Query, db
from portal.platform.storage import Document
from portal.platform.texts import Text
from portal.trainings.models import Training

BY_TITLE = (Material.search_text, Material.language, Material.id)
NAMED = (StockPlace.region, StockPlace.institution, StockPlace.venue, StockPlace.training)


def find_place(key: str) -> StockPlace | None:
    """Return one place by its key, with what names it."""
    return db.session.scalars(with_names(select(StockPlace)).where(StockPlace.key == key)).one_or_none()


def is_reached(actor: Actor) -> ColumnElement[bool]:
    """Match the places that the actor reaches; the same rule as `policy.reaches`."""
    regions = actor.reach.regions
    if actor.role in (Role.ADMINISTRATOR, Role.AUDITOR) or (actor.role == Role.COORDINATOR and regions is None):
        return StockPlace.id.is_not(None)
    if actor.role == Role.COORDINATOR:
        return or_(StockPlace.region_code.is_(None), StockPlace.region_code.in_(regions or frozenset()))
    return StockPlace.id.is_(None)


def reached_regions(actor: Actor) -> frozenset[str] | None:
    """Return the regions that the actor is limited to, None if to none."""
    is_limited = not policy.reaches(actor, policy.Scope(region=""))
    return (actor.reach.regions or frozenset()) if is_limited else None


def with_names(query: Select[StockPlace]) -> Select[StockPlace]:
    """Load with each place what it is called by."""
    return query.options(*(joinedload(part) for part in NAMED))


def get_handover(handover_reference: str) -> Handover | None:
    """Return one act by its reference, with what its pages always show."""
    query = with_parties(select(Handover)).where(Handover.reference == handover_reference)
    return db.session.scalars(query).one_or_none()


def find_by_number(number: str) -> Handover | None:
    """Return one act by the number that it prints."""
    return db.session.scalars(with_parties(select(Handover)).where(Handover.number == number)).one_or_none()


def find_by_file(sha256: str) -> Handover | None:
    """Return the act whose printed file, or discrepancy note, has this hash."""
    is_its = or_(Document.id == Handover.document_id, Document.id == HandoverEnding.document_id)
    query = select(Handover).outerjoin(HandoverEnding, HandoverEnding.handover_id == Handover.id)
    return db.session.scalars(query.join(Document, is_its).where(Document.sha256 == sha256)).first()


def is_corrected(handover: Handover) -> bool:
    """Tell whether a printed act has set this one right."""
    correction = find_correction(handover)
    return correction is not None and correction.state != HandoverState.DRAFT


def find_last(actor: Actor) -> Handover | None:
    """Return the newest act within reach that is not void: its parties are offered again."""
    query = with_parties(within_reach(select(Handover), actor)).where(Handover.state != HandoverState.VOID.value)
    return db.session.scalars(query.order_by(Handover.id.desc()).limit(1)).unique().first()


def find_correction(handover: Handover) -> Handover | None:
    """Return the act that sets this one right, unless that is void too."""
    query = select(Handover).where(Handover.corrects_id == handover.id, Handover.state != HandoverState.VOID.value)
    return db.session.scalars(query.order_by(Handover.id.desc()).limit(1)).first()


def with_parties(query: Select[Handover]) -> Select[Handover]:
    """Load with each act what its pages and lists always show."""
    return query.options(
        joinedload(Handover.receiving_institution),
        joinedload(Handover.giving_institution),
        joinedload(Handover.training).joinedload(Training.venue),
        joinedload(Handover.region),
    )


def with_lines(handover: Handover) -> Handover:
    """Load the lines of an act with their titles, in one query each."""
    query = (
        select(Handover)
        .options(
            selectinload(Handover.items).joinedload(HandoverItem.material),
            selectinload(Handover.shares),
            joinedload(Handover.document),
            joinedload(Handover.scan_document),
            joinedload(Handover.from_place),
            joinedload(Handover.corrects),
        )
        .where(Handover.id == handover.id)
    )
    return db.session.scalars(query).one()


def within_reach(query: Query, actor: Actor) -> Query:
    """Limit a query over acts to what the actor reaches; the same rule as `policy.reaches`."""
    regions = reached_regions(actor)
    return query if regions is None else query.where(Handover.region_code.in_(regions))


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
        if texts.fold(one.edition) == texts.fold(edition) and rules.is_same_title(one.title, titles)
    ]
    return next((one for one in alike if one.identity == key), alike[0] if alike else None)


def list_by_ids(ids: Iterable[int]) -> list[Material]:
    """Return some titles by their ids."""
    return list(db.session.scalars(select(Material).where(Material.id.in_(list(ids))).order_by(Material.id)))


def list_materials(*, with_retired: bool = False) -> list[Material]:
    """Return all titles that are still given out, by title, language and edition."""
    query = select(Material) if with_retired else select(Material).where(Material.is_retired.is_(False))
    return list(db.session.scalars(query.order_by(*BY_TITLE)))
