"""The table of seal certificates; private keys are never in the database."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.platform.columns import UTCDateTime
from portal.platform.db import Base


class SealKey(Base):
    """From `used_from` on, this certificate's key seals, until the next row; rows are never changed or removed.

    So a document sealed years ago is still told from a forged one, whatever lies in the folder of keys by then.
    """

    __tablename__ = "seal_key"
    __table_args__ = (Index(None, "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(500))
    certificates: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime] = mapped_column(UTCDateTime)
    valid_until: Mapped[datetime] = mapped_column(UTCDateTime)
    used_from: Mapped[datetime] = mapped_column(UTCDateTime)
    installed_by: Mapped[str] = mapped_column(String(80))
