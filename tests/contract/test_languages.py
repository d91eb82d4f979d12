"""Every word of a page is there in Kyrgyz, Russian and English, with the same placeholders, and is shown."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask

from portal.platform.i18n import LOCALES
from tests.contract import sources, walk
from tests.pages import Page
from tests.world import make_world

CATALOGS = sources.PORTAL / "translations"
TRANSLATED = ("ky", "ru")
pytestmark = pytest.mark.xdist_group("catalogs")  # What is wanted is read once.
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
MARKUP = re.compile(r"</?\w+[^>]*>")
KEYWORDS = {
    "_": None,
    "_l": None,
    "N_": None,
    "NN_": (1, 2),
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "_ln": (1, 2),
    "lazy_ngettext": (1, 2),
}
# Letters that only Kyrgyz has; a Kyrgyz text of some length without any of its own words or letters is not Kyrgyz.
CYRILLIC = re.compile(r"[а-яёөүң]", re.IGNORECASE)


@cache
def wanted() -> dict[str | tuple[str, ...], str]:
    """Return every text of code and templates that is to be translated, with a file that it stands in."""
    found: dict[str | tuple[str, ...], str] = {}
    for folder, method in ((sources.PORTAL, "python"), (sources.TEMPLATES, "jinja2.ext:babel_extract")):
        options = {"**": {"trimmed": "true", "encoding": "utf-8"}} if method != "python" else None
        mapping = [("**.py", method)] if method == "python" else [("**.html", method), ("**.txt", method)]
        for name, _line, text, _comments, _context in extract_from_dir(
            folder, mapping, options, KEYWORDS, strip_comment_tags=True
        ):
            found.setdefault(text, f"{folder.name}/{name}")
    return {text: place for text, place in found.items() if text}


def catalog(locale: str) -> Catalog:
    """Return a catalog as it stands in the repository."""
    with (CATALOGS / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


def strings(message: Message) -> list[str]:
    """Return all translations of a message."""
    return list(message.string) if isinstance(message.string, list | tuple) else [message.string]


def ids(message: Message) -> list[str]:
    """Return the source texts of a message."""
    return list(message.id) if isinstance(message.id, list | tuple) else [message.id]


@pytest.fixture(scope="module", params=TRANSLATED)
def translations(request: pytest.FixtureRequest) -> Catalog:
    return catalog(request.param)


def test_every_text_is_translated(translations: Catalog) -> None:
    missing = []
    for text, place in wanted().items():
        message = translations.get(text if isinstance(text, str) else text[0])
        if message is None or not all(strings(message)):
            missing.append(f"{place}: {text!r}")
    assert not missing, f"Not in {translations.locale}:\n" + "\n".join(missing)


def test_no_translation_is_left_over(translations: Catalog) -> None:
    texts = {text if isinstance(text, str) else text[0] for text in wanted()}
    assert len(texts) > 100
    left = [ids(message)[0] for message in translations if message.id and ids(message)[0] not in texts]
    assert not left, f"Nobody says these any more: {left}"


def test_no_translation_is_a_guess(translations: Catalog) -> None:
    assert not [message.id for message in translations if message.fuzzy and message.id]


def test_placeholders_are_kept(translations: Catalog) -> None:
    wrong = []
    for message in translations:
        expected = {name for text in ids(message) for name in PLACEHOLDER.findall(text)}
        for text in strings(message) if message.id else []:
            kept = set(PLACEHOLDER.findall(text))
            rest = PLACEHOLDER.sub("", text)
            # A plural form for one thing may name it without its number.
            if not kept <= expected or (kept != expected and not message.pluralizable) or "%(" in rest:
                wrong.append(f"{message.id!r} → {text!r}")
    assert not wrong, "\n".join(wrong)


def test_markup_is_kept(translations: Catalog) -> None:
    wrong = [
        f"{message.id!r} → {text!r}"
        for message in translations
        for text in (strings(message) if message.id else [])
        if sorted(MARKUP.findall(text)) != sorted(MARKUP.findall(ids(message)[-1]))
    ]
    assert not wrong, "\n".join(wrong)


def test_plurals_have_every_form(translations: Catalog) -> None:
    assert translations.num_plurals == (3 if str(translations.locale) == "ru" else 2)
    wrong = [m.id for m in translations if m.pluralizable and len(strings(m)) != translations.num_plurals]
    assert not wrong


def test_translations_are_written_in_cyrillic(translations: Catalog) -> None:
    wrong = [
        f"{message.id!r} → {text!r}"
        for message in translations
        for text in (strings(message) if message.id else [])
        if re.search(r"[a-z]{4}", PLACEHOLDER.sub("", MARKUP.sub("", text)))
        and not CYRILLIC.search(text)
        and text != ids(message)[0]
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("locale", LOCALES)
def test_catalog_compiles(locale: str, tmp_path: Path) -> None:
    with (tmp_path / "messages.mo").open("wb") as file:
        write_mo(file, catalog(locale))
    assert (tmp_path / "messages.mo").stat().st_size > 400


def test_a_venue_has_one_word_in_kyrgyz() -> None:
    """On pages, in mails and on papers it is «өтүүчү жай»; «жер» is the ground."""
    said = [*sources.templates(), *sources.modules(), *CATALOGS.glob("ky/*/*.po")]
    assert not [path for path in said if "түүчү жер" in path.read_text("utf-8")]


@pytest.mark.slow
@pytest.mark.databases("sqlite")
def test_every_page_speaks_each_language(app: Flask) -> None:
    """Each page is checked by the browser, its `lang` too; here, that no English is left on it."""
    world = make_world()
    english = {text for text in wanted() if isinstance(text, str) and len(text.split()) > 1 and "%" not in text}
    left, pages = [], walk.list_pages(app, world)
    for locale in LOCALES:
        browsers = {who: world.browser(app, who, locale) for who in walk.READERS}
        answers = [(who, address, browsers[who].send("GET", address)) for who, address in pages]
        shown = [(who, address, answer) for who, address, answer in answers if walk.is_page(answer)]
        assert len(shown) > 20
        for who, address, answer in shown:
            words = _own_words(browsers[who].check(address, answer))
            left += [f"{address}: {text!r}" for text in english if locale != "en" and text in words]
        pages = [(who, address) for who, address, _answer in shown]  # A file is no longer in the second language.
    assert not left, "\n".join(left)


def _own_words(page: Page) -> str:
    """Return the words of a page but for those that say that they are English, as the sides of a paper do."""
    for element in page.root.iter():
        for foreign in element.findall("*[@lang='en']"):
            tail = foreign.tail
            foreign.clear()
            foreign.tail = tail
    return page.text
