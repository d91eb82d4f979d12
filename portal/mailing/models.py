"""What mails alone do not tell: texts that were passed on by hand, and what is not sent by itself."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.platform.db import Base, UTCDateTime
from portal.registration.models import Registration


class PassedText(Base):
    """A text that somebody passed on to a person by messenger or in person; appended, never edited."""

    __tablename__ = "passed_text"
    __table_args__ = (Index(None, "registration_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    kind: Mapped[str] = mapped_column(String(20))
    occasion: Mapped[str] = mapped_column(String(40), default="")
    passed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    passed_by: Mapped[str] = mapped_column(String(80))

    registration: Mapped[Registration] = relationship()


class MailSwitch(Base):
    """Whether mails of a kind are sent by themselves in one training; without a row they are."""

    __tablename__ = "mail_switch"

    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    is_on: Mapped[bool]
