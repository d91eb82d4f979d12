"""Make and change projects with what their certificates print.

A certificate keeps the texts that it was issued with: a change shows on those that are issued afterwards.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.platform.texts import LANGUAGES, Text
from portal.records import operations as records
from portal.records import refusals
from portal.records.operations import Change
from portal.records.rules import PlanFault
from portal.trainings.models import Donor, Project, Signatory
from portal.trainings.operations import printed
from portal.trainings.rules.directory import PlannedProject, PlannedSignatory, project_faults


def create(planned: PlannedProject, donors: Sequence[Donor], *, actor: Actor, now: datetime) -> Project:
    """Make a project.

    :raises PlanRefused: if something stands against it.
    :raises CodeTaken: if its code is taken.
    """
    refusals.require(faults(planned))
    project = Project(code=planned.code, donors=[], signatories=[])
    write(planned, donors, project)
    records.add(project)
    audit.record("trainings.project_added", subject(project), after=recorded(project), actor=actor, now=now)
    return project


def change(
    project: Project,
    planned: PlannedProject,
    donors: Sequence[Donor],
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Change a project; its code stays, and so does everything that was issued.

    :raises PlanRefused: if something stands against it.
    :raises RecordChanged: if another version than `version` stands.
    """
    project = records.lock(project, version)
    refusals.require(faults(planned))
    before = recorded(project)
    write(planned, donors, project)
    change = Change("trainings.project_changed", subject(project), before, recorded(project))
    records.finish(project, change, actor=actor, now=now)


def subject(project: Project) -> str:
    """Return how the audit log names a project."""
    return f"project {project.code}"


def recorded(project: Project) -> dict[str, Any]:
    """Return what the audit log keeps of a project."""
    return {
        "code": project.code,
        **Text.of(project).columns(),
        "certificate_series": project.certificate_series,
        "is_vetting_required": project.is_vetting_required,
        **Text.of(project, "organizers").columns("organizers"),
        **Text.of(project, "acknowledgement").columns("acknowledgement"),
        "donors": [donor.code for donor in project.donors],
        "signatories": [[one.name_ru, one.post_ky, one.post_ru, one.post_en] for one in project.signatories],
    }


def planned_of(project: Project) -> PlannedProject:
    """Return a project as it stands."""
    return PlannedProject(
        code=project.code,
        titles=Text.of(project),
        certificate_series=project.certificate_series,
        is_vetting_required=project.is_vetting_required,
        organizers=Text.of(project, "organizers"),
        acknowledgement=Text.of(project, "acknowledgement"),
        signatories=tuple(
            PlannedSignatory(one.name_ru or one.name_ky or one.name_en, Text.of(one, "post"))
            for one in project.signatories
        ),
    )


def faults(planned: PlannedProject) -> list[PlanFault]:
    """Return everything that stands against a project, also what does not fit on its certificate."""
    found = printed.with_faults(
        project_faults(planned), printed.faults(planned.organizers, "organizers", printed.ORGANIZERS)
    )
    further = printed.faults(planned.acknowledgement, "acknowledgement", printed.ACKNOWLEDGEMENT)
    found = printed.with_faults(found, further)
    for row, signatory in enumerate(planned.signatories):
        found = printed.with_faults(found, printed.line_faults(signatory.name, "name", printed.SIGNATORY, row))
        found = printed.with_faults(found, printed.faults(signatory.posts, "post", printed.POST, row))
    return found


def write(planned: PlannedProject, donors: Sequence[Donor], project: Project) -> None:
    """Bring a project in line with what was required before."""
    texts = (
        planned.titles.columns()
        | planned.organizers.columns("organizers")
        | planned.acknowledgement.columns("acknowledgement")
    )
    for column, text in texts.items():
        setattr(project, column, text)
    project.certificate_series = planned.certificate_series
    project.is_vetting_required = planned.is_vetting_required
    project.donors = sorted(donors, key=lambda donor: donor.code)
    standing = {signatory.order: signatory for signatory in project.signatories}
    project.signatories = [
        _signatory(standing.get(order), order, signatory)
        for order, signatory in enumerate(planned.signatories, start=1)
    ]


def _signatory(standing: Signatory | None, order: int, planned: PlannedSignatory) -> Signatory:
    signatory = standing or Signatory(order=order)
    for language in LANGUAGES:
        setattr(signatory, f"name_{language}", planned.name)
    for column, text in planned.posts.columns("post").items():
        setattr(signatory, column, text)
    return signatory
