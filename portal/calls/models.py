"""The table of public links."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.platform.columns import UTCDateTime
from portal.platform.db import Base
from portal.trainings.models import Training


class JoinLink(Base):
    """The public address under which people register for one training, until it is renewed, ended or over.

    The secret follows from the seed and a key that the database does not hold (`portal.platform.links`).
    """

    __tablename__ = "join_link"
    __table_args__ = (Index(None, "training_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    seed: Mapped[str] = mapped_column(String(22))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    training: Mapped[Training] = relationship()
