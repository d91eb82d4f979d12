"""Accounts, what they reach, and their sign-ins."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.permissions import Role
from portal.access.policy import Reach
from portal.people.models import Institution, Region
from portal.platform.db import Base, UTCDateTime


class AccountRegion(Base):
    """A region that a coordinator runs trainings in; an account with `reaches_all_regions` needs none."""

    __tablename__ = "account_region"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("region.code"), primary_key=True)


class AccountProject(Base):
    """A project whose releases a donor reads; a plain value, since projects stand on a higher floor."""

    __tablename__ = "account_project"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(primary_key=True)


class Account(Base):
    """A sign-in with one role and the objects that it reaches."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(
            "role IN ('administrator', 'coordinator', 'vetting_officer', 'focal_point', 'donor', 'auditor')",
            name="role",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(120))
    role_name: Mapped[str] = mapped_column("role", String(20))
    reaches_all_regions: Mapped[bool] = mapped_column(default=False)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    locale: Mapped[str] = mapped_column(String(2), default="ru")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    regions: Mapped[list[Region]] = relationship(secondary="account_region", order_by=Region.order, lazy="selectin")
    projects: Mapped[list[AccountProject]] = relationship(lazy="selectin")
    institution: Mapped[Institution | None] = relationship()

    # What Flask-Login asks of whoever is signed in.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Tell whether the account is still open."""
        return self.closed_at is None

    def get_id(self) -> str:
        """Return the account's public reference."""
        return self.reference

    @property
    def role(self) -> Role:
        """Return the role, which is read anew with each request."""
        return Role(self.role_name)

    @property
    def label(self) -> str:
        """Return the name under which the audit log knows the account."""
        return f"account {self.id}"

    @property
    def reach(self) -> Reach:
        """Return what the account reaches."""
        return Reach(
            regions=None if self.reaches_all_regions else frozenset(region.code for region in self.regions),
            project_ids=frozenset(project.project_id for project in self.projects),
            institution_id=self.institution_id,
        )


class AccountSession(Base):
    """A sign-in that the server remembers; the cookie carries only a random reference, stored hashed."""

    __tablename__ = "account_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    account: Mapped[Account] = relationship()
