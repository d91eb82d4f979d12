"""The table of participants' sessions."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.permissions import Role
from portal.access.policy import Reach
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base
from portal.registration.models import Registration


class ParticipantSession(Base):
    """A participant's stay on their own page; the cookie carries a random reference, stored hashed.

    `new_browser` names browser and system where a slip was used in one that had never opened this page.
    """

    __tablename__ = "participant_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    new_browser: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    registration: Mapped[Registration] = relationship()

    @property
    def role(self) -> Role:
        return Role.PARTICIPANT

    @property
    def reach(self) -> Reach:
        return Reach(registration_id=self.registration_id)

    @property
    def label(self) -> str:
        return f"participant {self.registration.reference}"
