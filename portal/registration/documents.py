"""Lists of registrations that leave the portal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any

from portal.people.models import Institution, Region
from portal.people.rules import Sex
from portal.platform import dates, i18n
from portal.platform.i18n import _l, label
from portal.platform.i18n import gettext as _
from portal.registration.models import Registration
from portal.registration.rules import RegistrationRole, RegistrationState
from portal.trainings.models import Training

Column = tuple[Any, Callable[[Registration], str]]


@dataclass(frozen=True)
class NameList:
    """A table of people that leaves the portal: what it is and as of when, its columns and rows."""

    name: str
    heading: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


def _name(place: Institution | Region | None) -> str:
    return i18n.text_of(place, "name") if place else ""


_INSTITUTION: Column = (_l("Institution"), lambda one: _name(one.institution))
_SERVICE: tuple[Column, ...] = (
    (_l("Post"), attrgetter("post")),
    (_l("Rank"), attrgetter("rank")),
    (_l("Region"), lambda one: _name(one.region)),
)
_REFERENCE: Column = (_l("Reference"), attrgetter("reference"))
_CONFIRMED: tuple[Column, ...] = (
    (_l("Full name"), attrgetter("person.full_name")),
    _INSTITUTION,
    *_SERVICE,
    _REFERENCE,
)
_FILTERED: tuple[Column, ...] = (
    (_l("Family name"), attrgetter("person.family")),
    (_l("Given name"), attrgetter("person.given")),
    (_l("Patronymic"), attrgetter("person.patronymic")),
    (_l("Sex"), lambda one: label(Sex(one.person.sex)) if one.person.sex else ""),
    _INSTITUTION,
    *_SERVICE,
    (_l("Phone"), attrgetter("person.phone")),
    (_l("E-mail"), attrgetter("person.email")),
    (_l("Takes part as"), lambda one: label(RegistrationRole(one.role))),
    (_l("State"), lambda one: label(RegistrationState(one.state))),
    _REFERENCE,
)


def confirmed_list(training: Training, registrations: Sequence[Registration], as_of: date) -> NameList:
    """Return the list that goes back to the institutions: names and places, no contacts and no reasons."""
    lang = i18n.current()
    where = f"{i18n.text_of(training.venue, 'name')}, {i18n.text_of(training.region, 'name')}"
    heading = (
        f"{dates.date_range(training.starts_on, training.ends_on, lang)}. {where}",
        _("Confirmed participants as of %(day)s", day=dates.long_date(as_of, lang)),
    )
    return _list(_("Confirmed participants"), training, heading, _CONFIRMED, registrations)


def filtered_list(training: Training, registrations: Sequence[Registration], as_of: date) -> NameList:
    """Return the registrations as a list of nominees is written, with contacts, role and state."""
    heading = (_("Registrations as of %(day)s", day=dates.long_date(as_of, i18n.current())),)
    return _list(_("Registrations"), training, heading, _FILTERED, registrations)


def _list(
    name: str,
    training: Training,
    heading: Sequence[str],
    columns: Sequence[Column],
    registrations: Sequence[Registration],
) -> NameList:
    title = i18n.text_of(training, "title") or i18n.text_of(training.course, "title")
    return NameList(
        name=name,
        heading=(f"{training.code}. {title}", *heading),
        columns=(_("№"), *(str(words) for words, _value in columns)),
        rows=tuple(
            (number, *(value(one) for _words, value in columns)) for number, one in enumerate(registrations, start=1)
        ),
    )
