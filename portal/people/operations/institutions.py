"""Make, change, close and reopen institutions. None is ever removed: old records keep theirs."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.people import queries
from portal.people.models import Institution
from portal.people.rules.institutions import PlannedInstitution, institution_faults, is_closed, lies_under
from portal.people.rules.places import place_key
from portal.platform.db import db, serialize
from portal.platform.errors import Conflict, Refusal
from portal.platform.texts import LANGUAGES, Text
from portal.platform.wording import _l
from portal.records import operations as records
from portal.records.operations import Change
from portal.records.rules import RecordFault, RecordFaultCode, code_faults


class LiesUnderItself(Refusal):
    """Refuse to hang an institution below itself."""

    message = _l("An institution cannot lie under itself or under what belongs to it. Choose another one above it.")


class NameTaken(Refusal):
    """Refuse a name that lists use for another institution already."""

    message = _l("“%(name)s” means %(institution)s already: a list that says it would not be understood any more.")


class InstitutionClosed(Refusal):
    """Refuse something new for an institution that is closed."""

    message = _l("%(institution)s is closed and takes nobody any more. Choose who took over.")


class ClosedAlready(Conflict):
    """Refuse to close twice."""

    message = _l("The institution is closed already.")


class NotClosed(Conflict):
    """Refuse to reopen what is open."""

    message = _l("The institution is open.")


def create(code: str, planned: PlannedInstitution, *, actor: Actor, now: datetime) -> Institution:
    """Make an institution.

    :raises RecordRefused: if something stands against it.
    :raises NameTaken: if one of its names means another one.
    :raises CodeTaken: if its code is taken.
    """
    records.require([*code_faults(code), *institution_faults(planned)])
    institution = Institution(code=code)
    _write(planned, institution)
    records.add(institution)
    _require_own_names((code, *_names(planned)), but=institution)
    audit.record("people.institution_added", subject(institution), after=recorded(institution), actor=actor, now=now)
    return institution


def change(institution: Institution, planned: PlannedInstitution, *, version: int, actor: Actor, now: datetime) -> None:
    """Change an institution; its code stays.

    :raises RecordRefused: if something stands against it.
    :raises NameTaken: if one of its names means another one.
    :raises LiesUnderItself: if the one above it belongs to it.
    :raises RecordChanged: if another version than `version` stands.
    """
    serialize("people.institutions")  # Two moves in the tree at once could make a ring of it.
    institution = records.lock(institution, version)
    records.require([*institution_faults(planned), *_day_faults(planned.valid_from, institution.closed_on)])
    if lies_under(institution.id, planned.parent_id, queries.list_parents()):
        raise LiesUnderItself
    _require_own_names(_names(planned), but=institution)
    before = recorded(institution)
    _write(planned, institution)
    change = Change("people.institution_changed", subject(institution), before, recorded(institution))
    records.finish(institution, change, actor=actor, now=now)


def close(institution: Institution, on: date, *, version: int, actor: Actor, now: datetime) -> None:
    """Close an institution: from that day on it is offered nowhere new.

    :raises ClosedAlready: if it is closed.
    :raises RecordRefused: if the day is before its first one.
    :raises RecordChanged: if another version than `version` stands.
    """
    institution = records.lock(institution, version)
    if institution.closed_on is not None:
        raise ClosedAlready
    records.require(_day_faults(institution.valid_from, on))
    institution.closed_on = on
    change = Change("people.institution_closed", subject(institution), {"closed_on": None}, {"closed_on": str(on)})
    records.finish(institution, change, actor=actor, now=now)


def reopen(institution: Institution, *, version: int, actor: Actor, now: datetime) -> None:
    """Open a closed institution again.

    :raises NotClosed: if it is open.
    :raises NameTaken: if one of its names means another one by now.
    :raises RecordChanged: if another version than `version` stands.
    """
    institution = records.lock(institution, version)
    if institution.closed_on is None:
        raise NotClosed
    _require_own_names((*Text.of(institution, "name").columns().values(), *institution.aliases), but=institution)
    before = {"closed_on": str(institution.closed_on)}
    institution.closed_on = None
    change = Change("people.institution_reopened", subject(institution), before, {"closed_on": None})
    records.finish(institution, change, actor=actor, now=now)


def require_open(institution_ids: Collection[int], day: date) -> None:
    """Refuse institutions that are closed on a day.

    :raises InstitutionClosed: naming the first of them.
    """
    chosen = select(Institution).where(Institution.id.in_(institution_ids)).order_by(Institution.code)
    for institution in db.session.scalars(chosen):
        if is_closed(institution.closed_on, day):
            raise InstitutionClosed(institution=_called(institution))


def subject(institution: Institution) -> str:
    """Return how the audit log names an institution."""
    return f"institution {institution.code}"


def recorded(institution: Institution) -> dict[str, Any]:
    """Return what the audit log keeps of an institution."""
    parent = db.session.get(Institution, institution.parent_id) if institution.parent_id else None
    return {
        "code": institution.code,
        **Text.of(institution, "name").columns("name"),
        "aliases": list(institution.aliases),
        "kind": institution.kind,
        "parent": parent.code if parent else None,
        "region": institution.region_code,
        "is_security_force": institution.is_security_force,
        "valid_from": str(institution.valid_from) if institution.valid_from else None,
    }


def _require_own_names(names: Collection[str], *, but: Institution | None = None) -> None:
    """Refuse a name under which a list would find two open institutions."""
    wanted = {place_key(name): name for name in names if place_key(name)}
    for known in queries.list_institutions():
        if known is but or known.closed_on is not None:
            continue
        for name in (known.code, *Text.of(known, "name").columns().values(), *known.aliases):
            if place_key(name) in wanted:
                raise NameTaken(name=wanted[place_key(name)], institution=_called(known))


def _day_faults(valid_from: date | None, closed_on: date | None) -> list[RecordFault]:
    is_reversed = valid_from is not None and closed_on is not None and closed_on <= valid_from
    return [RecordFault(RecordFaultCode.DAYS_REVERSED, "closed_on")] if is_reversed else []


def _names(planned: PlannedInstitution) -> tuple[str, ...]:
    return (*planned.names.columns().values(), *planned.aliases)


def _called(institution: Institution) -> str:
    return institution.name_ru or institution.name_ky or institution.name_en


def _write(planned: PlannedInstitution, institution: Institution) -> None:
    for language in LANGUAGES:
        setattr(institution, f"name_{language}", getattr(planned.names, language))
    institution.aliases = list(dict.fromkeys(planned.aliases))
    institution.kind, institution.is_security_force = planned.kind, planned.is_security_force
    institution.parent_id, institution.region_code = planned.parent_id, planned.region_code
    institution.valid_from = planned.valid_from
