"""Text that can be handed over, and the places that hold their copies."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.policy import Scope
from portal.materials.rules.materials import CURRENCY, Unit
from portal.people.models import Institution, Region
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base
from portal.records.models import Searchable
from portal.trainings.models import Training, Venue


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

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    title_ky: Mapped[str] = mapped_column(String(300), default="")
    title_ru: Mapped[str] = mapped_column(String(300), default="")
    title_en: Mapped[str] = mapped_column(String(300), default="")
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
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads a plain dict here

    owner_institution: Mapped[Institution | None] = relationship()

    @property
    def scope(self) -> Scope:
        """Return no limits: a title belongs to no region; its copies do."""
        return Scope(is_common=True)


class StockPlace(Base):
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
    name_ky: Mapped[str] = mapped_column(String(200), default="")
    name_ru: Mapped[str] = mapped_column(String(200), default="")
    name_en: Mapped[str] = mapped_column(String(200), default="")
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"))
    training_id: Mapped[int | None] = mapped_column(ForeignKey("training.id"))
    closed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads a plain dict here

    region: Mapped[Region | None] = relationship()
    institution: Mapped[Institution | None] = relationship()
    venue: Mapped[Venue | None] = relationship()
    training: Mapped[Training | None] = relationship()

    @property
    def scope(self) -> Scope:
        """Return the place's region and training; what belongs to no region is common to all."""
        return Scope(region=self.region_code, training_id=self.training_id, is_common=self.region_code is None)
