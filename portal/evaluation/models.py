"""Tables of evaluations: questions, turnout, ballots, answers.

Who has answered and what was answered stand in two tables that share nothing but the training and keep no time and no
order; until the evaluation closes, what was answered is sealed. See docs/adr on anonymous answers before adding a
column.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.catalog.models import Course
from portal.evaluation.rules import QuestionKind
from portal.platform.columns import UTCDateTime, text3
from portal.platform.db import Base
from portal.trainings.models import Training

# SQLite numbers the rows of a usual table in the order of their arrival. These have no such number: they lie in the
# order of their keys, and the keys are random or say nothing about time.
_UNORDERED = {"sqlite_with_rowid": False}


class EvaluationForm(Base):
    """One version of what the participants of a course are asked; without a course, the form that all begin with.

    A version never changes: other questions make the next one, so that results show what was asked.
    """

    __tablename__ = "evaluation_form"
    __table_args__ = (UniqueConstraint("course_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))
    number: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by: Mapped[str] = mapped_column(String(80))

    course: Mapped[Course | None] = relationship()
    questions: Mapped[list["EvaluationQuestion"]] = relationship(order_by="EvaluationQuestion.place")


class EvaluationQuestion(Base):
    """A question of one version. `topic` is by what other versions know the same question."""

    __tablename__ = "evaluation_question"
    __table_args__ = (
        UniqueConstraint("form_id", "place"),
        UniqueConstraint("form_id", "topic"),
        CheckConstraint("kind IN ('scale', 'yes_no', 'open')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("evaluation_form.id"))
    place: Mapped[int]
    topic: Mapped[str] = mapped_column(String(22))
    kind: Mapped[str] = mapped_column(String(6))
    text = text3("text", 300, default="")
    low = text3("low", 60, default="")
    high = text3("high", 60, default="")

    @property
    def is_open(self) -> bool:
        return self.kind == QuestionKind.OPEN


class Evaluation(Base):
    """The evaluation of one training: which questions, since when, until when, and how many forms came in."""

    __tablename__ = "evaluation"
    __table_args__ = (CheckConstraint("forms >= paper_forms AND paper_forms >= 0", name="forms"),)

    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"), primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("evaluation_form.id"))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    forms: Mapped[int] = mapped_column(default=0)
    paper_forms: Mapped[int] = mapped_column(default=0)

    training: Mapped[Training] = relationship()
    form: Mapped[EvaluationForm] = relationship()


class EvaluationTurnout(Base):
    """Who has answered; nothing else is known about it."""

    __tablename__ = "evaluation_turnout"
    __table_args__ = _UNORDERED

    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"), primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), primary_key=True)


class EvaluationBallot(Base):
    """One form as it waits for the end: sealed with a key outside the database, all of one training equally long."""

    __tablename__ = "evaluation_ballot"
    __table_args__ = (Index(None, "training_id"), _UNORDERED)

    key: Mapped[str] = mapped_column(String(22), primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    sealed: Mapped[str] = mapped_column(Text)


class EvaluationAnswer(Base):
    """One answer to one question. Not even the answers of one form can be put together again."""

    __tablename__ = "evaluation_answer"
    __table_args__ = (
        Index(None, "training_id"),
        CheckConstraint("(rating IS NULL) <> (words IS NULL)", name="content"),
        CheckConstraint("rating BETWEEN 0 AND 5", name="rating"),
        _UNORDERED,
    )

    key: Mapped[str] = mapped_column(String(22), primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("evaluation_question.id"))
    rating: Mapped[int | None]
    words: Mapped[str | None] = mapped_column(Text)
