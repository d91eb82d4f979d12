"""The name check, for the coordinator."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.certificates.forms import ActForm, NamesForm
from portal.certificates.operations import names, wording
from portal.certificates.operations.names import NameChanged, NameParts, NameRefused
from portal.certificates.queries import candidates as people
from portal.certificates.queries.candidates import PrintedNames
from portal.people.models import Person
from portal.platform import clock
from portal.registration.models import Registration
from portal.registration.queries.registrations import get_registration
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("names", __name__, url_prefix="/trainings/<code>/names")


@bp.get("")
@requires(Permission.VIEW_CERTIFICATES, training=get_training)
def index(training: Training) -> str:
    """List the confirmed participants with the names that their certificates will print."""
    only_open = request.args.get("show") == "open"
    page = people.page_of_names(training, only_open=only_open, number=request.args.get("page", 1, type=int))
    counts = people.count_names(training)
    return render_template(
        "names/index.html", training=training, page=page, counts=counts, only_open=only_open, form=ActForm()
    )


@bp.post("/confirm-as-written")
@requires(Permission.CONFIRM_NAMES, training=get_training)
def confirm_as_written(training: Training) -> Response:
    """Confirm every name that nobody has confirmed, as the list wrote it."""
    candidates = people.list_candidates(training)
    confirmed = [candidate for candidate in candidates if candidate.registration.state == "confirmed"]
    number = names.confirm_as_written(confirmed, source="coordinator", actor=actor(), now=clock.now())
    flash(ngettext("%(num)s name is confirmed as written.", "%(num)s names are confirmed as written.", number))
    return redirect(url_for("names.index", code=training.code), 303)  # type: ignore[return-value]


@bp.get("/<registration_reference>")
@requires(Permission.CONFIRM_NAMES, training=get_training, registration=get_registration)
def edit(training: Training, registration: Registration) -> str:
    """Show one person's printed names for correction."""
    printed = people.printed_names([registration.person_id])[registration.person_id]
    return _page(training, registration, filled(registration.person, printed))


@bp.post("/<registration_reference>")
@requires(Permission.CONFIRM_NAMES, training=get_training, registration=get_registration)
def confirm(training: Training, registration: Registration) -> Response | tuple[str, int]:
    """Confirm one person's printed names."""
    form = NamesForm()
    answer = save(form, registration, source="coordinator")
    if answer:
        return _page(training, registration, form, **answer), answer["status"]
    flash(_("The names are confirmed."))
    return redirect(url_for("names.index", code=training.code), 303)  # type: ignore[return-value]


def filled(person: Person, printed: PrintedNames) -> NamesForm:
    """Return the form with the confirmed names, or with the name as it was written."""
    cyrillic = printed.cyrillic or person
    latin = printed.latin
    return NamesForm(
        formdata=None,
        cyrillic_family=cyrillic.family,
        cyrillic_given=cyrillic.given,
        cyrillic_patronymic=cyrillic.patronymic,
        latin_family=latin.family if latin else "",
        latin_given=latin.given if latin else "",
        version=person.version,
    )


def save(form: NamesForm, registration: Registration, *, source: str) -> dict[str, Any] | None:
    """Confirm what the form holds; return None, or what the page says of the refusal."""
    if not form.validate():
        return {"status": 422}
    try:
        names.confirm(
            registration,
            cyrillic=NameParts(
                form.cyrillic_family.data or "", form.cyrillic_given.data or "", form.cyrillic_patronymic.data or ""
            ),
            latin=NameParts(form.latin_family.data or "", form.latin_given.data or ""),
            version=form.version.data or 0,
            source=source,
            actor=actor(),
            now=clock.now(),
        )
    except NameRefused as refusal:
        form[refusal.field].errors = [wording.name_fault(code) for code in refusal.codes]
        return {"status": refusal.status}
    except NameChanged as refusal:
        return {"status": refusal.status, "refusal": refusal, "saved": _saved(registration, form)}
    return None


def _saved(registration: Registration, form: NamesForm) -> PrintedNames:
    """Return what stands in the database, and let the form be sent again on top of it."""
    form.version.data = registration.person.version
    form.version.raw_data = [str(registration.person.version)]
    return people.printed_names([registration.person_id])[registration.person_id]


def _page(training: Training, registration: Registration, form: NamesForm, **context: Any) -> str:
    return render_template("names/edit.html", training=training, registration=registration, form=form, **context)
