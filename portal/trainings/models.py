"""Tables of trainings, sessions and seats."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.policy import Scope
from portal.catalog.models import Course, Project, Venue
from portal.people.models import Institution, Person, Region
from portal.platform.columns import UTCDateTime, Versioned, text3
from portal.platform.db import Base
from portal.trainings.rules import CANCELLED, USUAL_CERTIFICATES, TrainingState, has_ended


class TrainingCounter(Base):
    """The last number given per prefix and year, locked while a training is created."""

    __tablename__ = "training_counter"

    prefix: Mapped[str] = mapped_column(String(3), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


class TrainingHost(Base):
    __tablename__ = "training_host"

    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"), primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)


class Training(Versioned, Base):
    """One delivery of a course: dates, venue, seats and rules."""

    __tablename__ = "training"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("minimum_attendance BETWEEN 0 AND 100", name="minimum_attendance"),
        CheckConstraint("minimum_grade BETWEEN 0 AND 100", name="minimum_grade"),
        CheckConstraint("nominations_due_days >= names_due_days AND names_due_days >= 0", name="deadlines"),
        CheckConstraint(
            "state IN ('draft', 'pending_approval', 'approved', 'held', 'finalized', 'cancelled_by_organizer',"
            " 'cancelled_by_host')",
            name="state",
        ),
        Index(None, "region_code", "starts_on"),
        Index(None, "starts_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(14), unique=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"))
    venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"))
    title = text3("title", 300, default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    hours: Mapped[int]
    capacity: Mapped[int]
    minimum_attendance: Mapped[int] = mapped_column(default=80)
    is_assessment_required: Mapped[bool] = mapped_column(default=False)
    minimum_grade: Mapped[int | None]
    certificate_kinds: Mapped[list[str]] = mapped_column(JSON, default=lambda: list(USUAL_CERTIFICATES))
    is_vetting_required: Mapped[bool] = mapped_column(default=False)
    people_planned: Mapped[int | None]
    nominations_due_days: Mapped[int] = mapped_column(default=14)
    names_due_days: Mapped[int] = mapped_column(default=7)
    working_language: Mapped[str] = mapped_column(String(5), default="")
    has_interpreter: Mapped[bool] = mapped_column(default=False)
    objectives = text3("objectives", 2000, default="")
    profile = text3("profile", 2000, default="")
    comments: Mapped[str] = mapped_column(String(2000), default="")
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    state: Mapped[str] = mapped_column(String(22), default=TrainingState.DRAFT.value)
    cancellation_reason: Mapped[str] = mapped_column(String(500), default="")
    corrections: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    course: Mapped[Course] = relationship()
    project: Mapped[Project | None] = relationship()
    region: Mapped[Region] = relationship()
    venue: Mapped[Venue] = relationship()
    hosts: Mapped[list[Institution]] = relationship(secondary="training_host", order_by=Institution.code)
    sessions: Mapped[list["TrainingSession"]] = relationship(
        order_by="TrainingSession.starts_at", cascade="all, delete-orphan"
    )
    breaks: Mapped[list["AgendaBreak"]] = relationship(
        order_by="AgendaBreak.starts_at", back_populates="training", cascade="all, delete-orphan"
    )
    allotments: Mapped[list["Allotment"]] = relationship(order_by="Allotment.id", cascade="all, delete-orphan")
    days: Mapped[list["TrainingDay"]] = relationship(order_by="TrainingDay.day", cascade="all, delete-orphan")

    @property
    def scope(self) -> Scope:
        return Scope(region=self.region_code, training_id=self.id, project_id=self.project_id)

    @property
    def time_zone(self) -> str:
        return self.venue.time_zone

    @property
    def ends_at(self) -> datetime | None:
        """Return when the last session ends; None while there is none."""
        return max((session.ends_at for session in self.sessions), default=None)

    def day_at(self, now: datetime) -> date:
        """Return the day that the venue's calendar shows at a moment."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()

    def has_ended(self, now: datetime) -> bool:
        return has_ended(self.ends_on, self.ends_at, ZoneInfo(self.time_zone), now)

    @property
    def nominations_due_on(self) -> date:
        """Return the last day on which people may be nominated from outside."""
        return self.starts_on - timedelta(days=self.nominations_due_days)

    @property
    def is_locked(self) -> bool:
        """Tell whether only a numbered correction may still change the training."""
        return self.state == TrainingState.FINALIZED

    @property
    def is_cancelled(self) -> bool:
        return self.state in CANCELLED


class TrainingDay(Base):
    """A day that a training has or had, with its hours: whoever has it in a calendar is told when it goes."""

    __tablename__ = "training_day"

    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)


class TrainingSession(Base):
    """A timed block for which attendance is taken."""

    __tablename__ = "training_session"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="times"), Index(None, "training_id", "starts_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    title = text3("title", 300, default="")
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    local_date: Mapped[date]
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    room: Mapped[str] = mapped_column(String(120), default="")

    training: Mapped[Training] = relationship(back_populates="sessions")
    facilitators: Mapped[list["SessionFacilitator"]] = relationship(
        order_by="SessionFacilitator.person_id", cascade="all, delete-orphan"
    )

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    @property
    def scope(self) -> Scope:
        """Return the scope of the training and the session's day."""
        return replace(self.training.scope, day=self.local_date)


class SessionFacilitator(Base):
    """Who leads a session; that takes no seat and needs no registration."""

    __tablename__ = "session_facilitator"
    __table_args__ = (Index(None, "person_id"),)

    training_session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)

    person: Mapped[Person] = relationship()


class AgendaBreak(Base):
    """A timed block for which no attendance is taken: coffee, lunch, the opening."""

    __tablename__ = "agenda_break"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="times"),
        CheckConstraint("kind IN ('coffee', 'lunch', 'arrival', 'ceremony', 'other')", name="kind"),
        Index(None, "training_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    kind: Mapped[str] = mapped_column(String(10))
    title = text3("title", 300, default="")
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    local_date: Mapped[date]

    training: Mapped[Training] = relationship(back_populates="breaks")

    @property
    def scope(self) -> Scope:
        return self.training.scope


class AgendaVersion(Base):
    """An agenda as it was given to people: numbered, frozen, never edited."""

    __tablename__ = "agenda_version"
    __table_args__ = (UniqueConstraint("training_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_by: Mapped[str] = mapped_column(String(80))


class Allotment(Base):
    """Seats kept for an institution, a region, a role, or a combination; empty sides match everyone."""

    __tablename__ = "allotment"
    __table_args__ = (CheckConstraint("seats >= 0", name="seats"), Index(None, "training_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    role: Mapped[str | None] = mapped_column(String(12))
    seats: Mapped[int]

    institution: Mapped[Institution | None] = relationship()
    region: Mapped[Region | None] = relationship()
