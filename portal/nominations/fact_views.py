"""A person's facts in a form: add somebody to a training by hand, from the directory or new; correct a participant."""

from collections.abc import Collection, Iterator
from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.access.guard import actor, can, requires
from portal.access.permissions import Permission
from portal.list_reader.columns import Column
from portal.nominations import facts, queries
from portal.nominations.facts import (
    Added,
    Corrected,
    Entry,
    EntryRefused,
    FactsInput,
    PersonDoubted,
    SomebodyElse,
    shown,
)
from portal.nominations.forms import AddForm, CorrectForm
from portal.nominations.previews import Places, visible
from portal.nominations.queries import facts_of, list_outdated
from portal.nominations.summary import problem_text
from portal.people.models import Person
from portal.people.rules import Sex
from portal.platform import clock, compare
from portal.platform.answers import see_other
from portal.platform.db import attempt
from portal.platform.errors import RecordChanged, Refusal
from portal.platform.forms import choices_of, options
from portal.registration import queries as registration_queries
from portal.registration.filters import list_address
from portal.registration.models import Registration
from portal.registration.queries import get_registration
from portal.registration.rules import OF_PERSON_SAID, RegistrationRole, RegistrationState
from portal.trainings.models import Training
from portal.trainings.queries import find_last_change, get_training

additions_bp = Blueprint("additions", __name__, url_prefix="/trainings/<code>/registrations/new")

_TYPED = ("family", "given", "patronymic", "sex", "role", "institution", "region", "post", "rank", "phone", "email")


@additions_bp.get("")
@requires(Permission.ADD_REGISTRATION, training=get_training)
def new(training: Training) -> str:
    """Search the people who are known, and offer the form for one of them or for somebody new."""
    person = _person(request.args.get("person", ""))
    return _add_page(training, _offer_all(AddForm(formdata=None), person), person=person)


@additions_bp.post("")
@requires(Permission.ADD_REGISTRATION, training=get_training)
def create(training: Training) -> Response | tuple[str, int]:
    """Nominate the person with the checks of a list."""
    form = AddForm()
    person = _person(form.person.data or "")
    _offer_all(form, person)
    if not form.validate():
        try:  # What else stands against it is said as well, so that it is mended in one go.
            facts.read(_entry(form, person), today=clock.today())
        except EntryRefused as refusal:
            _explain(form, refusal)
        return _add_page(training, form, person=person), 422
    try:
        choice = form.choice.data if "choice" in request.form else None
        added = facts.add(training, _entry(form, person), person=person, choice=choice, actor=actor(), now=clock.now())
    except EntryRefused as refusal:
        _explain(form, refusal)
        return _add_page(training, form, person=person), refusal.status
    except PersonDoubted as doubt:
        form.choice.choices = options(_meant(doubt.people))
        form.choice.errors = [str(doubt)]
        return _add_page(training, form, person=person), doubt.status
    except Refusal as refusal:
        return _add_page(training, form, person=person, refusal=refusal), refusal.status
    _flash_added(added)
    own = url_for("registrations.show", code=training.code, registration_reference=added.registration.reference)
    return see_other(own)


def _explain(form: AddForm, refusal: EntryRefused) -> None:
    for problem in refusal.problems:
        name = problem.column.value if problem.column else "family"
        if not form[name].errors:
            form[name].errors = [problem_text(problem, {})]


def _entry(form: AddForm, person: Person | None) -> Entry:
    """Return what was typed; the name of somebody who is known is not typed again."""
    typed = {name: form[name].data or "" for name in _TYPED}
    if typed["role"] not in set(RegistrationRole):  # The form says so; whatever else is wrong with it is said at once.
        typed["role"] = RegistrationRole.PARTICIPANT.value
    if person is not None:
        typed |= {"family": person.family, "given": person.given, "patronymic": person.patronymic}
    return Entry(**typed)


def _person(reference: str) -> Person | None:
    """Return somebody of the directory whom the actor may see."""
    found = visible(queries.list_people([reference]), actor()) if reference else []
    return found[0] if found else None


