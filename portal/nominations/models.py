"""Tables of nomination lists and their rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.access.policy import Scope
from portal.people.models import Institution
from portal.platform.columns import UTCDateTime, Versioned, index_of_set
from portal.platform.db import Base
from portal.trainings.models import Training


class NominationList(Versioned, Base):
    """A file or pasted text on its way in: staged, then committed, perhaps undone.

    `mapping` says which column holds what, `institution_id` and `region_code` what a row means that names none;
    `problems` are those of the file as a whole. `is_read` is false while a job still judges a long list. `sender` is
    the institution whose focal point handed the list in: it may name nobody else's people. `gone` are registrations of
    the training that the list should name and does not, each with the row that may be meant, if there is one.
    """

    __tablename__ = "nomination_list"
    __table_args__ = (
        CheckConstraint("state IN ('staged', 'committed', 'undone', 'discarded')", name="state"),
        Index(None, "training_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(22), unique=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    filename: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    sheet: Mapped[str] = mapped_column(String(100), default="")
    header_row: Mapped[int]
    mapping: Mapped[dict[str, int]] = mapped_column(JSON)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    region_code: Mapped[str | None] = mapped_column(ForeignKey("region.code"))
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    gone: Mapped[list[list[int | None]]] = mapped_column(JSON, default=list)
    is_read: Mapped[bool] = mapped_column(default=True)
    state: Mapped[str] = mapped_column(String(10), default="staged")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by: Mapped[str] = mapped_column(String(80))
    committed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    training: Mapped[Training] = relationship()
    institution: Mapped[Institution | None] = relationship(foreign_keys=institution_id)
    sender: Mapped[Institution | None] = relationship(foreign_keys=sender_id)

    @property
    def scope(self) -> Scope:
        return self.training.scope


class NominationRow(Base):
    """One line of the file as it stands there (`cells`), as it was read (`values`), and what is wrong with it.

    `kind`: header, ignored, new, known, duplicate or bad. `choice` is what somebody said about who this is: the
    reference of a known person, or an empty text for another one. `changes` is what it says otherwise of somebody who
    is in the training: each fact with what it is and shall be, and whether that is taken over. After the commit
    `registration_id` names what the row became, `is_person_created` whether the person came with it, `effects` what a
    known person learned from it and how somebody was corrected.
    """

    __tablename__ = "nomination_row"
    __table_args__ = (
        UniqueConstraint("list_id", "number"),
        CheckConstraint("kind IN ('header', 'ignored', 'new', 'known', 'duplicate', 'bad')", name="kind"),
        Index(None, "list_id", "kind", "number"),
        index_of_set("nomination_row", "person_id"),
        index_of_set("nomination_row", "registration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("nomination_list.id"))
    number: Mapped[int]
    cells: Mapped[list[str]] = mapped_column(JSON)
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    kind: Mapped[str] = mapped_column(String(10))
    is_warned: Mapped[bool] = mapped_column(default=False)
    duplicate_of: Mapped[int | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))
    is_person_created: Mapped[bool] = mapped_column(default=False)
    choice: Mapped[str | None] = mapped_column(String(22))
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    effects: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    nomination_list: Mapped[NominationList] = relationship()

    @property
    def scope(self) -> Scope:
        return self.nomination_list.scope
