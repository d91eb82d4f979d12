"""Refusals of records and plans."""

from portal.platform.errors import FieldError, FieldsRefused
from portal.records.rules import RecordFault


class RecordRefused(FieldsRefused):
    """Refuse a record with everything that stands against it; `faults` name the fields."""


class PlanRefused(FieldsRefused):
    """Refuse a plan with everything that stands against it; `faults` name the fields."""

    @staticmethod
    def where(fault: FieldError) -> str:
        if fault.place is None:
            return fault.field
        if fault.field == "name" or fault.field.startswith("post"):
            group = "signatories"
        else:
            group = "allotments" if fault.field in ("seats", "institution_id") else "sessions"
        return f"{group}[{fault.place + 1}].{fault.field}"


def ensure_right(found: list[RecordFault]) -> None:
    """Raise RecordRefused with every fault, if there is one."""
    if found:
        raise RecordRefused(found)
