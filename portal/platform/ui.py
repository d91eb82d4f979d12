"""What every template has: the macros of the kit and of subjects as `ui.NAME(…)`, and the columns of a list."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from jinja2 import Environment, TemplateNotFound
from wtforms.widgets import html_params

from portal.platform.forms import problems_of

KIT = (
    "components/charts.html",
    "components/forms.html",
    "components/icons.html",
    "components/page.html",
    "components/tables.html",
    "components/tags.html",
    "components/texts.html",
    "components/times.html",
)
HIDDEN = "hidden"
OF_HEADS = {"num", "signature"}  # These say how wide a column is, or where its words stand.


@dataclass(frozen=True)
class Column:
    """Its label, classes of its cells ("hidden": a head for ears alone), and by what an address asks for its order."""

    label: str
    kind: str = ""
    sort: str = ""

    @property
    def is_hidden(self) -> bool:
        return HIDDEN in self.kind.split()

    @property
    def head(self) -> str:
        return " ".join(word for word in self.kind.split() if word in OF_HEADS)

    def __html__(self) -> str:
        """Return the attributes of a cell: `<td{{ cols.copies }}>`."""
        attributes = {
            "class": " ".join(word for word in self.kind.split() if word != HIDDEN),
            "data-label": "" if self.is_hidden else self.label,
        }
        said = html_params(**{name: value for name, value in attributes.items() if value})
        return f" {said}" if said else ""


class Columns:
    """`columns(title=_("Title"), copies=(_("Copies"), "num inline"))`; one that is empty is left out."""

    def __init__(self, **named: str | tuple[str, ...] | None) -> None:
        self._named = {
            name: Column(*said) if isinstance(said, tuple) else Column(said) for name, said in named.items() if said
        }

    def __getattr__(self, name: str) -> Column:
        return self._named[name]  # A KeyError, since Jinja would print nothing for an AttributeError.

    def __iter__(self) -> Iterator[Column]:
        return iter(self._named.values())

    def __len__(self) -> int:
        return len(self._named)


class Macros:
    """The macros of the kit by name, those of a subject by its file (`ui.records.add`), read when first asked for."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def __getattr__(self, name: str) -> Any:
        for template in KIT:
            macros = vars(self._environment.get_template(template).module)
            self.__dict__.update({key: macro for key, macro in macros.items() if not key.startswith("_")})
        if name not in self.__dict__:
            self.__dict__[name] = self._of_subject(name)
        return self.__dict__[name]

    def _of_subject(self, name: str) -> Any:
        try:
            return self._environment.get_template(f"components/{name}.html").module
        except TemplateNotFound:
            raise KeyError(name) from None  # Jinja would take an AttributeError for something that may be missing.


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(ui=Macros(app.jinja_env), columns=Columns, problems_of=problems_of)
