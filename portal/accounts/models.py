"""Tables of accounts: their reach, sign-ins and second factors."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.permissions import Role
from portal.access.policy import Reach, Scope
from portal.accounts.rules import AccountState
from portal.people.models import Institution, Region
from portal.platform import texts
from portal.platform.columns import UTCDateTime
from portal.platform.db import Base


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


def _search_text(context: Any) -> str:
    values = context.get_current_parameters()
    return search_text(values["name"], values["email"])


def search_text(name: str, email: str) -> str:
    """Return what a search for an account looks through: neither case nor accents matter."""
    return f"{texts.fold(name)} {email.casefold()}"


class Account(Base):
    """A sign-in with one role and the objects that it reaches; without a password it is an open invitation."""

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
    search_text: Mapped[str] = mapped_column(String(460), default=_search_text)
    password_hash: Mapped[str] = mapped_column(String(120))
    second_factor_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    role_name: Mapped[str] = mapped_column("role", String(20))
    reaches_all_regions: Mapped[bool] = mapped_column(default=False)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    locale: Mapped[str] = mapped_column(String(2), default="ru")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    regions: Mapped[list[Region]] = relationship(secondary="account_region", order_by=Region.order, lazy="selectin")
    projects: Mapped[list[AccountProject]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    institution: Mapped[Institution | None] = relationship()

    # What Flask-Login asks of whoever is signed in.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.closed_at is None

    def get_id(self) -> str:
        return self.reference

    @property
    def role(self) -> Role:
        """Return the role, which is read anew with each request."""
        return Role(self.role_name)

    @property
    def state(self) -> AccountState:
        if self.closed_at is not None:
            return AccountState.CLOSED
        return AccountState.OPEN if self.password_hash else AccountState.INVITED

    @property
    def label(self) -> str:
        """Return the name under which the audit log knows the account."""
        return f"account {self.id}"

    @property
    def scope(self) -> Scope:
        """Return where the account lies: nowhere but with those who reach everything."""
        return Scope()

    @property
    def reach(self) -> Reach:
        return Reach(
            regions=None if self.reaches_all_regions else frozenset(region.code for region in self.regions),
            project_ids=frozenset(project.project_id for project in self.projects),
            institution_id=self.institution_id,
        )


class AccountSession(Base):
    """A sign-in that the server remembers; the cookie carries only a random reference, stored hashed.

    `verified_at` is when its owner last proved to be there, by password and second factor.
    """

    __tablename__ = "account_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    verified_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    account: Mapped[Account] = relationship()


class AccountLink(Base):
    """A mailed link: an invitation, or leave to set a new password. The secret is stored hashed and used once."""

    __tablename__ = "account_link"
    __table_args__ = (
        CheckConstraint("kind IN ('invitation', 'password')", name="kind"),
        Index(None, "account_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    account: Mapped[Account] = relationship()


class SecondFactor(Base):
    """The secret of an account's authenticator, sealed; it counts from `confirmed_at`, and no time step twice."""

    __tablename__ = "second_factor"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    sealed_secret: Mapped[str] = mapped_column(Text)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RecoveryCode(Base):
    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class CalendarFeed(Base):
    """The address under which a calendar program reads what an account reaches, without a sign-in.

    The secret follows from the seed (`portal.platform.links`), so that its owner can see the address again.
    """

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    seed: Mapped[str] = mapped_column(String(22))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    account: Mapped[Account] = relationship()
