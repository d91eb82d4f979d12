"""Why somebody did not reach the minimum attendance: the fixed list, and what a reason needs to be one."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MAX_NOTE = 300


class ShortfallKind(StrEnum):
    """The reasons of the fixed list."""

    ADMINISTRATIVE = "administrative"
    CANCELLATION = "cancellation"
    DOCUMENTS_INCOMPLETE = "documents_incomplete"
    NO_SHOW = "no_show"
    PREREQUISITES_UNMET = "prerequisites_unmet"
    OTHER = "other"


class ShortfallCause(StrEnum):
    """Why somebody cancelled or did not come."""

    PERSONAL_EMERGENCY = "personal_emergency"
    ILLNESS_OR_DEATH = "illness_or_death"
    WORK_RELATED = "work_related"
    UNKNOWN = "unknown"


WITH_CAUSE = (ShortfallKind.NO_SHOW, ShortfallKind.CANCELLATION)


class ShortfallFault(StrEnum):
    """Why a reason cannot be kept."""

    UNKNOWN_REASON = "unknown_reason"
    NOTE_MISSING = "note_missing"
    NOTE_TOO_LONG = "note_too_long"
    NOTE_WITHOUT_REASON = "note_without_reason"


@dataclass(frozen=True)
class Shortfall:
    """A reason as it counts: its kind, the cause where the kind has one, and somebody's words."""

    kind: ShortfallKind
    cause: ShortfallCause | None = None
    note: str = ""

    @property
    def choice(self) -> str:
        """Return the one value by which a form's select names kind and cause."""
        return f"{self.kind}:{self.cause}" if self.cause else self.kind.value


CHOICES: tuple[str, ...] = tuple(
    f"{kind}:{cause}" if cause else kind.value
    for kind in ShortfallKind
    for cause in (ShortfallCause if kind in WITH_CAUSE else (None,))
)


@dataclass(frozen=True)
class Wish:
    """What a row of the form says: the choice and the note, and the reason that it showed when it was opened."""

    choice: str
    note: str = ""
    seen: str = ""


def read(choice: str, note: str) -> Shortfall | ShortfallFault | None:
    """Return the reason that a form names, what is wrong with it, or None for an empty one."""
    note = note.strip()
    if not choice:
        return ShortfallFault.NOTE_WITHOUT_REASON if note else None
    if choice not in CHOICES:
        return ShortfallFault.UNKNOWN_REASON
    if len(note) > MAX_NOTE or not note.isprintable():
        return ShortfallFault.NOTE_TOO_LONG
    kind, _colon, cause = choice.partition(":")
    if kind == ShortfallKind.OTHER and not note:
        return ShortfallFault.NOTE_MISSING
    return Shortfall(ShortfallKind(kind), ShortfallCause(cause) if cause else None, note)


def of_marks(reasons: Iterable[str]) -> Shortfall | None:
    """Return the reason that the marks of missed sessions give: the kind they name, else "other" in their words.

    Whoever took the attendance has often written it down already, and nothing is typed twice.
    """
    written = list(dict.fromkeys(text for reason in reasons if (text := reason.strip())))
    for text in written:
        kind = text.casefold().replace("-", "_").replace(" ", "_")
        if kind in set(ShortfallKind) and kind != ShortfallKind.OTHER:
            return Shortfall(ShortfallKind(kind), ShortfallCause.UNKNOWN if kind in WITH_CAUSE else None)
    return Shortfall(ShortfallKind.OTHER, None, "; ".join(written)[:MAX_NOTE]) if written else None
