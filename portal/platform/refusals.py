"""What every form of a record may be refused for."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from portal.platform.errors import Conflict, Refusal
from portal.platform.wording import _l


class Fault(Protocol):
    """What stands against one field; `place` counts the part of the form in which the field stands more than once."""

    @property
    def code(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def place(self) -> int | None: ...
    @property
    def args(self) -> Mapping[str, object]: ...


class FieldsRefused(Refusal):
    """Refuse what was typed with everything that stands against it; `words` says each fault by its code."""

    words: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, found: Sequence[Any]) -> None:
        super().__init__()
        self.faults = list(found)

    def __str__(self) -> str:
        """Return all faults as one text that names their places."""
        return " ".join(f"{self.where(fault)}: {self.wording(fault)}" for fault in self.faults)

    @classmethod
    def wording(cls, fault: Fault) -> str:
        """Return a fault in the language of the reader."""
        return str(cls.words[fault.code]) % fault.args if fault.args else str(cls.words[fault.code])

    @staticmethod
    def where(fault: Fault) -> str:
        """Return where in a file the fault stands."""
        return fault.field


class RecordChanged(Conflict):
    """Refuse to overwrite what somebody else has saved meanwhile."""

    message = _l("Somebody else has saved this meanwhile. Yours is kept below: compare, then save again.")


class CodeTaken(Refusal):
    """Refuse a new record under the code of another one."""

    message = _l("The code “%(code)s” is taken. Give another one.")
