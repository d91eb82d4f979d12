"""The columns of a list in a template, said once: for its head, and for the labels that its cells carry on a phone."""

from collections.abc import Iterator
from dataclasses import dataclass

from wtforms.widgets import html_params

HIDDEN = "hidden"


@dataclass(frozen=True)
class Column:
    """Its label, classes of its cells ("hidden": a head for ears alone), and by what an address asks for its order."""

    label: str
    kind: str = ""
    sort: str = ""

    @property
    def is_hidden(self) -> bool:
        return HIDDEN in self.kind.split()

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
