"""The refusals that a user is meant to read."""

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """Refuse an act with words fit for the person who asked for it.

    `message` is lazy text with named placeholders, `arguments` fills them; `code` is stable for programs.
    """

    status: ClassVar[int] = 422
    message: Any = ""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(type(self).__name__)
        self.arguments: Mapping[str, Any] = arguments

    @property
    def code(self) -> str:
        """Return the refusal's stable name in lower snake case."""
        name = type(self).__name__
        return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")

    def __str__(self) -> str:
        """Return the refusal in the language of the request."""
        text = str(self.message)
        return text % self.arguments if self.arguments else text


class Conflict(DomainError):
    """Refuse an act because the state has moved on since the page was shown."""

    status = 409
