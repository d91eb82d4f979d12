"""The table of end holders of an act's copies."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.policy import Scope
from portal.materials.models import Material
from portal.materials.serial_numbers import MAX_WRITTEN
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base
from portal.platform.storage import Document
from portal.registration.models import Registration
from portal.trainings.models import Training


class ReceiptScan(Base):
    """A photographed or scanned receipt list of one training and title; several if it has several parts."""

    __tablename__ = "receipt_scan"
    __table_args__ = (Index(None, "training_id", "material_id"), Index(None, "material_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    added_by: Mapped[str] = mapped_column(String(80))

    training: Mapped[Training] = relationship()
    document: Mapped[Document] = relationship()

    @property
    def scope(self) -> Scope:
        return self.training.scope


class ReceiptSignature(Base):
    """What a signed receipt list says of one person and one title; compared with what was given, never merged.

    `signed_by` is the colleague who signed in the person's place; empty if the person did.
    """

    __tablename__ = "receipt_signature"
    __table_args__ = (
        UniqueConstraint("registration_id", "material_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index(None, "material_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id"))
    quantity: Mapped[int] = mapped_column(default=1)
    page: Mapped[int]
    row: Mapped[int]
    copy_number: Mapped[str] = mapped_column(String(20), default="")
    signed_by: Mapped[str] = mapped_column(String(200), default="")
    signed_on: Mapped[date]
    entered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    entered_by: Mapped[str] = mapped_column(String(80))

    registration: Mapped[Registration] = relationship()
    material: Mapped[Material] = relationship()

    @property
    def scope(self) -> Scope:
        return self.registration.scope


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
