"""Tables of attendance: marks, which are append-only; sessions opened early; venue helpers."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.permissions import Role
from portal.access.policy import Reach, Scope
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base
from portal.trainings.models import Training


class AttendanceMark(Base):
    """One act of marking a person in a session; append-only by triggers. `mark_id` makes sending twice harmless."""

    __tablename__ = "attendance_mark"
    __table_args__ = (
        CheckConstraint("state IN ('present', 'late', 'excused', 'absent', 'cleared')", name="state"),
        CheckConstraint("minutes IS NULL OR minutes >= 0", name="minutes"),
        Index(None, "registration_id", "training_session_id"),
        Index(None, "training_session_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mark_id: Mapped[str] = mapped_column(String(64), unique=True)
    training_session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    state: Mapped[str] = mapped_column(String(8))
    minutes: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    is_decision: Mapped[bool] = mapped_column(default=False)
    marked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    marked_by: Mapped[str] = mapped_column(String(80))
    device: Mapped[str] = mapped_column(String(20))


class SessionOpening(Base):
    """The word of a coordinator that a session takes marks ahead of its hour; void once the session begins at another.

    `starts_at` is when it was to begin then.
    """

    __tablename__ = "session_opening"

    training_session_id: Mapped[int] = mapped_column(
        ForeignKey("training_session.id", ondelete="CASCADE"), primary_key=True
    )
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    reason: Mapped[str] = mapped_column(String(300))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_by: Mapped[str] = mapped_column(String(80))


class VenueHelper(Base):
    """Somebody without an account who marks attendance by a link, in one training and on some of its days.

    `name` is a person's or a post's; `days` are written as ISO dates. The link is stored hashed.
    """

    __tablename__ = "venue_helper"
    __table_args__ = (Index(None, "training_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(10), unique=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    name: Mapped[str] = mapped_column(String(60))
    days: Mapped[list[str]] = mapped_column(JSON)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    training: Mapped[Training] = relationship()

    @property
    def dates(self) -> list[date]:
        return [date.fromisoformat(day) for day in self.days]

    @property
    def label(self) -> str:
        """Return the name under which marks and the audit log know the helper."""
        return f"helper {self.reference}"

    @property
    def scope(self) -> Scope:
        return self.training.scope


class VenueHelperSession(Base):
    """A helper's stay on one device; the cookie carries a random reference, stored hashed."""

    __tablename__ = "venue_helper_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    venue_helper_id: Mapped[int] = mapped_column(ForeignKey("venue_helper.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    venue_helper: Mapped[VenueHelper] = relationship()

    @property
    def role(self) -> Role:
        return Role.VENUE_HELPER

    @property
    def reach(self) -> Reach:
        return Reach(training_id=self.venue_helper.training_id, days=frozenset(self.venue_helper.dates))

    @property
    def label(self) -> str:
        return self.venue_helper.label
