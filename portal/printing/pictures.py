"""Uploaded pictures: checked and normalized in a confined child process."""

import json
from dataclasses import dataclass
from subprocess import TimeoutExpired
from typing import Any, ClassVar

from portal.platform import confined
from portal.platform.errors import Refusal
from portal.platform.i18n import _l

MAX_BYTES = 2 * 1024 * 1024
WIDEST, NARROWEST = 8_000, 250  # Width in thousandths of the height.
_WAIT_SECONDS = 20


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept: PNG in RGB on white, or an SVG of plain shapes."""

    media_type: str
    content: bytes
    width: float
    height: float

    @property
    def ratio(self) -> int:
        """Return its width in thousandths of its height."""
        return round(1000 * self.width / self.height)

    @property
    def extension(self) -> str:
        return "svg" if self.media_type == "image/svg+xml" else "png"


class PictureRefused(Refusal):
    """Refuse a file that cannot be printed as a logo, and say what to do."""

    words: ClassVar[dict[str, Any]] = {
        "missing": _l("Choose the picture: a PNG, a JPEG or an SVG."),
        "too_large": _l("The file is larger than 2 MB. Save the logo smaller."),
        "not_a_picture": _l("The file is neither PNG, JPEG nor SVG, whatever its name says."),
        "broken": _l("The picture cannot be read: it is cut off or damaged. Save it again."),
        "too_many_pixels": _l("The picture has too many pixels. A logo needs no more than 1600 × 1600."),
        "too_small": _l("The picture is only %(what)s pixels: print would blur it. It needs a height of 100 or more."),
        "moves": _l("The picture moves. Save one frame of it as PNG."),
        "active": _l(
            "The SVG holds %(what)s: scripts, links, styles and parts from elsewhere are not printed. Save as PNG."
        ),
        "not_plain": _l("The SVG holds more than plain shapes: %(what)s. Save the logo as PNG."),
        "too_wide": _l("The picture is too long or too high for a row of logos. Cut its margins off."),
    }

    def __init__(self, reason: str, what: str = "") -> None:
        super().__init__()
        self.reason, self.what = reason, what

    def __str__(self) -> str:
        return str(self.words[self.reason]) % {"what": self.what}


def normalized(content: bytes) -> Picture:
    """Return a picture without anything that it does not show.

    :raises PictureRefused: if it cannot be printed as a logo.
    """
    if not content:
        raise PictureRefused("missing")
    if len(content) > MAX_BYTES:
        raise PictureRefused("too_large")
    head, body = _judged(content)
    if "refused" in head:
        raise PictureRefused(head["refused"], head["what"])
    picture = Picture(head["media_type"], body, head["width"], head["height"])
    if not NARROWEST <= picture.ratio <= WIDEST:
        raise PictureRefused("too_wide")
    return picture


def _judged(content: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        child = confined.run("portal.printing.pictures_child", content, seconds=_WAIT_SECONDS)
    except TimeoutExpired:
        raise PictureRefused("broken") from None
    head, newline, body = child.stdout.partition(b"\n")
    if child.returncode != 0 or not newline:  # Ended by a limit.
        raise PictureRefused("broken")
    return json.loads(head), body
