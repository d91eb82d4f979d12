"""Tables of closing: reasons and corrections, which are never edited, and payment rates."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.policy import Scope
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base
from portal.registration.models import Registration
from portal.trainings.models import Training


class ShortfallReason(Base):
    """Why somebody did not reach the minimum attendance; append-only by triggers, the latest counts."""

    __tablename__ = "shortfall_reason"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('administrative', 'cancellation', 'documents_incomplete', 'no_show', 'prerequisites_unmet',"
            " 'other')",
            name="kind",
        ),
        CheckConstraint(
            "cause IN ('', 'personal_emergency', 'illness_or_death', 'work_related', 'unknown')", name="cause"
        ),
        CheckConstraint("(kind IN ('cancellation', 'no_show')) = (cause <> '')", name="kind_has_cause"),
        Index(None, "registration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    kind: Mapped[str] = mapped_column(String(24))
    cause: Mapped[str] = mapped_column(String(24), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    noted_by: Mapped[str] = mapped_column(String(80))


class LeftRevoked(Base):
    """The word that somebody who completed stays without the revoked certificate; append-only by triggers.

    `reason` is what the books say of it, beside why the certificate was revoked.
    """

    __tablename__ = "left_revoked"

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(300))
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    noted_by: Mapped[str] = mapped_column(String(80))


class Correction(Base):
    """One change of a finalized training, numbered within it without gaps; append-only by triggers.

    `before` and `after` hold codes and numbers, never names: what is kept for ever tells no more than it must.
    """

    __tablename__ = "correction"
    __table_args__ = (
        UniqueConstraint("training_id", "number"),
        CheckConstraint(
            "kind IN ('mark', 'shortfall', 'facts', 'certificate_issued', 'certificate_reissued',"
            " 'certificate_revoked')",
            name="kind",
        ),
        CheckConstraint("number > 0", name="number"),
        Index(None, "registration_id"),
        Index(None, "corrected_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    number: Mapped[int]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    kind: Mapped[str] = mapped_column(String(20))
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(500))
    corrected_at: Mapped[datetime] = mapped_column(UTCDateTime)
    corrected_by: Mapped[str] = mapped_column(String(80))

    training: Mapped[Training] = relationship()
    registration: Mapped[Registration] = relationship()

    @property
    def scope(self) -> Scope:
        return self.training.scope
