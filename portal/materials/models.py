"""Tables of titles, places and hand-over acts."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.policy import Scope
from portal.catalog.models import Venue
from portal.materials.rules import CURRENCY, Unit
from portal.materials.serial_numbers import MAX_WRITTEN
from portal.people.models import Institution, Region
from portal.platform.columns import UTCDateTime, Versioned, text3
from portal.platform.db import Base
from portal.platform.storage import Document
from portal.records.models import Searchable
from portal.trainings.models import Training


class Material(Searchable, Base):
    """A title that can be handed over: one language, one edition. `identity` finds it again however it is typed."""

    __tablename__ = "material"
    __table_args__ = (
        CheckConstraint("language IN ('ky', 'ru', 'ky-ru', 'en')", name="language"),
        CheckConstraint("unit IN ('copy', 'set', 'piece')", name="unit"),
        CheckConstraint("unit_value >= 0", name="unit_value"),
        Index(None, "language"),
    )
    searched = ("title_ky", "title_ru", "title_en", "edition", "isbn")
    subject_key = "reference"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    title = text3("title", 300, default="")
    language: Mapped[str] = mapped_column(String(5))
    edition: Mapped[str] = mapped_column(String(40), default="")
    identity: Mapped[str] = mapped_column(String(64), unique=True)
    year: Mapped[int | None]
    unit: Mapped[str] = mapped_column(String(5), default=Unit.COPY.value)
    isbn: Mapped[str] = mapped_column(String(17), default="")
    owner_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    unit_value: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3), default=CURRENCY)
    is_numbered: Mapped[bool] = mapped_column(default=False)
    is_retired: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    owner_institution: Mapped[Institution | None] = relationship()

    scope = Scope(is_common=True)  # A title belongs to no region; its copies do.


class StockPlace(Versioned, Base):
    """Where copies are. `key` says in one word which place it is: "office:KG-GO", "institution:GPO".

    A source and an institution belong to no region; any other place to that of its office, venue or training.
    A region has further offices if somebody adds them; a name of its own stands instead of the one that it would have.
    """

    __tablename__ = "stock_place"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('source', 'office', 'venue', 'training', 'institution', 'participants', 'damaged', 'lost')",
            name="kind",
        ),
        CheckConstraint("kind IN ('source', 'institution') OR region_code IS NOT NULL", name="region"),
        CheckConstraint("(kind IN ('training', 'participants')) = (training_id IS NOT NULL)", name="training"),
        CheckConstraint("(kind = 'institution') = (institution_id IS NOT NULL)", name="institution"),
        CheckConstraint("(kind = 'venue') = (venue_id IS NOT NULL)", name="venue"),
        Index(None, "region_code", "kind"),
        Index(None, "training_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name = text3("name", 200, default="")
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"))
    training_id: Mapped[int | None] = mapped_column(ForeignKey("training.id"))
    closed_on: Mapped[date | None]

    region: Mapped[Region | None] = relationship()
    institution: Mapped[Institution | None] = relationship()
    venue: Mapped[Venue | None] = relationship()
    training: Mapped[Training | None] = relationship()

    @property
    def scope(self) -> Scope:
        """Return the place's region and training; what belongs to no region is common to all."""
        return Scope(region=self.region_code, training_id=self.training_id, is_common=self.region_code is None)


