"""The form of the name check: what it shows, and what stands against what was typed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from portal.access.policy import Actor
from portal.certificates import candidates
from portal.certificates.names import NameChanged, NameParts, NameRefused, Names
from portal.people.models import Person
from portal.platform.errors import Refusal
from portal.platform.forms import PortalForm
from portal.platform.i18n import _l
from portal.records.rules import FaultCode
from portal.registration.models import Registration

_PART = Length(max=120)
_ERRORS: dict[str, Any] = {
    FaultCode.REQUIRED: _l("Enter this part of the name."),
    FaultCode.TOO_LONG: _l("Use at most 120 letters."),
    FaultCode.NAME_CHARACTER: _l("Use letters, spaces, hyphens, apostrophes and dots only."),
    FaultCode.HIDDEN_CHARACTER: _l("Delete the invisible character and type the name again."),
    FaultCode.NAME_WITHOUT_LETTERS: _l("Enter a name with letters."),
    "not_latin": _l("Use Latin letters here, as in the passport."),
    "too_wide": _l(
        "The whole name is too long for its place on the certificate. Write it as the passport shortens it."
    ),
    "not_printable": _l("The certificate's font lacks a letter of this name. Write it as the passport does."),
}


class NamesForm(PortalForm):
    """The printed names in both scripts; `version` says which state of the person the form shows."""

    cyrillic_family = StringField(_l("Family name"), [InputRequired(_l("Enter the family name.")), _PART])
    cyrillic_given = StringField(_l("Given name"), [InputRequired(_l("Enter the given name.")), _PART])
    cyrillic_patronymic = StringField(_l("Patronymic"), [Optional(), _PART])
    latin_family = StringField(_l("Family name"), [Optional(), _PART])
    latin_given = StringField(_l("Given name"), [Optional(), _PART])
    version = IntegerField(widget=HiddenInput())


def values_of(registration: Registration) -> dict[str, Any]:
    """Return what the form shows: the confirmed names, or the name as it was written."""
    person: Person = registration.person
    printed = candidates.printed_names([person.id])[person.id]
    cyrillic, latin = printed.cyrillic or person, printed.latin
    return {
        "cyrillic_family": cyrillic.family,
        "cyrillic_given": cyrillic.given,
        "cyrillic_patronymic": cyrillic.patronymic,
        "latin_family": latin.family if latin else "",
        "latin_given": latin.given if latin else "",
        "version": person.version,
    }


def names_in(form: Any) -> Names:
    cyrillic = (form.cyrillic_family, form.cyrillic_given, form.cyrillic_patronymic)
    return Names(
        cyrillic=NameParts(*(part.data or "" for part in cyrillic)),
        latin=NameParts(form.latin_family.data or "", form.latin_given.data or ""),
        version=form.version.data or 0,
    )


def save(
    form: NamesForm, registration: Registration, *, confirm: Callable[..., None], actor: Actor, now: datetime
) -> dict[str, Any] | None:
    """Confirm what the form holds; return None, or the status and what the page shows of the refusal."""
    if not form.validate():
        return {"status": 422}
    try:
        confirm(registration, names_in(form), actor=actor, now=now)
    except NameRefused as refusal:
        show_errors(form, refusal)
        return {"status": refusal.status}
    except NameChanged as refusal:
        # Sent again, the form stands on top of what the other one saved: both are on the page now.
        form.version.raw_data = [str(registration.person.version)]
        saved = candidates.printed_names([registration.person_id])[registration.person_id]
        return {"status": refusal.status, "refusal": refusal, "saved": saved}
    except Refusal as refusal:
        return {"status": refusal.status, "refusal": refusal}
    return None


def show_errors(form: Any, refusal: NameRefused) -> None:
    """Say beside each part of a name what is wrong with it, as a sentence that says what to do."""
    for field, codes in refusal.errors.items():
        form[field].errors = [_ERRORS.get(code, _ERRORS[FaultCode.NAME_CHARACTER]) for code in codes]
