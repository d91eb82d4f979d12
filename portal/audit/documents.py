"""The foot of every document: its number, the address of its record, and the head of the log at that time."""

from portal.audit.chain import Head
from portal.platform import links


def foot(number: str, head: Head | None = None, path: str = "") -> dict[str, str]:
    """Return the foot of a paper that its number, or `path`, finds again; the address holds no secret.

    The short address, which is to be typed, has no scheme.
    """
    address = links.address(path or f"/papers/{number}", "")
    head_printed = str(head) if head else ""
    return {"number": number, "address": address, "short": address.partition("://")[2], "head": head_printed}
