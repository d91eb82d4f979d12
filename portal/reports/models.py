"""Releases: numbered, frozen, append-only by triggers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.policy import Scope
from portal.catalog.models import Project
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base
from portal.reports import disclosure


class Release(Base):
    """The counts of all trainings finalized by a day, published together; `sha256` covers the hashes of its parts."""

    __tablename__ = "release"
    __table_args__ = (
        CheckConstraint("number > 0", name="number"),
        CheckConstraint(f"k BETWEEN {disclosure.LOWEST} AND {disclosure.HIGHEST}", name="k"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    until: Mapped[date]
    k: Mapped[int]
    trainings: Mapped[int]
    people: Mapped[int]
    tables: Mapped[int]
    hidden_cells: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_by: Mapped[str] = mapped_column(String(80))

    @property
    def scope(self) -> Scope:
        """Return no limits: a release as a whole is the business of those who reach everything."""
        return Scope()


class ReleasePart(Base):
    """What a release says of one project, or of all trainings together.

    `content` is the exact text that its hash covers. `basis` holds the counts behind the hidden ones, against which
    the next release is held; nothing of it may be shown.
    """

    __tablename__ = "release_part"
    __table_args__ = (UniqueConstraint("release_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    code: Mapped[str] = mapped_column(String(20))
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    basis: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)

    release: Mapped[Release] = relationship()
    project: Mapped[Project | None] = relationship()

    @property
    def scope(self) -> Scope:
        """Return the project; the part of all trainings is only for those who reach everything."""
        return Scope(project_id=self.project_id)
