"""Manage offices that hold copies: each region has one, and more can be added."""

from datetime import date, datetime
from typing import Any

from portal.access import policy
from portal.access.policy import Actor, Scope
from portal.audit import operations as audit
from portal.catalog.kinds import OutOfReach
from portal.materials import rules as material_rules
from portal.materials.models import StockPlace
from portal.materials.rules import PlaceKind
from portal.people.models import Region
from portal.platform import clock, texts, tokens
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.platform.texts import Text
from portal.records import refusals
from portal.records.operations import subject_of
from portal.stock import queries


def add(names: Text, region: Region, *, actor: Actor, now: datetime) -> StockPlace:
    """Add a further office to a region.

    :raises OutOfReach: if the region is not the actor's.
    :raises RecordRefused: if something stands against the name.
    :raises Refusal: if the region has an office of this name.
    """
    if not policy.reaches(actor, Scope(region=region.code)):
        raise OutOfReach
    refusals.ensure_right(material_rules.place_faults(names, is_main=False))
    _ensure_own_name(names, region.code)
    place = StockPlace(
        reference=tokens.random_token(),
        kind=PlaceKind.OFFICE.value,
        key=f"{_main_key(region.code)}:{tokens.random_token()[:8]}",
        region_code=region.code,
        name=names,
    )
    db.session.add(place)
    db.session.flush()
    audit.record("materials.place_added", subject_of(place), after=recorded(place), actor=actor, now=now)
    return place


def change(place: StockPlace, names: Text, *, version: int, actor: Actor, now: datetime) -> None:
    """Give an office another name; without one, a region's own office is called by its region.

    :raises RecordRefused: if something stands against the name.
    :raises Refusal: if another office of the region has this name.
    :raises RecordChanged: if another version than `version` stands.
    """
    place = lock(StockPlace, place.id, version=version)
    refusals.ensure_right(material_rules.place_faults(names, is_main=is_main(place)))
    _ensure_own_name(names, place.region_code, but=place)
    before = recorded(place)
    place.name = names
    db.session.flush()
    after = recorded(place)
    if after != before:
        audit.record("materials.place_changed", subject_of(place), before=before, after=after, actor=actor, now=now)


def close(place: StockPlace, *, closed_on: date, actor: Actor, now: datetime) -> None:
    """Close an empty office: nothing comes there any more, and what lay there stays in the books.

    :raises Conflict: if it is a region's own one; if copies lie there.
    :raises Refusal: if the day is still to come, or copies lay there since.
    """
    place = lock(StockPlace, place.id, version=place.version)
    if is_main(place):
        raise Conflict(
            "main_office",
            _l("A region keeps its own office. Move the copies to another one if nothing is to lie here."),
        )
    held = sum(one.quantity for one in queries.list_balances(places=[place.id]))
    if held:
        raise Conflict(
            "place_holds", _l("%(copies)s copies are still here. Move them to another place first."), copies=held
        )
    last = queries.last_day(place)
    if closed_on > clock.country_day(now) or (last is not None and closed_on < last):
        raise Refusal(
            "day_ahead",
            _l("Close a place on the day on which it is empty: today, or a day since its last copies left."),
        )
    place.closed_on = closed_on
    db.session.flush()
    after = {"closed_on": closed_on.isoformat()}
    audit.record("materials.place_closed", subject_of(place), after=after, actor=actor, now=now)


def reopen(place: StockPlace, *, actor: Actor, now: datetime) -> None:
    """Open a closed office again."""
    place = lock(StockPlace, place.id, version=place.version)
    if place.closed_on is None:
        return
    before = {"closed_on": place.closed_on.isoformat()}
    place.closed_on = None
    db.session.flush()
    audit.record(
        "materials.place_opened", subject_of(place), before=before, after={"closed_on": None}, actor=actor, now=now
    )


def is_main(place: StockPlace) -> bool:
    return place.key == _main_key(place.region_code or "")


def recorded(place: StockPlace) -> dict[str, Any]:
    return {"key": place.key, "region": place.region_code, **place.name.columns("name")}


def _main_key(region_code: str) -> str:
    return f"{PlaceKind.OFFICE.value}:{region_code}"


def _ensure_own_name(names: Text, region_code: str | None, but: StockPlace | None = None) -> None:
    wanted = {texts.fold(text) for text in names if text}
    for office in queries.list_offices(region_code):
        known = {texts.fold(text) for text in office.name if text}
        if known & wanted and (but is None or office.id != but.id):
            raise Refusal("place_known", _l("An office of this name is in the region already."))
