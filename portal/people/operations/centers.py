"""Make and change crisis centers, and say that an entry is still right."""

from datetime import date, datetime
from typing import Any

from portal.access import policy
from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.people.models import ReferralCenter
from portal.people.rules.centers import PlannedCenter, callable_phone, center_faults
from portal.platform.db import db
from portal.platform.errors import Conflict, Refusal
from portal.platform.refusals import RecordChanged
from portal.platform.texts import Text
from portal.platform.wording import _l
from portal.records import operations as records
from portal.records.operations import Change


class CenterElsewhere(Refusal):
    """Refuse a check by somebody who does not run trainings in the region."""

    message = _l("The centre is in another region.")


class CenterChanged(Conflict):
    """Refuse a check of what stands there no more."""

    message = _l("The entry was changed meanwhile. Look at it again, then say whether it is right.")


def create(planned: PlannedCenter, *, actor: Actor, now: datetime) -> ReferralCenter:
    """Make an entry of a crisis center; nobody has checked it yet.

    :raises RecordRefused: if something stands against it.
    """
    records.require(center_faults(planned))
    center = ReferralCenter(region_code=planned.region_code)
    _write(planned, center)
    db.session.add(center)
    db.session.flush()
    audit.record("people.center_added", subject(center), after=recorded(center), actor=actor, now=now)
    return center


def change(center: ReferralCenter, planned: PlannedCenter, *, version: int, actor: Actor, now: datetime) -> None:
    """Change an entry; when it was checked stays.

    :raises RecordRefused: if something stands against it.
    :raises RecordChanged: if another version than `version` stands.
    """
    center = records.lock(center, version)
    records.require(center_faults(planned))
    before = recorded(center)
    _write(planned, center)
    change = Change("people.center_changed", subject(center), before, recorded(center))
    records.finish(center, change, actor=actor, now=now)


def confirm(center: ReferralCenter, *, version: int, today: date, actor: Actor, now: datetime) -> None:
    """Say that the entry is right today.

    :raises CenterElsewhere: if the actor does not run trainings in its region.
    :raises CenterChanged: if it was changed since it was shown.
    """
    if not policy.reaches(actor, center.region.scope):
        raise CenterElsewhere
    try:
        center = records.lock(center, version)
    except RecordChanged:
        raise CenterChanged from None
    before = {"checked_on": str(center.checked_on) if center.checked_on else None}
    center.checked_on, center.checked_by = today, actor.label
    db.session.flush()
    after = {"checked_on": str(today)}
    audit.record("people.center_checked", subject(center), before=before, after=after, actor=actor, now=now)


def subject(center: ReferralCenter) -> str:
    """Return how the audit log names a crisis center."""
    return f"referral_center {center.id}"


def recorded(center: ReferralCenter) -> dict[str, Any]:
    """Return what the audit log keeps of a crisis center."""
    texts = [Text.of(center, name).columns(name) for name in ("name", "address", "hours", "note")]
    return {
        "region": center.region_code,
        **{column: text for columns in texts for column, text in columns.items()},
        **{name: list(getattr(center, name)) for name in ("phones", "offers", "accepts", "languages")},
        "closed_on": str(center.closed_on) if center.closed_on else None,
    }


def _write(planned: PlannedCenter, center: ReferralCenter) -> None:
    texts = {"name": planned.names, "address": planned.addresses, "hours": planned.hours, "note": planned.notes}
    for name, titles in texts.items():
        for column, text in titles.columns(name).items():
            setattr(center, column, text)
    center.region_code, center.closed_on = planned.region_code, planned.closed_on
    center.phones = list(dict.fromkeys(map(callable_phone, planned.phones)))
    center.offers, center.accepts = list(planned.offers), list(planned.accepts)
    center.languages = list(planned.languages)
