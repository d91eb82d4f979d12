"""The rules that each page and fragment keeps; the words of a failure say how to fix it.

Under --slow each page is read as a browser reads it, strictly. Otherwise a quick parser reads it, in a twentieth of the
time, unless something stands in it where the strict one has not seen such a thing yet: in each page once, that is, and
in each of its states that brings something new.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from xml.etree.ElementTree import Element

import html5lib
import lxml.html
from lxml.etree import ParserError

is_always_strict = False
_seen: set[str] = set()  # The places (paths of tags) and the attributes of each tag that the strict parser has read.
_NAMED_BY_THEMSELVES = ("hidden", "submit", "button", "image", "reset")
_REFERENCES = ("for", "aria-describedby", "aria-labelledby", "aria-controls", "form", "list", "popovertarget")
_BANNED_HTMX = ("hx-on", "hx-vars", "hx-ext", "hx-params")


class PageFault(AssertionError):
    """A page that breaks a rule."""


@lru_cache(maxsize=256)
def parse(html: str) -> Element:
    """Return the tree of a page that a browser would read without guessing.

    :raises PageFault: if the HTML is not valid.
    """
    if is_always_strict:
        return parse_strictly(html)
    try:
        quick: Element = lxml.html.document_fromstring(html)
    except ParserError:
        return parse_strictly(html)
    places = _places(quick)
    if not places <= _seen:
        parse_strictly(html)
        _seen.update(places)
    return quick


def parse_strictly(html: str) -> Element:
    """Return the tree as a browser reads it.

    :raises PageFault: where a browser would have to guess.
    """
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    try:
        return parser.parse(html)
    except html5lib.html5parser.ParseError as error:
        raise PageFault(f"Not valid HTML5 near {_place(parser, html)}: {error}") from None


@lru_cache(maxsize=256)
def parse_fragment(html: str) -> Element:
    """Return the tree of a part of a page; rows and cells are read as if in their table."""
    start = re.match(r"\s*(?:<!--.*?-->\s*)*<(\w+)", html, re.DOTALL)
    context = {"tr": "tbody", "td": "tr", "th": "tr", "tbody": "table", "thead": "table"}
    container = context.get(start[1].lower(), "div") if start else "div"
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    try:
        return parser.parseFragment(html.strip(), container=container)
    except html5lib.html5parser.ParseError as error:
        raise PageFault(f"Not valid HTML5 near {_place(parser, html)}: {error}") from None


def check_page(html: str, url: str, *, language: str, repeatable: Iterable[str] = ()) -> None:
    """Check a whole page; the forms to the addresses `repeatable` need no key.

    :raises PageFault: naming every rule that it breaks.
    """
    root = parse(html)
    faults = [*_heading(root), *_language(root, language), *_everywhere(root, repeatable), *_references(root)]
    _report(faults, url)


def check_fragment(html: str, url: str, *, repeatable: Iterable[str] = ()) -> None:
    """Check a part of a page; what it refers to may stand on the page around it.

    :raises PageFault: naming every rule that it breaks.
    """
    faults = list(_everywhere(parse_fragment(html), repeatable))
    if re.search(r"<html|<body|<main", html):
        faults.append("A request for a part got a whole page: answer through platform.htmx.respond.")
    _report(faults, url)


def text(element: Element) -> str:
    """Return the words of an element as they are read, with single spaces."""
    pieces = [piece for piece in _words(element) if piece]
    return re.sub(r"\s+", " ", "".join(pieces)).strip()


def text_of_html(html: str) -> str:
    """Return the words of any HTML, for messages."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    return text(tree)


def find_all(element: Element, tag: str) -> list[Element]:
    """Return all descendants with this tag, in the page's order."""
    return list(element.iter(tag))


def classes(element: Element) -> list[str]:
    """Return the element's classes."""
    return element.get("class", "").split()


def _places(root: Element) -> set[str]:
    found: set[str] = set()
    waiting = [("", root)]
    while waiting:
        above, element = waiting.pop()
        place = f"{above}/{element.tag}"
        found |= {place, " ".join((str(element.tag), *element.attrib))}
        waiting.extend((place, child) for child in element)
    return found


def _words(element: Element) -> Iterator[str]:
    if element.tag in ("script", "style", "template") or not isinstance(element.tag, str):
        return
    yield element.text or ""
    for child in element:
        yield from _words(child)
        if child.tag in ("td", "th", "li", "p", "div", "tr", "h1", "h2", "h3", "dt", "dd", "option", "br", "label"):
            yield " "
        yield child.tail or ""


def _heading(root: Element) -> Iterator[str]:
    headings, titles = find_all(root, "h1"), find_all(root, "title")
    if len(headings) != 1:
        yield f"There must be exactly one h1, not {len(headings)}: fill the block h1 and use h2 below it."
        return
    if not text(headings[0]):
        yield "The h1 is empty: fill the block h1."
    if len(titles) != 1 or not text(titles[0]).startswith(text(headings[0])):
        shown = text(titles[0]) if titles else ""
        yield f"The title must begin with the h1 {text(headings[0])!r}, not {shown!r}: extend layouts/base.html."


def _language(root: Element, language: str) -> Iterator[str]:
    if root.get("lang") != language:
        yield f"<html lang> must be {language!r}, not {root.get('lang')!r}: take it from current_locale()."


