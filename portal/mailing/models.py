"""Tables of mailing: texts passed on, automatic mails switched off, and what changed with a move."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.platform.columns import UTCDateTime
from portal.platform.db import Base
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


class FormerPlace(Base):
    """When and where a training was to be until it was moved: whoever was told before knows no better."""

    __tablename__ = "former_place"
    __table_args__ = (Index(None, "training_id", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"))
    until: Mapped[datetime] = mapped_column(UTCDateTime)


class MailSwitch(Base):
    """Whether mails of a kind are sent by themselves in one training; without a row they are."""

    __tablename__ = "mail_switch"

    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    is_on: Mapped[bool]
