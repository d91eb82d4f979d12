"""Who in an institution keeps the copies that an act handed over."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.materials.rules.numbers import MAX_WRITTEN
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base


class EndHolder(Base):
    """One line of an optional list: a unit, a post or a person, and how many copies of a title of an act, or which."""

    __tablename__ = "end_holder"
    __table_args__ = (
        UniqueConstraint("handover_id", "material_id", "order"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index(None, "material_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"))
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id"))
    order: Mapped[int]
    unit: Mapped[str] = mapped_column(String(200))
    post: Mapped[str] = mapped_column(String(200), default="")
    name: Mapped[str] = mapped_column(String(200), default="")
    quantity: Mapped[int]
    numbers: Mapped[str] = mapped_column(String(MAX_WRITTEN), default="")
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    noted_by: Mapped[str] = mapped_column(String(80))