class HandoverCounter(Base):
    """The last number given per series and year; locked while a number is taken, so that there are no gaps."""

    __tablename__ = "handover_counter"

    series: Mapped[str] = mapped_column(String(10), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


# An act is set right by one other at a time; a void one makes room for the next.
_STANDING = text("corrects_id IS NOT NULL AND state <> 'void'")


class Handover(Versioned, Base):
    """Copies for one institution and the act that says so: draft → printed (facts frozen) → signed, or void.

    A number once given stays with its act, also a void one. `corrects_id` names the act that this one sets right.
    `in_parts`: the copies leave by deliveries after printing, and not all at once by it. `proxy_…`: who signs in the
    place of whoever receives, by a power of attorney or on a letter to come.
    """

    __tablename__ = "handover"
    __table_args__ = (
        UniqueConstraint("series", "year", "serial"),
        CheckConstraint("state IN ('draft', 'printed', 'signed', 'void')", name="state"),
        CheckConstraint("transfer IN ('custody', 'ownership')", name="transfer"),
        CheckConstraint("copies BETWEEN 1 AND 9", name="copies"),
        CheckConstraint("state IN ('draft', 'void') OR number IS NOT NULL", name="number"),
        CheckConstraint("state IN ('draft', 'void') OR printed_at IS NOT NULL", name="printed"),
        CheckConstraint("state <> 'signed' OR signed_on IS NOT NULL", name="signed"),
        CheckConstraint("(state = 'void') = (voided_at IS NOT NULL)", name="void"),
        CheckConstraint("proxy_kind IN ('', 'attorney', 'letter')", name="proxy_kind"),
        CheckConstraint("(proxy_kind = '') = (proxy_name = '')", name="proxy"),
        Index(
            "uq_handover_corrects_id", "corrects_id", unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING
        ),
        Index(None, "region_code", "handed_on"),
        Index(None, "training_id"),
        Index(None, "receiving_institution_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    number: Mapped[str | None] = mapped_column(String(30), unique=True)
    series: Mapped[str | None] = mapped_column(String(10))
    year: Mapped[int | None]
    serial: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(7), default="draft")
    training_id: Mapped[int | None] = mapped_column(ForeignKey("training.id"))
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"))
    from_place_id: Mapped[int] = mapped_column(ForeignKey("stock_place.id"))
    giving_institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    giving_name: Mapped[str] = mapped_column(String(200), default="")
    giving_position = text3("giving_position", 200, default="")
    giving_authority = text3("giving_authority", 200, default="")
    receiving_institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    receiving_name: Mapped[str] = mapped_column(String(200), default="")
    receiving_position = text3("receiving_position", 200, default="")
    receiving_authority = text3("receiving_authority", 200, default="")
    proxy_kind: Mapped[str] = mapped_column(String(8), default="")
    proxy_name: Mapped[str] = mapped_column(String(200), default="")
    proxy_position = text3("proxy_position", 200, default="")
    proxy_number: Mapped[str] = mapped_column(String(60), default="")
    proxy_date: Mapped[date | None]
    in_parts: Mapped[bool] = mapped_column(default=False)
    handed_on: Mapped[date]
    place = text3("place", 200, default="")
    basis = text3("basis", 500, default="")
    purpose = text3("purpose", 1000, default="")
    transfer: Mapped[str] = mapped_column(String(9), default="custody")
    copies: Mapped[int] = mapped_column(default=2)
    with_english: Mapped[bool] = mapped_column(default=False)
    witness: Mapped[str] = mapped_column(String(200), default="")
    discrepancies = text3("discrepancies", 1000, default="")
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    scan_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    printed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    signed_on: Mapped[date | None]
    voided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    void_reason: Mapped[str] = mapped_column(String(300), default="")
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("handover.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by: Mapped[str] = mapped_column(String(80))

    training: Mapped[Training | None] = relationship()
    region: Mapped[Region] = relationship()
    from_place: Mapped[StockPlace] = relationship()
    giving_institution: Mapped[Institution] = relationship(foreign_keys=[giving_institution_id])
    receiving_institution: Mapped[Institution] = relationship(foreign_keys=[receiving_institution_id])
    document: Mapped[Document | None] = relationship(foreign_keys=[document_id])
    scan_document: Mapped[Document | None] = relationship(foreign_keys=[scan_document_id])
    corrects: Mapped["Handover | None"] = relationship(remote_side=id)
    items: Mapped[list["HandoverItem"]] = relationship(order_by="HandoverItem.order", cascade="all, delete-orphan")
    shares: Mapped[list["HandoverShare"]] = relationship(order_by="HandoverShare.order", cascade="all, delete-orphan")
    deliveries: Mapped[list["HandoverDelivery"]] = relationship(order_by="HandoverDelivery.serial")
    ending: Mapped["HandoverEnding | None"] = relationship()

    @property
    def is_correction(self) -> bool:
        """Tell whether it corrects a signed act, which stays in force; a void one it replaces."""
        return self.corrects is not None and self.corrects.state == "signed"

    @property
    def scope(self) -> Scope:
        """Return the region that hands over, and the training if it is done at one."""
        return Scope(region=self.region_code, training_id=self.training_id)


class HandoverItem(Base):
    """One line of an act. A value of zero is "without charge"; an empty one is not said yet.

    `numbers` are those of a numbered title's copies, as printed; a draft may leave them open.
    """

    __tablename__ = "handover_item"
    __table_args__ = (
        UniqueConstraint("handover_id", "order"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_value >= 0", name="unit_value"),
        Index(None, "material_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"))
    order: Mapped[int]
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id"))
    quantity: Mapped[int]
    unit_value: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3))
    condition: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    numbers: Mapped[str] = mapped_column(String(MAX_WRITTEN), default="")

    material: Mapped[Material] = relationship()


class HandoverShare(Base):
    """One row of an act's annex: what a unit of the receiving institution gets of a title."""

    __tablename__ = "handover_share"
    __table_args__ = (
        UniqueConstraint("handover_id", "order"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index(None, "material_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"))
    order: Mapped[int]
    unit: Mapped[str] = mapped_column(String(200))
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id"))
    quantity: Mapped[int]

    material: Mapped[Material] = relationship()


class HandoverDelivery(Base):
    """A part of an act's copies that left on one day: its movements share `batch`. A mistaken one is made void."""

    __tablename__ = "handover_delivery"
    __table_args__ = (
        UniqueConstraint("handover_id", "serial"),
        CheckConstraint("(voided_at IS NULL) = (void_reason = '')", name="void"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"))
    serial: Mapped[int]
    batch: Mapped[str] = mapped_column(String(22), unique=True)
    delivered_on: Mapped[date]
    taken_by: Mapped[str] = mapped_column(String(200))
    paper: Mapped[str] = mapped_column(String(200), default="")
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[str] = mapped_column(String(80))
    voided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    void_reason: Mapped[str] = mapped_column(String(300), default="")


class HandoverEnding(Base):
    """That an act in parts ends with fewer copies than planned: when, why, and the discrepancy note that says so."""

    __tablename__ = "handover_ending"

    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"), primary_key=True)
    ended_on: Mapped[date]
    reason = text3("reason", 500, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[str] = mapped_column(String(80))

    document: Mapped[Document] = relationship()
