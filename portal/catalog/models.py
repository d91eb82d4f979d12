"""Tables of donors, projects with signatories, courses, venues, and crisis centers."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.policy import Scope
from portal.people.models import Region
from portal.platform.columns import UTCDateTime, text3
from portal.platform.db import Base
from portal.records.models import Searchable


class Donor(Searchable, Base):
    __tablename__ = "donor"
    searched = ("code", "name_ky", "name_ru", "name_en")

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name = text3("name", 200)

    scope = Scope()  # Whoever reads the directory reads all donors.


class ProjectDonor(Base):
    __tablename__ = "project_donor"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    donor_id: Mapped[int] = mapped_column(ForeignKey("donor.id"), primary_key=True)


class Project(Searchable, Base):
    """A funding line: who acknowledges whom, and which series its certificates are numbered in."""

    __tablename__ = "project"
    searched = ("code", "title_ky", "title_ru", "title_en")

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    title = text3("title", 300, default="")
    is_vetting_required: Mapped[bool] = mapped_column(default=False)
    certificate_series: Mapped[str] = mapped_column(String(10), default="C")
    organizers = text3("organizers", 500, default="")
    acknowledgement = text3("acknowledgement", 500, default="")

    donors: Mapped[list[Donor]] = relationship(secondary="project_donor", order_by=Donor.code)
    signatories: Mapped[list["Signatory"]] = relationship(order_by="Signatory.order", cascade="all, delete-orphan")

    @property
    def scope(self) -> Scope:
        return Scope(project_id=self.id)


class Signatory(Base):
    """Who signs the certificates of a project: one to three, in order."""

    __tablename__ = "signatory"
    __table_args__ = (UniqueConstraint("project_id", "order"), CheckConstraint('"order" BETWEEN 1 AND 3', name="order"))

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    order: Mapped[int]
    name = text3("name", 120, default="")
    post = text3("post", 200)


class Course(Searchable, Base):
    """The reusable design of trainings."""

    __tablename__ = "course"
    searched = ("code", "title_ky", "title_ru", "title_en")

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    title = text3("title", 300, default="")
    hours: Mapped[int]
    objectives = text3("objectives", 2000, default="")
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    scope = Scope()  # Whoever reads the directory reads all courses.


class Venue(Searchable, Base):
    """A place with a clock of its own."""

    __tablename__ = "venue"
    searched = ("name_ky", "name_ru", "name_en", "address_ru")
    subject_key = "id"

    id: Mapped[int] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"))
    name = text3("name", 200, default="")
    address = text3("address", 300, default="")
    time_zone: Mapped[str] = mapped_column(String(40), default="Asia/Bishkek")
    hall_capacity: Mapped[int | None]
    contact: Mapped[str] = mapped_column(String(200), default="")
    contact_phone: Mapped[str] = mapped_column(String(20), default="")
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    region: Mapped[Region] = relationship()

    @property
    def scope(self) -> Scope:
        return Scope(region=self.region_code)


class ReferralCenter(Searchable, Base):
    """A crisis center: what it offers, to whom, and how to reach it. Nothing about anybody who was helped."""

    __tablename__ = "referral_center"
    searched = ("name_ky", "name_ru", "name_en", "address_ky", "address_ru", "address_en")
    subject_key = "id"

    id: Mapped[int] = mapped_column(primary_key=True)
    name = text3("name", 200, default="")
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"))
    address = text3("address", 300, default="")
    phones: Mapped[list[str]] = mapped_column(JSON, default=list)
    hours = text3("hours", 200, default="")
    offers: Mapped[list[str]] = mapped_column(JSON, default=list)
    accepts: Mapped[list[str]] = mapped_column(JSON, default=list)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    note = text3("note", 500, default="")
    checked_on: Mapped[date | None]
    checked_by: Mapped[str] = mapped_column(String(80), default="")
    closed_on: Mapped[date | None]

    region: Mapped[Region] = relationship()

    scope = Scope(is_common=True)  # People are sent to the centers of other regions too.
