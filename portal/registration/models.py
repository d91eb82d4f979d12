"""Tables of registrations, decisions, join requests, and personal links."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.policy import Scope
from portal.people.models import Institution, Person, Region
from portal.platform.columns import UTCDateTime, Versioned, index_of_set
from portal.platform.db import Base
from portal.registration.rules import RegistrationRole, RegistrationState
from portal.trainings.models import Training


class Registration(Versioned, Base):
    """A person in a training, one row for life; `state` is a cache of the last decision."""

    __tablename__ = "registration"
    __table_args__ = (
        UniqueConstraint("training_id", "person_id"),
        CheckConstraint(
            "state IN ('nominated', 'invited', 'confirmed', 'waitlisted', 'declined', 'withdrawn', 'substituted')",
            name="state",
        ),
        CheckConstraint("role IN ('participant', 'alternate', 'facilitator', 'guest')", name="role"),
        Index(None, "training_id", "state", "order"),
        Index(None, "person_id"),
        index_of_set("registration", "replaces_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(10), unique=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(12), default=RegistrationRole.PARTICIPANT.value)
    order: Mapped[int]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))
    source: Mapped[str] = mapped_column(String(12))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    post: Mapped[str] = mapped_column(String(200), default="")
    rank: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[str] = mapped_column(String(12), default=RegistrationState.NOMINATED.value)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    training: Mapped[Training] = relationship()
    person: Mapped[Person] = relationship()
    institution: Mapped[Institution | None] = relationship()
    region: Mapped[Region | None] = relationship()

    @property
    def scope(self) -> Scope:
        return replace(self.training.scope, institution_id=self.institution_id, registration_id=self.id)


class RegistrationDecision(Base):
    """One move of a registration; appended, never edited. `sequence` repeats never, so two editors cannot both win.

    `cause` is a usual reason, `reason` what somebody wrote; `shortage` says which seats were full at that time;
    `said_by` tells of a withdrawal whether the participant or the institution has said it.
    """

    __tablename__ = "registration_decision"
    __table_args__ = (
        UniqueConstraint("registration_id", "sequence"),
        CheckConstraint("said_by IN ('', 'participant', 'institution')", name="said_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    sequence: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    cause: Mapped[str] = mapped_column(String(24), default="")
    shortage: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(300), default="")
    said_by: Mapped[str] = mapped_column(String(11), default="")
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_by: Mapped[str] = mapped_column(String(80))


class ParticipantKey(Base):
    """What opens a participant's own page: a personal link, or the PIN of a printed slip. Both stored hashed.

    The secret of a link follows from its `seed` and a key that the database does not hold (`portal.platform.links`).
    """

    __tablename__ = "participant_key"
    __table_args__ = (
        CheckConstraint("kind IN ('link', 'pin')", name="kind"),
        Index(None, "registration_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    kind: Mapped[str] = mapped_column(String(4))
    secret_hash: Mapped[str] = mapped_column(String(120), unique=True)
    seed: Mapped[str | None] = mapped_column(String(22))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class JoinRequest(Base):
    """What somebody wrote on the public form. It changes nothing that the directory knows until a person looks at it.

    `values` are as read; `receipt` is what its writer was told to name; `possible` counts known people of the same name
    whom the comparison could not tell apart.
    """

    __tablename__ = "join_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), index=True)
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    receipt: Mapped[str] = mapped_column(String(8), default="", index=True)
    possible: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    taken_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class BulkAct(Base):
    """One act on many registrations: whom it did, and whom it did not and why; both name registrations."""

    __tablename__ = "bulk_act"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"), index=True)
    act: Mapped[str] = mapped_column(String(12))
    done: Mapped[list[str]] = mapped_column(JSON)
    refused: Mapped[list[list[str]]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[str] = mapped_column(String(80))

    training: Mapped[Training] = relationship()

    @property
    def scope(self) -> Scope:
        return self.training.scope
