"""Slips with reference and PIN, and the list of the confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.platform import dates, i18n
from portal.platform.i18n import _l
from portal.platform.i18n import gettext as _
from portal.registration.models import Registration
from portal.trainings.models import Training

ROLES: Mapping[str, Any] = {
    "participant": _l("participant"),
    "alternate": _l("alternate"),
    "facilitator": _l("facilitator"),
    "guest": _l("guest"),
}
_STATES: Mapping[str, Any] = {
    "nominated": _l("Nominated"),
    "invited": _l("Invited"),
    "confirmed": _l("Confirmed"),
    "waitlisted": _l("Waiting list"),
    "declined": _l("Declined"),
    "withdrawn": _l("Withdrawn"),
    "substituted": _l("Substituted"),
}


@dataclass(frozen=True)
class NameList:
    """A table of people that leaves the portal: what it is and as of when, its columns and rows."""

    name: str
    heading: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


def confirmed_list(training: Training, registrations: Sequence[Registration], as_of: date) -> NameList:
    """Return the list that goes back to the institutions: names and places, no contacts and no reasons."""
    lang = i18n.current()
    title = i18n.text_of(training, "title") or i18n.text_of(training.course, "title")
    where = f"{i18n.text_of(training.venue, 'name')}, {i18n.text_of(training.region, 'name')}"
    return NameList(
        name=_("Confirmed participants"),
        heading=(
            f"{training.code}. {title}",
            f"{dates.date_range(training.starts_on, training.ends_on, lang)}. {where}",
            _("Confirmed participants as of %(day)s", day=dates.long_date(as_of, lang)),
        ),
        columns=(_("№"), _("Full name"), _("Institution"), _("Post"), _("Rank"), _("Region"), _("Reference")),
        rows=tuple(_confirmed_row(number, entry) for number, entry in enumerate(registrations, start=1)),
    )


def _confirmed_row(number: int, registration: Registration) -> tuple[str | int, ...]:
    return (
        number,
        registration.person.full_name,
        i18n.text_of(registration.institution, "name") if registration.institution else "",
        registration.post,
        registration.rank,
        i18n.text_of(registration.region, "name") if registration.region else "",
        registration.reference,
    )


def filtered_list(training: Training, registrations: Sequence[Registration], as_of: date) -> NameList:
    """Return the registrations as a list of nominees is written, with contacts, role and state."""
    lang = i18n.current()
    title = i18n.text_of(training, "title") or i18n.text_of(training.course, "title")
    columns = (_("№"), _("Family name"), _("Given name"), _("Patronymic"), _("Sex"), _("Institution"), _("Post"))
    more = (_("Rank"), _("Region"), _("Phone"), _("E-mail"), _("Takes part as"), _("State"), _("Reference"))
    return NameList(
        name=_("Registrations"),
        heading=(
            f"{training.code}. {title}",
            _("Registrations as of %(day)s", day=dates.long_date(as_of, lang)),
        ),
        columns=columns + more,
        rows=tuple(_filtered_row(number, entry) for number, entry in enumerate(registrations, start=1)),
    )


def _filtered_row(number: int, registration: Registration) -> tuple[str | int, ...]:
    person = registration.person
    sexes = {"F": _("woman"), "M": _("man")}
    return (
        number,
        person.family,
        person.given,
        person.patronymic,
        sexes.get(person.sex or "", ""),
        i18n.text_of(registration.institution, "name") if registration.institution else "",
        registration.post,
        registration.rank,
        i18n.text_of(registration.region, "name") if registration.region else "",
        person.phone,
        person.email,
        str(ROLES[registration.role]),
        str(_STATES[registration.state]),
        registration.reference,
    )
