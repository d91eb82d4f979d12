"""What a place of stock is to be called."""

from portal.platform.texts import Text
from portal.records.rules import RecordFault, name_faults, text_faults


def faults(names: Text, *, is_main: bool) -> list[RecordFault]:
    """Return everything that stands against the name of a place; a region's own office can do without one."""
    return list(text_faults(names, "name", limit=MAX_PLACE) if is_main else name_faults(names, limit=MAX_PLACE))


MAX_PLACE = 200
