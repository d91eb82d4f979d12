"""What can be wrong with a value that describes a person: codes for programs; the wording stands in operations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FaultCode(StrEnum):
    """The stable name of one kind of fault."""

    REQUIRED = "required"
    TOO_LONG = "too_long"
    HIDDEN_CHARACTER = "hidden_character"
    NAME_CHARACTER = "name_character"
    NAME_WITHOUT_LETTERS = "name_without_letters"
    NAME_MIXED_SCRIPT = "name_mixed_script"
    NAME_INITIALS = "name_initials"
    SEX_UNKNOWN = "sex_unknown"
    PHONE_INVALID = "phone_invalid"
    PHONE_DIGITS_LOST = "phone_digits_lost"
    PHONE_UNUSUAL = "phone_unusual"
    PHONE_SEVERAL = "phone_several"
    EMAIL_INVALID = "email_invalid"
    EMAIL_SEVERAL = "email_several"
    BIRTH_YEAR_UNREADABLE = "birth_year_unreadable"
    BIRTH_YEAR_IMPLAUSIBLE = "birth_year_implausible"


WARNINGS = frozenset(
    {
        FaultCode.NAME_MIXED_SCRIPT,
        FaultCode.NAME_INITIALS,
        FaultCode.PHONE_UNUSUAL,
        FaultCode.PHONE_SEVERAL,
        FaultCode.EMAIL_SEVERAL,
    }
)


@dataclass(frozen=True)
class Fault:
    """One fault of a value. A warning leaves the value usable, anything else does not."""

    code: FaultCode
    args: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def is_warning(self) -> bool:
        """Tell whether the value may be kept all the same."""
        return self.code in WARNINGS
