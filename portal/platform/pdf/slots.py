"""The places of printed papers whose texts come from forms: measured when a page is set, and before a text is saved.

A text that passed here is never the reason why a page with a number fails.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portal.platform.pdf.fitting import Face, Place, fit
from portal.platform.pdf.letters import TextRefusal, TextRefused, printable

FONTS = Path(__file__).resolve().parents[3] / "static" / "fonts" / "documents"


@dataclass(frozen=True)
class Slot:
    """A place with its font. `letters` is how many usually fit, for the counter beside a field."""

    face: str
    place: Place
    letters: int = 0


SLOTS = {
    "certificate.name": Slot("serif-medium", Place(37, 225, lines=2, shrink_first=True, wrapped=27)),
    "certificate.latin-name": Slot("serif-italic", Place(22, 225, smallest=0.5)),
    "certificate.kind": Slot("serif-italic", Place(14, 77), 60),
    "certificate.title": Slot("serif-semibold", Place(13.5, 77, lines=3), 150),
    "certificate.dates": Slot("serif-regular", Place(11.5, 77)),
    "certificate.line": Slot("serif-italic", Place(11, 77), 65),
    "certificate.place": Slot("serif-regular", Place(11.5, 77, lines=2), 130),
    "certificate.organizers": Slot("serif-regular", Place(10.5, 77, lines=4), 280),
    "certificate.acknowledgement": Slot("serif-regular", Place(8, 92, lines=3), 340),
    "certificate.disclaimer": Slot("serif-regular", Place(6.25, 77, lines=2, smallest=0.88), 170),
    "certificate.signatory": Slot("serif-semibold", Place(11.5, 76), 60),
    "certificate.post": Slot("serif-italic", Place(8.75, 77, lines=2), 170),
    "certificate.number": Slot("serif-semibold", Place(13, 58)),
    "certificate.code": Slot("serif-semibold", Place(13, 50)),
    "slip.title": Slot("sans-regular", Place(8.5, 86, lines=2, smallest=0.75), 135),
}


def refusal(text: str, slots: Sequence[str]) -> TextRefused | None:
    """Return why a text cannot be printed in one of these places; None if it can in all."""
    try:
        ready = printable(text.strip())
        for name in slots:
            fit(ready, face_of(name), SLOTS[name].place)
    except TextRefused as refused:
        return refused
    return None


def letters_that_fit(text: str, slots: Sequence[str]) -> int:
    """Return how many letters of a text that is too long would fit."""
    fits, over = 0, len(text)
    while over - fits > 1:
        middle = (fits + over) // 2
        refused = refusal(text[:middle], slots)
        if refused is not None and refused.reason is TextRefusal.TOO_LONG:
            over = middle
        else:
            fits = middle
    return fits


def usual_letters(slots: Sequence[str]) -> int:
    """Return how many letters usually fit in all of these places."""
    return min(SLOTS[name].letters for name in slots)


def face_of(slot: str) -> Face:
    """Return the face of a slot, opened for measuring."""
    return _face(SLOTS[slot].face)


@cache
def _face(name: str) -> Face:
    return Face(FONTS / f"{name}.ttf")
