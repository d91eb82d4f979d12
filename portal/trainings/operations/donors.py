"""Make and change donors."""

from datetime import datetime
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.platform.texts import Text
from portal.records import operations as records
from portal.records import refusals
from portal.records.operations import Change
from portal.trainings.models import Donor
from portal.trainings.rules.directory import PlannedDonor, donor_faults


def create(planned: PlannedDonor, *, actor: Actor, now: datetime) -> Donor:
    """Make a donor.

    :raises PlanRefused: if something stands against it.
    :raises CodeTaken: if its code is taken.
    """
    refusals.require(donor_faults(planned))
    donor = Donor(code=planned.code, **planned.names.columns("name"))
    records.add(donor)
    audit.record("trainings.donor_added", subject(donor), after=recorded(donor), actor=actor, now=now)
    return donor


def change(donor: Donor, planned: PlannedDonor, *, version: int, actor: Actor, now: datetime) -> None:
    """Change the names of a donor; its code stays.

    :raises PlanRefused: if something stands against it.
    :raises RecordChanged: if another version than `version` stands.
    """
    donor = records.lock(donor, version)
    refusals.require(donor_faults(planned))
    before = recorded(donor)
    for column, text in planned.names.columns("name").items():
        setattr(donor, column, text)
    change = Change("trainings.donor_changed", subject(donor), before, recorded(donor))
    records.finish(donor, change, actor=actor, now=now)


def subject(donor: Donor) -> str:
    """Return how the audit log names a donor."""
    return f"donor {donor.code}"


def recorded(donor: Donor) -> dict[str, Any]:
    """Return what the audit log keeps of a donor."""
    return {"code": donor.code, **Text.of(donor, "name").columns("name")}
