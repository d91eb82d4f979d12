"""Make, change and remove templates: what is issued afterwards looks like them, what was issued keeps its own copy.

Every text is measured before it is saved, so that no page with a number fails for one. A text is data and never run.
"""

from datetime import datetime
from typing import Any, ClassVar

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.certificates.models import CertificateTemplate
from portal.certificates.queries import templates as queries
from portal.platform.db import db, lock
from portal.platform.errors import Refusal
from portal.platform.pdf import slots
from portal.platform.refusals import FieldsRefused
from portal.platform.texts import Text
from portal.platform.wording import _l
from portal.records import operations as records
from portal.records import printed
from portal.records.refusals import WORDS
from portal.records.rules import RecordFault
from portal.trainings.models import Course, Project
from portal.trainings.rules.designs import (
    TEMPLATE_TEXTS,
    DesignFault,
    LogoPlace,
    PlannedTemplate,
    alt_faults,
    template_faults,
)

SLOTS = {
    **dict.fromkeys(("completion", "attendance", "facilitator"), ("certificate.kind",)),
    "line": ("certificate.line",),
    "acknowledgement": ("certificate.acknowledgement",),
    "disclaimer": ("certificate.disclaimer",),
}
LETTERS = {name: slots.usual_letters(places) for name, places in SLOTS.items()}


class TemplateRefused(FieldsRefused):
    """Refuse a template or a logo with everything that stands against it."""

    words: ClassVar[dict[str, Any]] = {
        **WORDS,
        DesignFault.SCOPE_MISSING: _l("Choose a course, a project, or both."),
        DesignFault.ALT_MISSING: _l("Say in each language whose logo it is."),
    }


class TemplateThere(Refusal):
    """Refuse a second template of one course and project."""

    message = _l("There is a template for this course and project already: change that one.")


def create(
    planned: PlannedTemplate, course: Course | None, project: Project | None, *, actor: Actor, now: datetime
) -> CertificateTemplate:
    """Make a template.

    :raises TemplateRefused: if something stands against it.
    :raises TemplateThere: if there is one for this course and project.
    """
    found = faults(planned)
    if course is None and project is None:
        found.append(RecordFault(DesignFault.SCOPE_MISSING, "project_id"))
    _require(found)
    template = CertificateTemplate(course=course, project=project)
    write(planned, template)
    if queries.find_of(course.id if course else None, project.id if project else None) is not None:
        raise TemplateThere
    if not records.is_added(template):
        raise TemplateThere
    audit.record("certificates.template_added", subject(template), after=recorded(template), actor=actor, now=now)
    return template


def change(
    template: CertificateTemplate, planned: PlannedTemplate, *, version: int, actor: Actor, now: datetime
) -> None:
    """Change a template; its course and project stay, and so does everything that was issued.

    :raises TemplateRefused: if something stands against it.
    :raises RecordChanged: if another version than `version` stands.
    """
    template = lock(CertificateTemplate, template.id, version=version)
    _require(faults(planned))
    before = recorded(template)
    write(planned, template)
    after = recorded(template)
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return
    db.session.flush()
    audit.record(
        "certificates.template_changed",
        subject(template),
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
        actor=actor,
        now=now,
    )


def remove(template: CertificateTemplate, *, actor: Actor, now: datetime) -> None:
    """Remove a template: the next one in line, or the built-in one, holds from now on."""
    audit.record("certificates.template_removed", subject(template), before=recorded(template), actor=actor, now=now)
    db.session.delete(template)
    db.session.flush()


def faults(planned: PlannedTemplate) -> list[RecordFault]:
    """Return everything that stands against a template, also what does not fit on the certificate."""
    found = template_faults(planned)
    for name, places in SLOTS.items():
        found = printed.with_faults(found, printed.faults(planned.texts.get(name, Text()), name, places))
    return found


def require_alts(alts: Text) -> None:
    """Refuse a logo that somebody who cannot see it would not understand.

    :raises TemplateRefused: if words are missing or too long.
    """
    places = ("certificate.line",)  # Only for its letters: the words are read aloud, not printed.
    unprinted = (one for one in printed.faults(alts, "alt", places) if one.code == "letter_not_printed")
    _require(printed.with_faults(alt_faults(alts), unprinted))


def planned_of(template: CertificateTemplate) -> PlannedTemplate:
    """Return a template as it stands."""
    texts = {name: Text.of(template, name) for name in TEMPLATE_TEXTS}
    return PlannedTemplate(texts, template.signatories, LogoPlace(template.logos_at))


def write(planned: PlannedTemplate, template: CertificateTemplate) -> None:
    """Bring a template in line with what was required before."""
    for name in TEMPLATE_TEXTS:
        for column, text in planned.texts.get(name, Text()).columns(name).items():
            setattr(template, column, text)
    template.signatories, template.logos_at = planned.signatories, planned.logos_at.value


def subject(template: CertificateTemplate) -> str:
    """Return how the audit log names a template."""
    return f"certificate_template {template.id}"


def recorded(template: CertificateTemplate) -> dict[str, Any]:
    """Return what the audit log keeps of a template."""
    texts = {column: text for name in TEMPLATE_TEXTS for column, text in Text.of(template, name).columns(name).items()}
    return {
        "course": template.course.code if template.course else None,
        "project": template.project.code if template.project else None,
        "signatories": template.signatories,
        "logos_at": template.logos_at,
        **texts,
    }


def _require(found: list[RecordFault]) -> None:
    if found:
        raise TemplateRefused(found)
