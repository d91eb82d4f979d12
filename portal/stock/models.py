"""Tables of stock: movements, which are append-only, and the balances they add up to."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.materials.models import Handover, Material, StockPlace
from portal.materials.serial_numbers import Numbers
from portal.platform.columns import UTCDateTime, index_of_set
from portal.platform.db import Base
from portal.stock.rules import Reason


class StockMovement(Base):
    """Copies of a title that went from one place to another; append-only by triggers.

    `batch` is shared by what one act has moved.
    """

    __tablename__ = "stock_movement"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("from_place_id <> to_place_id", name="places"),
        CheckConstraint(
            "reason IN ('received', 'moved', 'handed_over', 'given', 'returned', 'damaged', 'lost', 'stocktake')",
            name="reason",
        ),
        Index(None, "material_id", "from_place_id"),
        Index(None, "material_id", "to_place_id"),
        Index(None, "from_place_id"),
        Index(None, "to_place_id"),
        index_of_set("stock_movement", "handover_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    batch: Mapped[str] = mapped_column(String(22), index=True)
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id"))
    from_place_id: Mapped[int] = mapped_column(ForeignKey("stock_place.id"))
    to_place_id: Mapped[int] = mapped_column(ForeignKey("stock_place.id"))
    quantity: Mapped[int]
    reason: Mapped[str] = mapped_column(String(11))
    moved_on: Mapped[date]
    note: Mapped[str] = mapped_column(String(300), default="")
    handover_id: Mapped[int | None] = mapped_column(ForeignKey("handover.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[str] = mapped_column(String(80))

    material: Mapped[Material] = relationship()
    from_place: Mapped[StockPlace] = relationship(foreign_keys=[from_place_id])
    to_place: Mapped[StockPlace] = relationship(foreign_keys=[to_place_id])
    handover: Mapped[Handover | None] = relationship()


class MovedNumbers(Base):
    """A range of numbered copies that a movement carried; append-only by triggers, as the movement is."""

    __tablename__ = "moved_numbers"
    __table_args__ = (CheckConstraint("first >= 1 AND last >= first", name="range"),)

    movement_id: Mapped[int] = mapped_column(ForeignKey("stock_movement.id"), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class StockBalance(Base):
    """How many copies of a title a place holds now: a cache of the movements, never below zero. Sources have none."""

    __tablename__ = "stock_balance"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity"), Index(None, "place_id"))

    material_id: Mapped[int] = mapped_column(ForeignKey("material.id"), primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("stock_place.id"), primary_key=True)
    quantity: Mapped[int] = mapped_column(BigInteger, default=0)

    material: Mapped[Material] = relationship()
    place: Mapped[StockPlace] = relationship()


@dataclass(frozen=True)
class Step:
    """Copies of one title from one place to another; its own note and reason stand instead of those of the cause.

    Of a numbered title it names which; where they are counted out on a shelf they may be left open.
    """

    material: Material
    from_place: StockPlace
    to_place: StockPlace
    quantity: int
    note: str = ""
    reason: Reason | None = None
    numbers: Numbers = Numbers()


@dataclass(frozen=True)
class Cause:
    """Why and when copies change place, and by which act."""

    reason: Reason
    moved_on: date
    note: str = ""
    handover: Handover | None = None
