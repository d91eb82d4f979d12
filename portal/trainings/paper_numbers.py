"""Document numbers of a training: they find the record and reveal nothing about anybody."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no letter that a reader takes for another
_MARK_LENGTH = 4
# A training's code, the letter of the kind, and for some kinds which one of them.
_NUMBER = re.compile(r"([A-Z]{2,4}-[0-9]{4}-[0-9]{2,4})-([ACJLPRST])([0-9A-Z]{0,4})")
_TAKEN_FOR = str.maketrans("OIL", "011")
_CYRILLIC = str.maketrans("АВСЕНІКМОРТХУЗ", "ABCEHIKMOPTXYZ")
_DASHES = re.compile(r"\s*[-‐‑‒–—−\s]\s*")


class PaperKind(StrEnum):
    AGENDA = "A"
    PAYMENTS = "C"
    REGISTER = "J"
    INSTITUTIONS = "L"
    PARTICIPANTS = "P"
    RECEIPTS = "R"
    SHEET = "S"
    REPORT = "T"


@dataclass(frozen=True)
class PaperNumber:
    """What a number names: the training, the kind, and which day, version or title."""

    training: str
    kind: PaperKind
    part: str = ""

    def __str__(self) -> str:
        """Return the number as it is printed, such as OSH-2026-01-S1."""
        return f"{self.training}-{self.kind.value}{self.part}"


def mark_of(reference: str) -> str:
    """Return four letters that tell one title of a training from another, from its random reference."""
    digest = int.from_bytes(hashlib.sha256(reference.encode()).digest()[:4], "big")
    return "".join(_ALPHABET[digest >> (5 * place) & 31] for place in range(_MARK_LENGTH))


def read(typed: str) -> PaperNumber | None:
    """Return what a typed or scanned number names; None if it is no number of a training's paper."""
    found = _NUMBER.fullmatch(folded(typed))
    return PaperNumber(found[1], PaperKind(found[2]), found[3].translate(_TAKEN_FOR)) if found else None


def folded(typed: str) -> str:
    """Return what was typed in capitals, with plain hyphens, no № before it, and no Cyrillic look-alikes."""
    text = typed.strip().lstrip("№#").strip().upper().translate(_CYRILLIC)
    return _DASHES.sub("-", text)
