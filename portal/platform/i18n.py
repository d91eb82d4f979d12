"""Kyrgyz, Russian and English: translatable texts, and the language of a page."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from babel.support import NullTranslations
from flask import Flask, current_app, g, has_request_context, request, session
from flask_babel import (
    Babel,
    force_locale,
    format_decimal,
    get_domain,
    get_locale,
    gettext,
    lazy_gettext,
    lazy_ngettext,
    ngettext,
    refresh,
)
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from portal.platform import clock
from portal.platform.dates import date_range, long_date
from portal.platform.texts import FALLBACK, LANGUAGES, Labelled

LOCALES = LANGUAGES
NAMES: Mapping[str, str] = {"ky": "Кыргызча", "ru": "Русский", "en": "English"}
babel = Babel()
_CATALOG = "_catalog"


def choose() -> str:
    """Return the language of this request: chosen before, else wanted by the browser, else the portal's own."""
    default: str = current_app.config["PORTAL_LOCALE"]
    if not has_request_context():
        return default
    chosen: str | None = session.get("locale")
    if chosen in LOCALES:
        return chosen
    return request.accept_languages.best_match(LOCALES) or default


def current() -> str:
    return str(get_locale() or "ru")


def text_of(row: Any, field: str, locale: str | None = None) -> str:
    """Return a text of data in the page's language, else in Russian, Kyrgyz or English, whichever is there."""
    for language in (locale or current(), *FALLBACK):
        text: str = getattr(row, f"{field}_{language}", "")
        if text:
            return text
    return ""


def label(member: Labelled) -> str:
    """Return what people call a member of an enum, in the language of the page."""
    return gettext(member.label) if member.label else ""


def long_day(day: date | None) -> str:
    """Return a day in the words of the page; empty if there is none."""
    return long_date(day, current()) if day else ""


def page_address() -> str:
    """Return where this page can be read again; of an answer to a form, the nearest address above it that reads."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    path = request.path
    while path and not _is_read(adapter, path):
        path = path.rpartition("/")[0]
    return path or "/"


def page_before() -> str:
    """Return the page of ours that this request came from; what a browser asks for to show it is that page itself."""
    if request.method == "GET" and "HX-Request" not in request.headers:
        return page_address()
    came_from = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    if came_from.netloc != request.host:
        return page_address()
    return urlunsplit(("", "", came_from.path, came_from.query, ""))


def _is_read(adapter: MapAdapter, path: str) -> bool:
    """Tell whether an address has a page, and does not only look like one by taking a verb for a reference."""
    try:
        _endpoint, values = adapter.match(path, "GET")
    except HTTPException:
        return False
    return values.items() <= (request.view_args or {}).items()


def init_app(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(app.root_path) + "/translations"
    babel.init_app(app, locale_selector=choose)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of Jinja's extension
        lambda text: _catalog().ugettext(text),
        lambda one, many, number: _catalog().ungettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals.update(
        text_of=text_of,
        label=label,
        locale_names=NAMES,
        current_locale=current,
        page_address=page_address,
        date=lambda day: long_date(clock.country_day(day) if isinstance(day, datetime) else day, current()),
        dates=lambda first, last: date_range(first, last, current()),
    )


_l = lazy_gettext
_ln = lazy_ngettext
__all__ = ["_l", "_ln", "format_decimal", "gettext", "lazy_gettext", "lazy_ngettext", "ngettext", "speaking"]


def _catalog() -> NullTranslations:
    """Return the catalog of the language that is spoken, found once a request: a page asks for hundreds of texts."""
    found: NullTranslations | None = g.get(_CATALOG)
    if found is None:
        found = get_domain().get_translations()
        setattr(g, _CATALOG, found)
    return found


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Word what is written inside in a recipient's language, whatever the page or the worker speaks."""
    before = g.pop(_CATALOG, None)
    try:
        with force_locale(locale):
            yield
    finally:
        setattr(g, _CATALOG, before)


def choose_again() -> None:
    """Let the rest of this request speak the language that was chosen in it."""
    refresh()
    g.pop(_CATALOG, None)
