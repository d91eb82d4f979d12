"""What a test reads on a page, in the words that a person sees."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

from tests import pagecheck
from tests.pagecheck import classes, find_all, text

if TYPE_CHECKING:
    from tests.browser import Browser


class Page:
    """A page or fragment: status, headers, `queries`, and what stands on it."""

    def __init__(
        self, browser: "Browser", url: str, status: int, headers: Mapping[str, str], html: str, queries: list[str]
    ) -> None:
        self.browser = browser
        self.url = url
        self.status = status
        self.headers = headers
        self.html = html
        self.queries = queries
        self.root = pagecheck.parse(html) if "<html" in html else pagecheck.parse_fragment(html)

    @property
    def h1(self) -> str:
        """Return the heading."""
        return text(find_all(self.root, "h1")[0])

    @property
    def title(self) -> str:
        """Return the title of the window."""
        return text(find_all(self.root, "title")[0])

    @property
    def text(self) -> str:
        """Return the words of the content, without header and footer."""
        mains = find_all(self.root, "main")
        return text(mains[0] if mains else self.root)

    @property
    def links(self) -> dict[str, str]:
        """Return the addresses of the links by their words."""
        return {text(a) or a.get("aria-label", ""): a.get("href", "") for a in find_all(self.root, "a")}

    @property
    def ids(self) -> list[str]:
        """Return all ids."""
        return [element.get("id", "") for element in self.root.iter() if element.get("id")]

    def follow(self, words: str) -> "Page":
        """Click the link with these words."""
        links = self.links
        assert words in links, f"There is no link {words!r} on {self.url}, only {sorted(links)}."
        return self.browser.get(self._address(links[words]))

    def rows(self, table: str = "") -> list[dict[str, str]]:
        """Return the rows of the first table, or of the one with this id or caption, by column heading."""
        body = self._table(table)
        heads = [text(head) for head in find_all(body, "th") if head.get("scope") != "row"]
        return [
            dict(zip(heads, cells, strict=False)) if heads else {str(i): cell for i, cell in enumerate(cells)}
            for cells in self._cells(body)
        ]

    def row(self, words: str, table: str = "") -> dict[str, str]:
        """Return the only row that holds these words."""
        found = [row for row in self.rows(table) if any(words in cell for cell in row.values())]
        assert len(found) == 1, f"{len(found)} rows of {self.url} hold {words!r}, not one."
        return found[0]

    def tags(self) -> list[str]:
        """Return the words of all states that are shown."""
        return [text(span) for span in find_all(self.root, "span") if "status" in classes(span)]

    def notices(self) -> list[str]:
        """Return the messages above the content."""
        return [text(div) for div in find_all(self.root, "div") if "notice" in classes(div)]

    def errors(self) -> list[str]:
        """Return the words of the errors beside fields and in cells."""
        return [text(span) for span in find_all(self.root, "span") if "error" in classes(span)]

    def refusal(self) -> str:
        """Return the words of the error summary or of an error beside a field."""
        alerts = [element for element in self.root.iter() if element.get("role") == "alert"]
        assert alerts, f"{self.url} shows no refusal (role=alert): {self.text[:500]}"
        return " ".join(text(alert) for alert in alerts)

    def has_form(self, name: str) -> bool:
        """Tell whether there is such a form."""
        return bool(self._forms(name))

    def form(self, name: str) -> "Form":
        """Return the first form whose id, action or one of whose buttons' words is `name`."""
        found = self._forms(name)
        assert found, f"There is no form {name!r} on {self.url}; buttons: {self._buttons()}"
        return Form(self, found[0])

    def _forms(self, name: str) -> list[Element]:
        forms = find_all(self.root, "form")
        exact = [form for form in forms if name in (form.get("id"), form.get("action"))]
        return exact or [form for form in forms if any(_button_name(b) == name for b in find_all(form, "button"))]

    def _buttons(self) -> list[str]:
        return [_button_name(button) for button in find_all(self.root, "button")]

    def _table(self, name: str) -> Element:
        tables = find_all(self.root, "table")
        if name:
            tables = [t for t in tables if name == t.get("id") or any(text(c) == name for c in find_all(t, "caption"))]
        assert tables, f"There is no table {name!r} on {self.url}."
        return tables[0]

    @staticmethod
    def _cells(table: Element) -> list[list[str]]:
        heads = {row for head in find_all(table, "thead") for row in find_all(head, "tr")}
        rows = [row for row in find_all(table, "tr") if row not in heads]
        return [[text(cell) for cell in row if cell.tag in ("td", "th")] for row in rows]

    def _address(self, href: str) -> str:
        return href if href.startswith("/") else f"{self.url.split('?')[0]}{href}"


