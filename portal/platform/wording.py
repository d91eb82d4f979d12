"""Translatable text for modules that must not know Flask: marked where it is written, translated where it is shown."""

from flask_babel import gettext, lazy_gettext, lazy_ngettext, ngettext

_l = lazy_gettext
_ln = lazy_ngettext

__all__ = ["_l", "_ln", "gettext", "lazy_gettext", "lazy_ngettext", "ngettext"]
