"""Certificates and the counters that number them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.policy import Scope
from portal.platform.db import Base, UTCDateTime
from portal.platform.storage import Document
from portal.registration.models import Registration


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
        """Return the scope of the registration."""
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
        """Return the scope of the certificate."""
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
