"""The fonts that papers know: those that ship with the portal, whatever else this machine has."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from portal.platform.pdf.slots import FONTS

T = TypeVar("T")
_VARIABLE = "FONTCONFIG_FILE"


def alone(set_up: Callable[[], T]) -> tuple[T, tempfile.TemporaryDirectory[str]]:
    """Return what `set_up` makes where fontconfig finds the packaged fonts only, and the folder that it needs as long.

    fontconfig reads the variable whenever it is set up, so that nothing of it stays in this process.
    """
    folder = tempfile.TemporaryDirectory(prefix="portal-fonts-")
    configuration = Path(folder.name) / "fonts.conf"
    configuration.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">'
        f"<fontconfig><dir>{FONTS}</dir><cachedir>{folder.name}</cachedir></fontconfig>"
    )
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = str(configuration)
    try:
        return set_up(), folder
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before
