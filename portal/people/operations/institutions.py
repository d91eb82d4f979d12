"""Close and reopen institutions. None is ever removed: old records keep theirs."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select

from portal.access.policy import Actor
from portal.people.kinds import called, day_faults, ensure_own_names
from portal.people.models import Institution
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.records import operations as records
from portal.records import refusals


class InstitutionClosed(Refusal):
    """Refuse something new for an institution that is closed."""

    message = _l("%(institution)s is closed and takes nobody any more. Choose who took over.")


def close(institution: Institution, on: date, *, version: int, actor: Actor, now: datetime) -> None:
    """Close an institution: from that day on it is offered nowhere new.

    :raises Conflict: if it is closed.
    :raises RecordRefused: if the day is before its first one.
    :raises RecordChanged: if another version than `version` stands.
    """
    institution = lock(Institution, institution.id, version=version)
    if institution.closed_on is not None:
        raise Conflict("closed_already", _l("The institution is closed already."))
    refusals.require(day_faults(institution.valid_from, on))
    institution.closed_on = on
    before, after = {"closed_on": None}, {"closed_on": str(on)}
    records.note("people.institution_closed", institution, before, after, actor=actor, now=now)


def reopen(institution: Institution, *, version: int, actor: Actor, now: datetime) -> None:
    """Open a closed institution again.

    :raises Conflict: if it is open.
    :raises NameTaken: if one of its names means another one by now.
    :raises RecordChanged: if another version than `version` stands.
    """
    institution = lock(Institution, institution.id, version=version)
    if institution.closed_on is None:
        raise Conflict("not_closed", _l("The institution is open."))
    ensure_own_names((*institution.name, *institution.aliases), but=institution)
    before, after = {"closed_on": str(institution.closed_on)}, {"closed_on": None}
    institution.closed_on = None
    records.note("people.institution_reopened", institution, before, after, actor=actor, now=now)


def require_open(institution_ids: Collection[int], day: date) -> None:
    """Refuse institutions that are closed on a day.

    :raises InstitutionClosed: naming the first of them.
    """
    chosen = select(Institution).where(Institution.id.in_(institution_ids)).order_by(Institution.code)
    for institution in db.session.scalars(chosen):
        if institution.is_closed(day):
            raise InstitutionClosed(institution=called(institution))