def _meant(references: Collection[str]) -> list[tuple[str, Any]]:
    """Return who may be meant; of people out of reach nothing is said but that they are known."""
    elsewhere = _("somebody of this name who is known elsewhere")
    words = [
        (
            person.reference,
            ", ".join(filter(None, (person.full_name, person.post, person.phone))) if is_seen else elsewhere,
        )
        for person, is_seen in _known(references)
    ]
    return [*words, ("", _("another person, who is new"))]


def _known(references: Collection[str]) -> list[tuple[Person, bool]]:
    """Return these people, each with whether the actor may see who it is."""
    known = queries.list_people(references)
    seen = {person.id for person in visible(known, actor())}
    return [(person, person.id in seen) for person in known]


def _offer_all(form: AddForm, person: Person | None) -> AddForm:
    form.sex.choices = options(choices_of(Sex))
    form.role.choices = options(choices_of(RegistrationRole))
    places = Places()
    form.institution.choices = options([("", _("Choose the institution")), *places.choices(Column.INSTITUTION)])
    form.region.choices = options([("", _("not said")), *places.choices(Column.REGION)])
    form.choice.choices = []
    if not form.is_submitted():
        form.role.data = RegistrationRole.PARTICIPANT.value
    if person is not None and not form.is_submitted():
        form.person.data, form.sex.data = person.reference, person.sex
        form.institution.data = person.institution.code if person.institution else ""
        form.region.data = person.region_code or ""
        form.post.data, form.rank.data = person.post, person.rank
        form.phone.data, form.email.data = person.phone, person.email
    return form


def _flash_added(added: Added) -> None:
    name = added.registration.person.full_name
    known, new = _("%(name)s was known already and is nominated.", name=name), _("%(name)s is nominated.", name=name)
    flash(known if added.is_known else new, "success")
    for problem in added.warnings:
        flash(problem_text(problem, {}), "warning")


def _add_page(training: Training, form: AddForm, *, person: Person | None, **context: Any) -> str:
    text = request.args.get("q", "")[:200].strip()
    found = visible(registration_queries.find_people(text), actor()) if text and person is None else []
    registered = queries.list_registered(training.id, {one.id for one in found}) if found else ()
    return render_template(
        "registration/new.html",
        training=training,
        form=form,
        person=person,
        text=text,
        found=found[: registration_queries.MOST_FOUND],
        registered=set(registered),
        **context,
    )


bp = Blueprint("facts", __name__, url_prefix="/trainings/<code>/registrations/<registration_reference>/edit")


@bp.get("")
@requires(Permission.CORRECT_REGISTRATION, training=get_training, registration=get_registration)
def edit(training: Training, registration: Registration) -> str:
    """Show what is kept of somebody in a form."""
    form = _saved(registration)
    form.back.data = request.args.get("back", "")
    return _page(training, registration, form)


@bp.post("")
@requires(Permission.CORRECT_REGISTRATION, training=get_training, registration=get_registration)
def update(training: Training, registration: Registration) -> Response | tuple[str, int]:
    """Keep what was typed otherwise; or show the form again with what stands against it."""
    form = _offered(registration, CorrectForm())
    if not form.validate():
        return _page(training, registration, form), 422
    try:
        with attempt():
            done = facts.correct(registration, _read_form(registration, form), actor=actor(), now=clock.now())
    except EntryRefused as refusal:
        for problem in refusal.problems:
            field = form[problem.column.value if problem.column else "family"]
            field.errors = [*field.errors, problem_text(problem, {})]
        return _page(training, registration, form), refusal.status
    except SomebodyElse as doubt:
        for name, references in doubt.people.items():
            form[name].errors = list(_others(references))
        return _page(training, registration, form, refusal=doubt, is_doubted=True), doubt.status
    except RecordChanged as refusal:
        return _compared(training, registration, form, refusal), refusal.status
    except Refusal as refusal:
        return _page(training, registration, form, refusal=refusal), refusal.status
    _flash_corrected(training, registration, done)
    return see_other(_next(training, registration, done, form.back.data))


def _read_form(registration: Registration, form: CorrectForm) -> FactsInput:
    """Return what was typed; what the form does not ask stays as it is kept."""
    kept = facts_of(registration)
    typed = {name: (form[name].data or "") if name in form else shown(value) for name, value in kept.items()}
    language = typed.pop("language")
    return FactsInput(Entry(**typed), language, form.version.data or 0, is_sure=form.is_sure.data)


