"""Create, change and remove templates and logos; certificates already issued keep their own copy.

Every text is measured before it is saved, so that no page with a number fails for one. A text is data and never run.
"""

from datetime import datetime

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.catalog.models import Project
from portal.certificates import queries as certificate_queries
from portal.certificates.models import CertificateLogo, CertificateTemplate
from portal.certificates.rules import MOST_LOGOS, alt_faults
from portal.designs import queries
from portal.designs.kinds import TEMPLATES, TemplateRefused
from portal.platform import storage
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.i18n import _l
from portal.platform.texts import Text
from portal.printing import pictures
from portal.printing.pictures import Picture
from portal.records import operations as records
from portal.records import printed
from portal.records.fields import Values
from portal.records.operations import subject_of


def create(values: Values, *, actor: Actor, now: datetime) -> CertificateTemplate:
    """Make a template.

    :raises TemplateRefused: if something stands against it.
    :raises Refusal: if there is one for this course and project.
    """
    given, template = TEMPLATES.given(values), CertificateTemplate()
    records.ensure_right(TEMPLATES, given)
    TEMPLATES.write(template, given)
    standing = queries.find_of(template.course_id, template.project_id)
    if standing is not None or not records.is_added(template):
        raise Refusal("template_there", _l("There is a template for this course and project already: change that one."))
    after = TEMPLATES.recorded(template)
    audit.record(TEMPLATES.added, subject_of(template), after=after, actor=actor, now=now)
    return template


def remove(template: CertificateTemplate, *, actor: Actor, now: datetime) -> None:
    """Remove a template: the next one in line, or the built-in one, holds from now on."""
    audit.record(
        "certificates.template_removed", subject_of(template), before=TEMPLATES.recorded(template), actor=actor, now=now
    )
    db.session.delete(template)
    db.session.flush()


def judge(content: bytes, alts: Text) -> Picture:
    """Return a picture as it would be kept; it takes a child's time, so no row is locked meanwhile.

    :raises TemplateRefused: if in a language no words say whose logo it is, or they are too long.
    :raises PictureRefused: if the file cannot be printed.
    """
    places = ("certificate.line",)  # Only for its letters: the words are read aloud, not printed.
    unprinted = (one for one in printed.faults(alts, "alt", places) if one.code == "letter_not_printed")
    found = printed.with_faults(alt_faults(alts), unprinted)
    if found:
        raise TemplateRefused(found)
    return pictures.normalized(content)


def add(project: Project, picture: Picture, alts: Text, *, actor: Actor, now: datetime) -> CertificateLogo:
    """Put a logo that was judged at the end of a project's row; `alts` say in each language whose it is.

    :raises Refusal: if there are five.
    """
    row = _lock(project)
    if len(row) >= MOST_LOGOS:
        raise Refusal("row_full", _l("The row is full: five logos are the most. Take one out first."))
    document = storage.put_once(
        picture.content,
        kind=certificate_queries.LOGO,
        filename=f"logo.{picture.extension}",
        media_type=picture.media_type,
        now=now,
    )
    logo = CertificateLogo(
        project_id=project.id,
        order=len(row) + 1,
        document=document,
        width=picture.ratio,
        alt=alts,
    )
    db.session.add(logo)
    db.session.flush()
    after = {"order": logo.order, "sha256": document.sha256, **alts.columns("alt")}
    audit.record("certificates.logo_added", subject_of(project), after=after, actor=actor, now=now)
    return logo


def move(logo: CertificateLogo, *, seen: int, actor: Actor, now: datetime) -> None:
    """Move a logo one place to the left; the first one stays.

    :raises Conflict: if it is not at the place `seen` any more.
    """
    row = _lock(logo.project)
    _ensure_place(logo, row, seen)
    if seen == 1:
        return
    before = row[seen - 2]
    for one, order in ((before, 0), (logo, seen - 1), (before, seen)):
        _place(one, order)
    change = {"before": {"order": seen}, "after": {"order": seen - 1}}
    audit.record("certificates.logo_moved", subject_of(logo.project), **change, actor=actor, now=now)


def remove_logo(logo: CertificateLogo, *, seen: int, actor: Actor, now: datetime) -> None:
    """Take a logo out of its row; its file stays for the certificates that show it.

    :raises Conflict: if it is not at the place `seen` any more.
    """
    row = _lock(logo.project)
    _ensure_place(logo, row, seen)
    gone = {"order": logo.order, "sha256": logo.document.sha256}
    db.session.delete(logo)
    db.session.flush()
    for one in row[seen:]:
        _place(one, one.order - 1)
    audit.record("certificates.logo_removed", subject_of(logo.project), before=gone, actor=actor, now=now)


def _lock(project: Project) -> list[CertificateLogo]:
    """Lock the project, so that one person at a time changes its row, and return the row."""
    lock(Project, project.id)
    return certificate_queries.list_logos(project, is_fresh=True)


def _ensure_place(logo: CertificateLogo, row: list[CertificateLogo], seen: int) -> None:
    if not 1 <= seen <= len(row) or row[seen - 1].id != logo.id:
        raise Conflict(
            "row_changed",
            _l("Somebody else has changed the row meanwhile. Look at how it stands now, then decide again."),
        )


def _place(logo: CertificateLogo, order: int) -> None:
    logo.order = order
    db.session.flush()
