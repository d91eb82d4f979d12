"""Tables of tests: a course's question bank, a training's tests, and participants' sheets."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.policy import Scope
from portal.assessments.rules import LETTERS, QuestionKind, UsedIn, letters_of
from portal.catalog.models import Course
from portal.platform.columns import UTCDateTime, Versioned, text3
from portal.platform.db import Base
from portal.registration.models import Registration
from portal.trainings.models import Training


class AssessmentQuestion(Versioned, Base):
    """A question of a course. Once somebody has answered it, its key stands still and it is retired, not deleted.

    `twin` names the question of the test before that this one of the test after is equated with.
    """

    __tablename__ = "assessment_question"
    __table_args__ = (
        CheckConstraint("kind IN ('single', 'multiple', 'true_false')", name="kind"),
        CheckConstraint("used_in IN ('both', 'pre', 'post')", name="used_in"),
        CheckConstraint("twin_id IS NULL OR used_in = 'post'", name="twin"),
        Index(None, "course_id", "order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    order: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10), default=QuestionKind.SINGLE.value)
    used_in: Mapped[str] = mapped_column(String(4), default=UsedIn.BOTH.value)
    twin_id: Mapped[int | None] = mapped_column(ForeignKey("assessment_question.id"), unique=True)
    topic = text3("topic", 120, default="")
    text = text3("text", 600, default="")
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    course: Mapped[Course] = relationship()
    twin: Mapped["AssessmentQuestion | None"] = relationship(remote_side=id)
    options: Mapped[list["AssessmentOption"]] = relationship(
        order_by="AssessmentOption.place", cascade="all, delete-orphan"
    )

    @property
    def key(self) -> str:
        """Return the letters of the right options."""
        return letters_of(option.place for option in self.options if option.is_correct)


class AssessmentOption(Base):
    __tablename__ = "assessment_option"
    __table_args__ = (
        UniqueConstraint("question_id", "place"),
        CheckConstraint(f"place BETWEEN 0 AND {len(LETTERS) - 1}", name="place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("assessment_question.id"))
    place: Mapped[int]
    text = text3("text", 300, default="")
    is_correct: Mapped[bool] = mapped_column(default=False)

    @property
    def letter(self) -> str:
        """Return the letter before the answer, on the screen and on paper."""
        return LETTERS[self.place]


class Assessment(Base):
    """The test before or after one training; its questions stand still from the first sheet on.

    Open = opened and not closed. Opened again, `closed_at` is empty once more; the audit log has all the times.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        UniqueConstraint("training_id", "moment"),
        CheckConstraint("moment IN ('pre', 'post')", name="moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    moment: Mapped[str] = mapped_column(String(4))
    code: Mapped[str] = mapped_column(String(6))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    training: Mapped[Training] = relationship()
    items: Mapped[list["AssessmentItem"]] = relationship(
        order_by="AssessmentItem.position", cascade="all, delete-orphan"
    )

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def scope(self) -> Scope:
        return self.training.scope


class AssessmentItem(Base):
    __tablename__ = "assessment_item"
    __table_args__ = (UniqueConstraint("assessment_id", "question_id"),)

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("assessment_question.id"), index=True)

    question: Mapped[AssessmentQuestion] = relationship()


class AssessmentSheet(Base):
    """The answers of one person in one test, in one row, so that none is half-written; never edited.

    A sheet that was typed in wrongly is followed by the next revision; the highest counts. Points and maximum are
    kept as they were reached, since the key no longer changes.
    """

    __tablename__ = "assessment_sheet"
    __table_args__ = (
        UniqueConstraint("assessment_id", "registration_id", "revision"),
        CheckConstraint("source IN ('phone', 'paper')", name="source"),
        CheckConstraint("points BETWEEN 0 AND maximum", name="points"),
        Index(None, "registration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    revision: Mapped[int] = mapped_column(default=1)
    letters: Mapped[str] = mapped_column(String(600))
    points: Mapped[int]
    maximum: Mapped[int]
    source: Mapped[str] = mapped_column(String(5))
    entered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    entered_by: Mapped[str] = mapped_column(String(80))

    assessment: Mapped[Assessment] = relationship()
    registration: Mapped[Registration] = relationship()
