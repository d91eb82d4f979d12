"""The packaged fonts, the only ones that documents use.

fontconfig reads its variable whenever it is set up, and Pango does that once more in a thread of its own.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from portal.printing.slots import FONTS

T = TypeVar("T")
_VARIABLE = "FONTCONFIG_FILE"
_CONFIGURATION = (
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">'
    "<fontconfig><dir>{fonts}</dir><cachedir>{folder}</cachedir></fontconfig>"
)


def know_no_others(folder: str) -> None:
    """Let this process find the packaged fonts only, from now until its end."""
    configuration = Path(folder) / "fonts.conf"
    configuration.write_text(_CONFIGURATION.format(fonts=FONTS, folder=folder))
    os.environ[_VARIABLE] = str(configuration)


def alone(set_up: Callable[[], T]) -> tuple[T, tempfile.TemporaryDirectory[str]]:
    """Return what `set_up` makes where only the packaged fonts are found, and the folder that it needs as long."""
    folder = tempfile.TemporaryDirectory(prefix="portal-fonts-")
    before = os.environ.get(_VARIABLE)
    know_no_others(folder.name)
    try:
        return set_up(), folder
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before
