"""Tables of regions, institutions, ranks and posts, crisis centers, persons and their names."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from portal.access.policy import Scope
from portal.people.rules import RankGroup, is_closed
from portal.platform.columns import UTCDateTime, Versioned, index_of_set, text3
from portal.platform.db import Base
from portal.platform.texts import Text
from portal.records.models import Searchable

MATCH_KEY, SORT_KEY = 250, 400  # a longer key is cut: it still orders and still finds its candidates


class Region(Base):
    """An oblast or a city of its own, by its ISO 3166-2 code."""

    __tablename__ = "region"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    prefix: Mapped[str] = mapped_column(String(3), unique=True)
    side: Mapped[str] = mapped_column(String(5))
    order: Mapped[int]
    name = text3("name", 80)
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)

    @property
    def scope(self) -> Scope:
        return Scope(region=self.code)


class Institution(Searchable, Base):
    """The body a person serves in. It is never removed: closed, it stays on old records and is offered nowhere new."""

    __tablename__ = "institution"
    searched = ("code", "name_ky", "name_ru", "name_en", "aliases")

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    kind: Mapped[str] = mapped_column(String(20))
    is_security_force: Mapped[bool] = mapped_column(default=False)
    name = text3("name", 200)
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)
    valid_from: Mapped[date | None]
    closed_on: Mapped[date | None]

    scope = Scope(is_common=True)  # Whoever reads the reference lists reads all institutions.

    def is_closed(self, day: date) -> bool:
        return is_closed(self.closed_on, day)


class ServiceTitle(Searchable):
    """What a rank and a post have in common: a title of one institution, or of all that name none of their own."""

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    place: Mapped[int]
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    valid_from: Mapped[date | None]
    closed_on: Mapped[date | None]

    @declared_attr
    def title(cls) -> Mapped[Text]:
        return text3("title", 120, default="")

    @declared_attr
    def institution(cls) -> Mapped[Institution | None]:
        """Return the only institution that has the title; None if all may have it."""
        return relationship()

    scope = Scope(is_common=True)  # Whoever reads the reference lists reads all titles.


class Rank(ServiceTitle, Base):
    """A rank with the group in which it is counted; lists may write any other."""

    __tablename__ = "rank"
    __table_args__ = (
        CheckConstraint(f"rank_group IN ({', '.join(repr(group.value) for group in RankGroup)})", name="rank_group"),
    )
    searched = ("code", "title_ky", "title_ru", "title_en")

    rank_group: Mapped[str] = mapped_column(String(12))


class Post(ServiceTitle, Base):
    """A post that is offered where one is typed; lists may write any other."""

    __tablename__ = "post"
    searched = ("code", "title_ky", "title_ru", "title_en")


class Named:
    family: Mapped[str] = mapped_column(String(120))
    given: Mapped[str] = mapped_column(String(120))
    patronymic: Mapped[str] = mapped_column(String(120), default="")

    @property
    def full_name(self) -> str:
        """Return the parts in the order in which documents of either script print them: family first."""
        return " ".join(part for part in (self.family, self.given, self.patronymic) if part)


class Person(Named, Versioned, Base):
    """A human in the directory. The name stands as it was written; the folded forms serve search and order.

    `language` is the one that letters to this person speak; empty while nobody has said it.
    """

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("sex IN ('F', 'M') OR sex IS NULL", name="sex"),
        CheckConstraint("language IN ('', 'ky', 'ru', 'en')", name="language"),
        Index(None, "match_key"),
        Index(None, "sort_key", "id"),
        Index(None, "phone"),
        Index(None, "email"),
        index_of_set("person", "merged_into_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    sex: Mapped[str | None] = mapped_column(String(1))
    birth_year: Mapped[int | None]
    phone: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    language: Mapped[str] = mapped_column(String(2), default="")
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    post: Mapped[str] = mapped_column(String(200), default="")
    rank: Mapped[str] = mapped_column(String(120), default="")
    search_text: Mapped[str] = mapped_column(String(400))
    match_key: Mapped[str] = mapped_column(String(MATCH_KEY))
    sort_key: Mapped[str] = mapped_column(String(SORT_KEY))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    institution: Mapped[Institution | None] = relationship()
    region: Mapped[Region | None] = relationship()

    @property
    def scope(self) -> Scope:
        """Return the region that the person serves in."""
        return Scope(region=self.region_code, institution_id=self.institution_id)


class PersonName(Named, Base):
    """One written form of a person's name, with where it came from and whether it was confirmed."""

    __tablename__ = "person_name"
    __table_args__ = (
        CheckConstraint("script IN ('cyrillic', 'latin')", name="script"),
        Index(None, "person_id", "script"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    script: Mapped[str] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(20))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirmed_by: Mapped[str] = mapped_column(String(80), default="")
    is_former: Mapped[bool] = mapped_column(default=False)

    def confirm(self, source: str, by: str, now: datetime) -> None:
        """Make this the form that is printed: of the confirmed ones the latest counts."""
        self.source, self.confirmed_at, self.confirmed_by, self.is_former = source, now, by, False
