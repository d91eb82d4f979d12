"""The form of the name check, shared by the coordinator's and the participant's page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from portal.access.policy import Actor
from portal.certificates import candidates, wording
from portal.certificates.forms import NamesForm
from portal.certificates.names import NameChanged, NameParts, NameRefused, NameSettled
from portal.people.models import Person
from portal.registration.models import Registration
from portal.trainings.operations import TrainingClosed


def shown(registration: Registration) -> NamesForm:
    """Return the form with the confirmed names, or with the name as it was written."""
    person: Person = registration.person
    printed = candidates.printed_names([person.id])[person.id]
    cyrillic, latin = printed.cyrillic or person, printed.latin
    return NamesForm(
        formdata=None,
        cyrillic_family=cyrillic.family,
        cyrillic_given=cyrillic.given,
        cyrillic_patronymic=cyrillic.patronymic,
        latin_family=latin.family if latin else "",
        latin_given=latin.given if latin else "",
        version=person.version,
    )


def save(
    form: NamesForm, registration: Registration, *, confirm: Callable[..., None], actor: Actor, now: datetime
) -> dict[str, Any] | None:
    """Confirm what the form holds; return None, or the status and what the page shows of the refusal."""
    if not form.validate():
        return {"status": 422}
    cyrillic = (form.cyrillic_family, form.cyrillic_given, form.cyrillic_patronymic)
    latin = (form.latin_family, form.latin_given)
    try:
        confirm(
            registration,
            cyrillic=NameParts(*(part.data or "" for part in cyrillic)),
            latin=NameParts(*(part.data or "" for part in latin)),
            version=form.version.data or 0,
            actor=actor,
            now=now,
        )
    except NameRefused as refusal:
        for field, codes in refusal.faults.items():
            form[field].errors = [wording.name_fault(code) for code in codes]
        return {"status": refusal.status}
    except NameChanged as refusal:
        # Sent again, the form stands on top of what the other one saved: both are on the page now.
        form.version.raw_data = [str(registration.person.version)]
        saved = candidates.printed_names([registration.person_id])[registration.person_id]
        return {"status": refusal.status, "refusal": refusal, "saved": saved}
    except (NameSettled, TrainingClosed) as refusal:
        return {"status": refusal.status, "refusal": refusal}
    return None
