"""Find a place, or make it when copies come there for the first time."""

from typing import Any

from portal.catalog import queries as catalog
from portal.materials.models.materials import StockPlace
from portal.materials.queries import stock
from portal.materials.rules.stock import PlaceKind
from portal.people import queries as people
from portal.people.models import Institution, Region
from portal.platform import tokens
from portal.platform.db import insert_if_missing
from portal.trainings import queries as trainings
from portal.trainings.models import Training, Venue


def take_source() -> StockPlace:
    """Return the source of all copies: the printer, or whoever gives them."""
    return _take(PlaceKind.SOURCE, "all")


def take_office(region: Region) -> StockPlace:
    """Return the office of a region."""
    return _take(PlaceKind.OFFICE, region.code, region_code=region.code)


def take_venue(venue: Venue) -> StockPlace:
    """Return the store at a venue."""
    return _take(PlaceKind.VENUE, str(venue.id), region_code=venue.region_code, venue_id=venue.id)


def take_training(training: Training) -> StockPlace:
    """Return what is brought to a training."""
    return _take(PlaceKind.TRAINING, training.code, region_code=training.region_code, training_id=training.id)


def take_participants(training: Training) -> StockPlace:
    """Return what the participants of a training have."""
    return _take(PlaceKind.PARTICIPANTS, training.code, region_code=training.region_code, training_id=training.id)


def take_institution(institution: Institution) -> StockPlace:
    """Return what has been handed over to an institution."""
    return _take(PlaceKind.INSTITUTION, institution.code, institution_id=institution.id)


def take_damaged(region_code: str) -> StockPlace:
    """Return the damaged copies of a region."""
    return _take(PlaceKind.DAMAGED, region_code, region_code=region_code)


def take_lost(region_code: str) -> StockPlace:
    """Return the lost copies of a region."""
    return _take(PlaceKind.LOST, region_code, region_code=region_code)


def take_by_key(key: str) -> StockPlace | None:
    """Return the place that a key names, made if copies can come there; None if it names nothing."""
    known = stock.find_place(key)
    if known is not None:
        return known
    kind, _colon, name = key.partition(":")
    if kind == PlaceKind.OFFICE:
        region = people.get_region(name)
        return take_office(region) if region else None
    if kind == PlaceKind.VENUE:
        venue = catalog.get_venue(int(name)) if name.isascii() and name.isdigit() else None
        return take_venue(venue) if venue else None
    if kind in (PlaceKind.TRAINING, PlaceKind.PARTICIPANTS):
        training = trainings.get_training(name)
        take = take_training if kind == PlaceKind.TRAINING else take_participants
        return take(training) if training else None
    return None


def _take(kind: PlaceKind, name: str, **links: Any) -> StockPlace:
    key = f"{kind.value}:{name}"
    known = stock.find_place(key)
    if known is None:
        insert_if_missing(StockPlace, reference=tokens.random_token(), kind=kind.value, key=key, **links)
        known = stock.find_place(key)
    assert known is not None
    return known
