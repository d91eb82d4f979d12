"""Read what happened to printed certificates: handed over, not collected, void, or still on the table."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import contains_eager

from portal.attendance.rules import batch_of
from portal.certificates import queries as certificate_queries
from portal.certificates.models import Certificate, CertificateMark
from portal.certificates.rules import CertificateState, Handing, RevokeClass
from portal.platform.db import db
from portal.registration.models import Registration
from portal.trainings.models import Training


@dataclass(frozen=True)
class Paper:
    """One printed certificate with everything that was said about it, the last mark at the end."""

    certificate: Certificate
    marks: Sequence[CertificateMark]
    seat: int | None = None

    @property
    def mark(self) -> CertificateMark | None:
        """Return the mark that counts; none if nothing was said, or it was taken back."""
        return self.marks[-1] if self.marks and self.marks[-1].state != Handing.CLEARED else None

    @property
    def state(self) -> str:
        """Return what became of the paper, or `open`."""
        return self.mark.state if self.mark else "open"

    @property
    def last_mark(self) -> int:
        """Return the id of the last mark, so that a stale page can be told from a fresh one."""
        return self.marks[-1].id if self.marks else 0

    @property
    def was_handed_over(self) -> bool:
        """Tell whether somebody ever had it, even if that was taken back."""
        return any(mark.state == Handing.HANDED_OVER for mark in self.marks)


def list_papers(training: Training) -> list[Paper]:
    """Return the papers of a training that stand or were made void, in the order in which they lie on the table."""
    query = (
        select(Certificate)
        .join(Certificate.registration)
        .options(
            contains_eager(Certificate.registration).joinedload(Registration.person),
            contains_eager(Certificate.registration).joinedload(Registration.institution),
        )
        .where(Registration.training_id == training.id, _is_on_the_table())
        .order_by(Certificate.id)
    )
    certificates = db.session.scalars(query).all()
    marks, seats = _marks(training), certificate_queries.seats_of(training)
    places = certificate_queries.places_of(training, certificate_queries.order_of(training))
    papers = [Paper(one, marks.get(one.id, ()), seats.get(one.registration_id)) for one in certificates]
    return sorted(papers, key=lambda one: places[one.certificate.registration_id])


def list_marks(certificate: Certificate) -> list[CertificateMark]:
    """Return everything that was said about one paper, the last mark at the end."""
    query = select(CertificateMark).where(CertificateMark.certificate_id == certificate.id)
    return list(db.session.scalars(query.order_by(CertificateMark.id)))


def find_mark(mark_id: str) -> CertificateMark | None:
    """Return the mark that carries this id already."""
    return db.session.scalars(select(CertificateMark).where(CertificateMark.mark_id == mark_id)).one_or_none()


def newest_batch(papers: Sequence[Paper]) -> tuple[str, int] | None:
    """Return the key of the latest act about many papers that still counts for some, and for how many."""
    batched = [mark for one in papers if (mark := one.mark) and batch_of(mark.mark_id)]
    if not batched:
        return None
    key = batch_of(max(batched, key=lambda mark: mark.id).mark_id)
    return key, sum(batch_of(mark.mark_id) == key for mark in batched)


def _is_on_the_table() -> ColumnElement[bool]:
    is_void = and_(Certificate.revoked_at.is_not(None), Certificate.revoke_class == RevokeClass.NOT_HANDED_OVER)
    return and_(
        Certificate.state == CertificateState.ISSUED,
        Certificate.replaced_at.is_(None),
        or_(Certificate.revoked_at.is_(None), is_void),
    )


def _marks(training: Training) -> dict[int, list[CertificateMark]]:
    query = (
        select(CertificateMark)
        .join(Certificate, Certificate.id == CertificateMark.certificate_id)
        .join(Registration, Registration.id == Certificate.registration_id)
        .where(Registration.training_id == training.id)
        .order_by(CertificateMark.id)
    )
    found: dict[int, list[CertificateMark]] = defaultdict(list)
    for mark in db.session.scalars(query):
        found[mark.certificate_id].append(mark)
    return found
