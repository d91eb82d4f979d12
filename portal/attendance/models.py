"""Attendance marks: facts that are appended and never edited."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.platform.db import Base, UTCDateTime


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
