"""Refusals that users read."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from portal.platform.i18n import _l, label
from portal.platform.texts import Labelled


class Refusal(Exception):
    """Refuse an act with words fit for the person who asked for it.

    `message` is lazy text with named placeholders, which `arguments` fill; `code` is stable for programs; `field` names
    the field of a form beside which it is read. A class of its own only where somebody catches it by name: its code is
    its name, its message an attribute.
    """

    status: ClassVar[int] = 422
    code: str = ""
    message: Any = ""
    field: str = ""

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, code: str = "", message: Any = None, /, *, field: str = "", **arguments: Any) -> None:
        super().__init__(code or self.code)
        if code:
            self.code = code
        if message is not None:
            self.message = message
        if field:
            self.field = field
        self.arguments: Mapping[str, Any] = arguments

    def __str__(self) -> str:
        text = str(self.message)
        return text % self.arguments if self.arguments else text


class Conflict(Refusal):
    """Refuse an act because the state has moved on since the page was shown."""

    status = 409


class FieldError(Protocol):
    """What stands against one field; `place` counts the part of the form in which the field stands more than once."""

    @property
    def code(self) -> Labelled: ...
    @property
    def field(self) -> str: ...
    @property
    def place(self) -> int | None: ...
    @property
    def args(self) -> Mapping[str, object]: ...


def wording(fault: FieldError) -> str:
    """Return a fault in the language of the reader."""
    return label(fault.code) % fault.args if fault.args else label(fault.code)


class FieldsRefused(Refusal):
    """Refuse what was typed with everything that stands against it."""

    def __init__(self, found: Sequence[Any]) -> None:
        super().__init__()
        self.faults = list(found)

    def __str__(self) -> str:
        return " ".join(f"{self.where(fault)}: {wording(fault)}" for fault in self.faults)

    @staticmethod
    def where(fault: FieldError) -> str:
        return fault.field


class RecordChanged(Conflict):
    message = _l("Somebody else has saved this meanwhile. Yours is kept below: compare, then save again.")


class CodeTaken(Refusal):
    message = _l("The code “%(code)s” is taken. Give another one.")


class ReasonMissing(Refusal):
    message = _l("Say why in a few words.")