class Form:
    """A form as the page fills it; `fill` types, `submit` clicks."""

    def __init__(self, page: Page, element: Element) -> None:
        self.page = page
        self.element = element
        self.method = element.get("method", "get").upper()
        self.action = element.get("action") or page.url
        self.is_multipart = element.get("enctype") == "multipart/form-data"
        self.fields: dict[str, list[Any]] = {}
        own = element.get("id")  # Controls elsewhere on the page may belong to the form by its id.
        beside = [one for one in page.root.iter() if own and one.get("form") == own]
        self.controls = [*element.iter(), *beside]
        for control in self.controls:
            self._read(control)

    @property
    def names(self) -> list[str]:
        """Return the names of all controls that can be filled in."""
        tags = ("input", "select", "textarea")
        controls = [control for control in self.controls if control.tag in tags and control.get("name")]
        return list(dict.fromkeys(control.get("name", "") for control in controls))

    def fill(self, values: Mapping[str, Any] | None = None, **more: Any) -> "Form":
        """Type values by field name; a list chooses several, None leaves out, (stream, filename) is a file."""
        for name, value in {**(values or {}), **more}.items():
            assert name in self.names, f"The form has no field {name!r}, only {self.names}."
            self.fields.pop(name, None)
            if value is not None:
                self.fields[name] = list(value) if isinstance(value, list) else [value]
        return self

    def submit(self, button: str = "", *, status: int = 200) -> Page:
        """Click the button with these words, or the first one, and return the page that comes back."""
        data = {**self.fields, **self._clicked(button)}
        action = self._button(button).get("formaction") or self.action
        if self.method == "GET":
            query = urlencode([(name, value) for name, values in data.items() for value in values])
            return self.page.browser.get(f"{self.action.split('?')[0]}?{query}", status=status)
        return self.page.browser.post(action, data, status=status)

    def submit_part(self, button: str = "", *, status: int = 200) -> Page:
        """Send the form as htmx does and return the fragment."""
        target = self.element.get("hx-post") or self.action
        return self.page.browser.part(target, {**self.fields, **self._clicked(button)}, method="POST", status=status)

    def _button(self, words: str) -> Element:
        buttons = [b for b in find_all(self.element, "button") if b.get("type", "submit") == "submit"]
        chosen = [button for button in buttons if not words or _button_name(button) == words]
        assert chosen, f"The form has no button {words!r}, only {[_button_name(button) for button in buttons]}."
        return chosen[0]

    def _clicked(self, words: str) -> dict[str, list[str]]:
        button = self._button(words)
        name = button.get("name")
        return {name: [button.get("value", "")]} if name else {}

    def _read(self, control: Element) -> None:
        name, kind = control.get("name"), control.get("type", "text")
        if not name or control.get("disabled") is not None:
            return
        if control.tag == "select":
            options = find_all(control, "option")
            chosen = [o for o in options if o.get("selected") is not None]
            if not chosen and control.get("multiple") is None:
                chosen = options[:1]
            self.fields.setdefault(name, []).extend(_value(option) for option in chosen)
        elif control.tag == "textarea":
            self.fields.setdefault(name, []).append("".join(control.itertext()).removeprefix("\n"))
        elif control.tag == "input" and kind in ("checkbox", "radio"):
            if control.get("checked") is not None:
                self.fields.setdefault(name, []).append(control.get("value", "on"))
        elif control.tag == "input" and kind not in ("submit", "button", "file"):
            self.fields.setdefault(name, []).append(control.get("value", ""))


def _value(option: Element) -> str:
    value = option.get("value")
    return text(option) if value is None else value


def _button_name(button: Element) -> str:
    return re.sub(r"\s+", " ", button.get("aria-label") or text(button))