def _saved(registration: Registration) -> CorrectForm:
    kept = {name: shown(value) for name, value in facts_of(registration).items()}
    return _offered(registration, CorrectForm(formdata=None, version=registration.person.version, **kept))


def _offered(registration: Registration, form: CorrectForm) -> CorrectForm:
    kept = (registration.institution_id,) if registration.institution_id else ()
    places = Places(kept)
    form.offer(places.choices(Column.INSTITUTION), places.choices(Column.REGION))
    training = registration.training
    form.leave(
        contacts_only=training.is_locked or training.is_cancelled,
        has_birth_year=registration.person.birth_year is not None,
    )
    return form


def _others(references: Collection[str]) -> Iterator[str]:
    """Yield who else is known by what was typed; of people out of reach nothing is said but that there is somebody."""
    for person, is_seen in _known(references):
        who = ", ".join(filter(None, (person.full_name, person.post))) if is_seen else _("somebody elsewhere")
        yield _("Known of somebody else already: %(who)s.", who=who)


def _compared(training: Training, registration: Registration, form: CorrectForm, refusal: RecordChanged) -> str:
    saved = _saved(registration)
    form.version.data, form.version.raw_data = registration.person.version, None
    changed_by = (OF_PERSON_SAID, "certificates.names_confirmed")
    return _page(
        training,
        registration,
        form,
        refusal=refusal,
        differences=compare.differences(form, saved),
        saved_by=find_last_change(f"person {registration.person.reference}", changed_by),
    )


def _flash_corrected(training: Training, registration: Registration, done: Corrected) -> None:
    flash(_("Saved.") if done else _("Nothing was changed."), "success")
    mails, links = done.moved.mails, done.moved.links
    if mails and registration.person.email:
        flash(
            ngettext(
                "%(num)s mail that had not left goes to the new address.",
                "%(num)s mails that had not left go to the new address.",
                mails,
            )
        )
    elif mails:
        flash(
            ngettext(
                "%(num)s mail that had not left is not sent: there is no address.",
                "%(num)s mails that had not left are not sent: there is no address.",
                mails,
            ),
            "warning",
        )
    if links:
        flash(_("The personal link that was mailed to the old address has ended. Make a new one."), "warning")
    for problem in done.warnings:
        flash(problem_text(problem, {}), "warning")
    if {"institution", "region"} & done.here.keys() and registration.state == RegistrationState.CONFIRMED:
        _flash_overfull(training, registration)


def _flash_overfull(training: Training, registration: Registration) -> None:
    """Say which kept seats are more than taken since somebody confirmed counts among them."""
    seating = registration_queries.get_seating(training)
    seat = seating.seat_of(registration)
    for quota in seating.capacity.quotas:
        taken = seating.capacity.taken_of(quota)
        if quota.matches(seat) and taken > quota.seats:
            words = _("More seats are taken than were kept: %(taken)s of %(seats)s.", taken=taken, seats=quota.seats)
            flash(words, "warning")


def _next(training: Training, registration: Registration, done: Corrected, back: str | None) -> str:
    """Lead to the name check if the name is another one, else to the list or the page that the form came from."""
    address: dict[str, Any] = {"code": training.code, "registration_reference": registration.reference}
    is_checked = registration.state == RegistrationState.CONFIRMED and can(Permission.CONFIRM_NAMES, training)
    if done.is_renamed and is_checked:
        flash(_("Check how the new name is printed, and confirm it."))
        return url_for("names.edit", **address)
    if back:
        return f"{list_address(training, back)}#registration-row-{registration.reference}"
    return url_for("registrations.show", **address)


def _page(training: Training, registration: Registration, form: CorrectForm, **context: Any) -> str:
    return render_template(
        "registration/edit.html",
        training=training,
        registration=registration,
        form=form,
        is_latest=registration.id not in list_outdated([registration.id]),
        is_closed=training.is_locked or training.is_cancelled,
        back=list_address(training, form.back.data) if form.back.data else "",
        **context,
    )
