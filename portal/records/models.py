"""What a search matches records by."""

from typing import ClassVar

from sqlalchemy import String, event
from sqlalchemy.orm import Mapped, mapped_column

from portal.platform import texts
from portal.platform.columns import Versioned


class Searchable(Versioned):
    """A record that a search finds by its code and names, in whatever case and script they are typed."""

    searched: ClassVar[tuple[str, ...]]
    subject_key: ClassVar[str] = "code"  # By this column the audit log names it.
    search_text: Mapped[str] = mapped_column(String(1000), default="")

    def fold(self) -> str:
        """Return the folded text of what is searched; a list of names counts as its names."""
        values = [getattr(self, name) or "" for name in self.searched]
        return texts.fold(" ".join(value if isinstance(value, str) else " ".join(value) for value in values))[:1000]


@event.listens_for(Searchable, "before_insert", propagate=True)
@event.listens_for(Searchable, "before_update", propagate=True)
def _fold(_mapper: object, _connection: object, row: Searchable) -> None:
    row.search_text = row.fold()