def _everywhere(root: Element, repeatable: Iterable[str]) -> Iterator[str]:
    ids = Counter(element.get("id") for element in root.iter() if element.get("id") is not None)
    for name, number in ids.items():
        if number > 1 or not name or re.search(r"\s", name):
            yield f"id {name!r} stands {number} times: give each its own, without spaces (add the row's number)."
    for element in root.iter():
        if isinstance(element.tag, str):
            yield from _inline(element)
            yield from _names(element)
    for form in find_all(root, "form"):
        yield from _form(form, form.get("action") not in repeatable)
    yield from _labels(root)


def _inline(element: Element) -> Iterator[str]:
    if element.tag == "style" or (element.tag == "script" and not element.get("src")):
        yield f"Inline <{element.tag}> is blocked by the policy: move it to static/."
    for name, value in element.attrib.items():
        bare = str(name).removeprefix("data-")
        if name == "style":
            yield f"style= on <{element.tag}> is blocked by the policy: use a class."
        elif bare.startswith(_BANNED_HTMX) or (bare.startswith("on") and name == bare):
            yield f"{name}= on <{element.tag}> is banned: use a delegated listener in app.js."
        elif bare.startswith("hx-") and ("js:" in value or "javascript:" in value):
            yield f"{name}={value!r} needs eval: send values as hidden fields."
        elif bare == "hx-trigger" and "[" in value:
            yield f"{name}={value!r} has a filter, which needs eval: remove it."
        elif name in ("href", "src", "action", "formaction") and value.strip().lower().startswith("javascript:"):
            yield f"{name}={value!r}: script addresses are banned."
    source = element.get("src") or (element.get("href") if element.tag == "link" else None) or ""
    if source.startswith(("http:", "https:", "//")):
        yield f"<{element.tag}> loads {source!r} from elsewhere: vendor it in static/."


def _names(element: Element) -> Iterator[str]:
    if element.tag == "img" and element.get("alt") is None:
        yield f"<img src={element.get('src')!r}> needs alt (empty if it only decorates)."
    if element.tag in ("a", "button") and not (text(element) or element.get("aria-label") or _image_name(element)):
        yield f"<{element.tag} {element.attrib}> has no words: add text or aria-label."
    if element.tag == "a" and element.get("href") is None:
        yield f"<a> {text(element)!r} has no href: a link leads somewhere, an act is a button in a form."
    if element.tag == "button" and element.get("type") is None:
        yield f"<button> {text(element)!r} needs a type (submit or button)."


def _image_name(element: Element) -> str:
    named = [child for child in element.iter() if child.get("aria-label") or child.get("alt")]
    return named[0].get("aria-label") or named[0].get("alt") or "" if named else ""


def _form(form: Element, needs_key: bool) -> Iterator[str]:
    action, method = form.get("action"), form.get("method", "get").lower()
    if not action:
        yield "A form needs its action, so that it works without script and on every address."
    names = [control.get("name") for control in form.iter("input")]
    if method == "post" and "csrf_token" not in names:
        yield f"The form to {action!r} has no csrf_token: use post_form or csrf() of components/forms.html."
    if method == "post" and needs_key and "form_key" not in names:
        yield f"The form to {action!r} has no form_key: use post_form or csrf() of components/forms.html."
    if method == "get" and ("csrf_token" in names or "form_key" in names):
        yield f"The form to {action!r} is a GET and would put its token into the address."


def _labels(root: Element) -> Iterator[str]:
    labelled = {label.get("for") for label in find_all(root, "label")}
    wrapped = {control for label in find_all(root, "label") for control in label.iter()}
    for control in _controls(root):
        is_named = control.get("aria-label") or control.get("aria-labelledby") or control.get("title")
        if not (is_named or control in wrapped or (control.get("id") and control.get("id") in labelled)):
            yield f"<{control.tag} name={control.get('name')!r}> has no label: use the field macro or aria-label."


def _controls(root: Element) -> Iterable[Element]:
    for element in root.iter():
        is_field = element.tag == "input" and element.get("type", "text") not in _NAMED_BY_THEMSELVES
        if is_field or element.tag in ("select", "textarea"):
            yield element


def _references(root: Element) -> Iterator[str]:
    ids = {element.get("id") for element in root.iter()}
    for element in root.iter():
        for attribute in _REFERENCES:
            for name in (element.get(attribute) or "").split():
                if name not in ids:
                    yield f"<{element.tag} {attribute}={name!r}> points to nothing on the page."
        for attribute in ("href", "hx-target"):
            value = element.get(attribute) or ""
            if re.fullmatch(r"#[\w-]+", value) and value[1:] not in ids:
                yield f"<{element.tag} {attribute}={value!r}> points to nothing on the page."


def _place(parser: html5lib.HTMLParser, html: str) -> str:
    line, _column = parser.tokenizer.stream.position()
    lines = html.splitlines()
    return f"line {line}: {lines[line - 1].strip()[:200]!r}" if 0 < line <= len(lines) else f"line {line}"


def _report(faults: list[str], url: str) -> None:
    if faults:
        raise PageFault(f"{url} breaks {len(faults)} rules:\n" + "\n".join(f"- {fault}" for fault in faults))
