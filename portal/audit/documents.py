"""The foot of every document: its number, the address of its record, and the head of the log at that time."""

from dataclasses import dataclass

from portal.audit.chain import Head


@dataclass(frozen=True)
class Foot:
    """The way from a paper back to its record. `address` holds no secret: it leads to the sign-in."""

    number: str
    address: str
    head: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the foot as the templates take it; the address to be typed has no scheme."""
        short = self.address.partition("://")[2]
        return {"number": self.number, "address": self.address, "short": short, "head": self.head}


def foot(number: str, base_url: str, head: Head | None = None) -> Foot:
    """Return the foot of a paper that its number finds again."""
    return Foot(number, f"{base_url}/papers/{number}", str(head) if head else "")
