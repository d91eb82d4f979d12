"""The refusals that a user is meant to read."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar


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
        """Return the refusal in the language of the request."""
        text = str(self.message)
        return text % self.arguments if self.arguments else text


class Conflict(Refusal):
    """Refuse an act because the state has moved on since the page was shown."""

    status = 409
