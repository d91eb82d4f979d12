"""Tables of certificates: counters, certificates, templates and logos."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.policy import Scope
from portal.catalog.models import Course, Project
from portal.platform.columns import UTCDateTime, Versioned, text3
from portal.platform.db import Base
from portal.platform.storage import Document
from portal.registration.models import Registration


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class CertificateCounter(Base):
    """The last number given per series and year; locked while a number is taken, so that there are no gaps."""

    __tablename__ = "certificate_counter"

    series: Mapped[str] = mapped_column(String(10), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)

    @property
    def scope(self) -> Scope:
        """Return what is common: several regions take numbers of one series."""
        return Scope(is_common=True)


class Certificate(Base):
    """A numbered paper with its printed facts: pending (number and facts), then issued (file) or failed (void).

    `revision` counts a registration's certificates; the first is issued once whatever is clicked. A revision is
    replaced when the next one is issued; the old file stays.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("series", "year", "serial"),
        UniqueConstraint("registration_id", "revision"),
        CheckConstraint("kind IN ('attendance', 'completion', 'facilitator')", name="kind"),
        CheckConstraint("state IN ('pending', 'issued', 'failed')", name="state"),
        CheckConstraint("(state = 'issued') = (document_id IS NOT NULL)", name="file"),
        CheckConstraint(
            "revoke_class IN ('', 'issued_in_error', 'rule_not_met', 'false_data', 'authority', 'other',"
            " 'not_handed_over')",
            name="revoke_class",
        ),
        Index(None, "registration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    revision: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(String(12))
    series: Mapped[str] = mapped_column(String(10))
    year: Mapped[int]
    serial: Mapped[int]
    number: Mapped[str] = mapped_column(String(30), unique=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    token: Mapped[str] = mapped_column(String(22), unique=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(8), default="pending")
    issued_on: Mapped[date]
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    misdated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_for_ceremony: Mapped[bool] = mapped_column(default=False)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"), unique=True)
    replaced_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(String(300), default="")
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_by: Mapped[str] = mapped_column(String(80), default="")
    revoke_class: Mapped[str] = mapped_column(String(16), default="")
    revoke_reason: Mapped[str] = mapped_column(String(300), default="")

    registration: Mapped[Registration] = relationship()
    document: Mapped[Document | None] = relationship()

    @property
    def scope(self) -> Scope:
        return self.registration.scope


class CertificateCeremony(Base):
    """In which order the papers of a training lie on the table."""

    __tablename__ = "certificate_ceremony"
    __table_args__ = (CheckConstraint("print_order IN ('name', 'institution', 'seat')", name="print_order"),)

    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"), primary_key=True)
    print_order: Mapped[str] = mapped_column(String(11), default="name")
    version: Mapped[int] = mapped_column(default=0)


class CeremonySeat(Base):
    """Where somebody sits in the hall; two may share a number."""

    __tablename__ = "ceremony_seat"
    __table_args__ = (CheckConstraint("number BETWEEN 1 AND 9999", name="number"),)

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    number: Mapped[int]


class CertificateMark(Base):
    """One thing said of a printed certificate, append-only by triggers; `mark_id` makes saying it twice harmless."""

    __tablename__ = "certificate_mark"
    __table_args__ = (
        CheckConstraint("state IN ('handed_over', 'unclaimed', 'void', 'cleared')", name="state"),
        CheckConstraint("recipient IN ('', 'self', 'on_behalf', 'sent')", name="recipient"),
        CheckConstraint("(state = 'handed_over') = (recipient <> '')", name="handed_to"),
        CheckConstraint("recipient <> 'on_behalf' OR received_by <> ''", name="received_by"),
        Index(None, "certificate_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mark_id: Mapped[str] = mapped_column(String(64), unique=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"))
    state: Mapped[str] = mapped_column(String(11))
    recipient: Mapped[str] = mapped_column(String(9), default="")
    received_by: Mapped[str] = mapped_column(String(120), default="")
    marked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    marked_by: Mapped[str] = mapped_column(String(80))


class RevocationRequest(Base):
    """One account's wish to revoke a certificate, append-only by triggers; another account decides it.

    Until it is decided the certificate stays as it is, and nobody can ask for the same once more.
    """

    __tablename__ = "revocation_request"
    __table_args__ = (
        CheckConstraint(
            "revoke_class IN ('issued_in_error', 'rule_not_met', 'false_data', 'authority', 'other')",
            name="revoke_class",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), index=True)
    revoke_class: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(300))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_by: Mapped[str] = mapped_column(String(80))

    certificate: Mapped[Certificate] = relationship()
    decision: Mapped["RevocationDecision | None"] = relationship(viewonly=True)

    @property
    def scope(self) -> Scope:
        return self.certificate.scope


class RevocationDecision(Base):
    """What became of a request, append-only by triggers: one for each, so that two people cannot decide it twice."""

    __tablename__ = "revocation_decision"
    __table_args__ = (CheckConstraint("verdict IN ('confirmed', 'refused', 'withdrawn')", name="verdict"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("revocation_request.id"), unique=True)
    verdict: Mapped[str] = mapped_column(String(9))
    reason: Mapped[str] = mapped_column(String(300), default="")
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_by: Mapped[str] = mapped_column(String(80))


class CertificateTemplate(Versioned, Base):
    """How certificates of a course, of a project, or of a course within a project look and what they say.

    An empty text leaves the built-in wording or what the project says. What was issued holds a copy of its own.
    """

    __tablename__ = "certificate_template"
    __table_args__ = (
        CheckConstraint("course_id IS NOT NULL OR project_id IS NOT NULL", name="scope"),
        CheckConstraint("signatories BETWEEN 0 AND 3", name="signatories"),
        CheckConstraint("logos_at IN ('top', 'sides', 'none')", name="logos_at"),
        UniqueConstraint("course_id", "project_id"),
        Index("uq_certificate_template_course", "course_id", unique=True, **_where("project_id IS NULL")),
        Index("uq_certificate_template_project", "project_id", unique=True, **_where("course_id IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    signatories: Mapped[int] = mapped_column(default=0)
    logos_at: Mapped[str] = mapped_column(String(5), default="top")
    completion = text3("completion", 120, default="")
    attendance = text3("attendance", 120, default="")
    facilitator = text3("facilitator", 120, default="")
    line = text3("line", 120, default="")
    acknowledgement = text3("acknowledgement", 500, default="")
    disclaimer = text3("disclaimer", 300, default="")

    course: Mapped[Course | None] = relationship()
    project: Mapped[Project | None] = relationship()

    @property
    def scope(self) -> Scope:
        """Return no limits: whoever reads the directory reads all templates."""
        return Scope()


class CertificateLogo(Base):
    """A logo of a project in its place of the row. Its file is kept for ever: certificates name it by its hash."""

    __tablename__ = "certificate_logo"
    __table_args__ = (
        CheckConstraint('"order" BETWEEN 0 AND 5', name="order"),  # 0 while two change places.
        CheckConstraint("width > 0", name="width"),
        UniqueConstraint("project_id", "order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    order: Mapped[int]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    width: Mapped[int]  # In thousandths of the height.
    alt = text3("alt", 120)

    document: Mapped[Document] = relationship()
    project: Mapped[Project] = relationship()

    @property
    def scope(self) -> Scope:
        return self.project.scope
