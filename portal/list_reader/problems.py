"""Problems of a nomination list and its rows, as codes and arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.list_reader.columns import Column
from portal.platform.texts import N_, Labelled
from portal.records.rules import Fault, FaultCode


class ListFault(Labelled):
    """Faults that only a list can have; those of a person's values are `FaultCode`."""

    REGION_UNKNOWN = "region_unknown", N_("There is no such region.")
    REGION_AMBIGUOUS = "region_ambiguous", N_("More than one region is called so.")
    INSTITUTION_UNKNOWN = "institution_unknown", N_("There is no such institution.")
    INSTITUTION_AMBIGUOUS = "institution_ambiguous", N_("More than one institution is called so.")
    INSTITUTION_OF_OTHERS = "institution_of_others", N_("This list is for people of the institution that hands it in.")
    INSTITUTION_CLOSED = (
        "institution_closed",
        N_("%(institution)s is closed and takes nobody any more. Choose who took over."),
    )
    ROLE_UNKNOWN = "role_unknown", N_("This does not say whether the person is a participant or an alternate.")
    REGION_MISSING = "region_missing", N_("The region is missing.")
    SEX_MISSING = "sex_missing", N_("It is not said whether it is a man or a woman.")
    SAME_NAME_IN_LIST = "same_name_in_list", N_("The same name stands in row %(row)s. It is taken for another person.")
    SAME_PHONE_IN_LIST = "same_phone_in_list", N_("The same phone stands in row %(row)s beside another name.")
    POSSIBLY_KNOWN = "possibly_known", N_("Somebody of this name is known already. It is taken for another person.")
    LIKELY_REGISTERED = (
        "likely_registered",
        N_(
            "Somebody of this name is in the training already. "
            "It is taken for the same person: look at what is different."
        ),
    )
    WINDOWS_1251 = (
        "windows_1251",
        N_("The file is written in Windows-1251, which has no Ң, Ө and Ү. Check the names for these letters."),
    )
    COLUMNS_NOT_KEPT = "columns_not_kept", N_("Not read and not kept, since no training needs it: %(columns)s.")
    OTHER_SHEETS = "other_sheets", N_("Only the sheet “%(sheet)s” was read, not: %(others)s.")


_WARNINGS = frozenset(
    {
        ListFault.REGION_MISSING,
        ListFault.SEX_MISSING,
        ListFault.SAME_NAME_IN_LIST,
        ListFault.SAME_PHONE_IN_LIST,
        ListFault.POSSIBLY_KNOWN,
        ListFault.LIKELY_REGISTERED,
        ListFault.WINDOWS_1251,
        ListFault.COLUMNS_NOT_KEPT,
        ListFault.OTHER_SHEETS,
    }
)
_BY_CODE: dict[str, FaultCode | ListFault] = {code.value: code for code in (*FaultCode, *ListFault)}


@dataclass(frozen=True)
class Problem:
    """One problem: of a cell (`column` is None for a whole file), its heading and its value as they stand there."""

    code: FaultCode | ListFault
    column: Column | None = None
    heading: str = ""
    value: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_warning(self) -> bool:
        return Fault(self.code).is_warning if isinstance(self.code, FaultCode) else self.code in _WARNINGS

    def as_dict(self) -> dict[str, Any]:
        """Return what is stored while the list waits for its confirmation."""
        return {
            "code": self.code.value,
            "column": self.column.value if self.column else None,
            "heading": self.heading,
            "value": self.value,
            "args": dict(self.args),
            "severity": "warning" if self.is_warning else "bad",
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Problem":
        column = Column(stored["column"]) if stored["column"] else None
        return cls(_BY_CODE[stored["code"]], column, stored["heading"], stored["value"], stored["args"])


def file_problems(encoding: str | None) -> list[Problem]:
    """Return what is to be said about the file as a whole: Windows-1251 has no Ң Ө Ү, its names want checking."""
    return [Problem(ListFault.WINDOWS_1251)] if encoding == "cp1251" else []
