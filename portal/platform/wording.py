"""Translatable text for modules that must not know Flask: marked where it is written, translated where it is shown."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import force_locale, format_decimal, gettext, lazy_gettext, lazy_ngettext, ngettext

_l = lazy_gettext
_ln = lazy_ngettext

__all__ = ["_l", "_ln", "format_decimal", "gettext", "lazy_gettext", "lazy_ngettext", "ngettext", "speaking"]


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Word what is written inside in a recipient's language, whatever the page or the worker speaks."""
    with force_locale(locale):
        yield
