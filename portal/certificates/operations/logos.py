"""The logos of a project, in one row of at most five: added, moved, taken out. Their files are kept for ever."""

from datetime import datetime

from portal.access.policy import Actor
from portal.audit import operations as audit
from portal.certificates.models import CertificateLogo
from portal.certificates.operations import templates
from portal.certificates.queries import templates as queries
from portal.platform import pictures, storage
from portal.platform.db import db, lock
from portal.platform.errors import Conflict, Refusal
from portal.platform.pictures import Picture
from portal.platform.texts import Text
from portal.platform.wording import _l
from portal.records.operations import subject_of
from portal.trainings.models import Project
from portal.trainings.rules.designs import MOST_LOGOS


class RowChanged(Conflict):
    """Refuse to move or take out a logo that has another place by now."""

    message = _l("Somebody else has changed the row meanwhile. Look at how it stands now, then decide again.")


def judge(content: bytes, alts: Text) -> Picture:
    """Return a picture as it would be kept; it takes a child's time, so no row is locked meanwhile.

    :raises TemplateRefused: if in a language no words say whose logo it is.
    :raises PictureRefused: if the file cannot be printed.
    """
    templates.require_alts(alts)
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
        kind=queries.LOGO,
        filename=f"logo.{picture.extension}",
        media_type=picture.media_type,
        now=now,
    )
    logo = CertificateLogo(
        project_id=project.id,
        order=len(row) + 1,
        document=document,
        width=picture.ratio,
        **alts.columns("alt"),
    )
    db.session.add(logo)
    db.session.flush()
    after = {"order": logo.order, "sha256": document.sha256, **alts.columns("alt")}
    audit.record("certificates.logo_added", subject_of(project), after=after, actor=actor, now=now)
    return logo


def move(logo: CertificateLogo, *, seen: int, actor: Actor, now: datetime) -> None:
    """Move a logo one place to the left; the first one stays.

    :raises RowChanged: if it is not at the place `seen` any more.
    """
    row = _lock(logo.project)
    _require_place(logo, row, seen)
    if seen == 1:
        return
    before = row[seen - 2]
    for one, order in ((before, 0), (logo, seen - 1), (before, seen)):
        _place(one, order)
    change = {"before": {"order": seen}, "after": {"order": seen - 1}}
    audit.record("certificates.logo_moved", subject_of(logo.project), **change, actor=actor, now=now)


def remove(logo: CertificateLogo, *, seen: int, actor: Actor, now: datetime) -> None:
    """Take a logo out of its row; its file stays for the certificates that show it.

    :raises RowChanged: if it is not at the place `seen` any more.
    """
    row = _lock(logo.project)
    _require_place(logo, row, seen)
    gone = {"order": logo.order, "sha256": logo.document.sha256}
    db.session.delete(logo)
    db.session.flush()
    for one in row[seen:]:
        _place(one, one.order - 1)
    audit.record("certificates.logo_removed", subject_of(logo.project), before=gone, actor=actor, now=now)


def _lock(project: Project) -> list[CertificateLogo]:
    """Lock the project, so that one person at a time changes its row, and return the row."""
    lock(Project, project.id)
    return queries.list_logos(project, is_fresh=True)


def _require_place(logo: CertificateLogo, row: list[CertificateLogo], seen: int) -> None:
    if not 1 <= seen <= len(row) or row[seen - 1].id != logo.id:
        raise RowChanged


def _place(logo: CertificateLogo, order: int) -> None:
    logo.order = order
    db.session.flush()
