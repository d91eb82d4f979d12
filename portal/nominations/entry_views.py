"""Add one person to a training by hand: from the directory, or new."""

from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask_babel import gettext as _

from portal.access.guard import actor, requires
from portal.access.permissions import Permission
from portal.list_reader.columns import Column
from portal.nominations import entries, queries
from portal.nominations.entries import Added, Entry, EntryRefused, PersonDoubted
from portal.nominations.forms import AddForm
from portal.nominations.row_views import Places, visible
from portal.nominations.summary import problem_text
from portal.people.models import Person
from portal.people.rules import Sex
from portal.platform import clock
from portal.platform.answers import see_other
from portal.platform.errors import Refusal
from portal.platform.forms import choices_of, options
from portal.registration import queries as registration_queries
from portal.registration.rules import RegistrationRole
from portal.trainings.models import Training
from portal.trainings.queries import get_training

bp = Blueprint("additions", __name__, url_prefix="/trainings/<code>/registrations/new")

_TYPED = ("family", "given", "patronymic", "sex", "role", "institution", "region", "post", "rank", "phone", "email")


@bp.get("")
@requires(Permission.ADD_REGISTRATION, training=get_training)
def new(training: Training) -> str:
    """Search the people who are known, and offer the form for one of them or for somebody new."""
    person = _person(request.args.get("person", ""))
    return _page(training, _offered(AddForm(formdata=None), person), person=person)


@bp.post("")
@requires(Permission.ADD_REGISTRATION, training=get_training)
def create(training: Training) -> Response | tuple[str, int]:
    """Nominate the person with the checks of a list."""
    form = AddForm()
    person = _person(form.person.data or "")
    _offered(form, person)
    if not form.validate():
        _explain_all(form, person)
        return _page(training, form, person=person), 422
    try:
        added = _add(training, form, person)
    except EntryRefused as refusal:
        _explain(form, refusal)
        return _page(training, form, person=person), refusal.status
    except PersonDoubted as doubt:
        form.choice.choices = options(_meant(doubt.people))
        form.choice.errors = [str(doubt)]
        return _page(training, form, person=person), doubt.status
    except Refusal as refusal:
        return _page(training, form, person=person, refusal=refusal), refusal.status
    _tell(added)
    own = url_for("registrations.show", code=training.code, registration_reference=added.registration.reference)
    return see_other(own)


def _explain(form: AddForm, refusal: EntryRefused) -> None:
    for problem in refusal.problems:
        name = problem.column.value if problem.column else "family"
        if not form[name].errors:
            form[name].errors = [problem_text(problem, {})]


def _explain_all(form: AddForm, person: Person | None) -> None:
    """Say what else stands against a form that lacks something, so that it is mended in one go."""
    try:
        entries.read(_entry(form, person), today=clock.today())
    except EntryRefused as refusal:
        _explain(form, refusal)


def _entry(form: AddForm, person: Person | None) -> Entry:
    """Return what was typed; the name of somebody who is known is not typed again."""
    typed = {name: form[name].data or "" for name in _TYPED}
    if typed["role"] not in set(RegistrationRole):  # The form says so; whatever else is wrong with it is said at once.
        typed["role"] = RegistrationRole.PARTICIPANT.value
    if person is not None:
        typed |= {"family": person.family, "given": person.given, "patronymic": person.patronymic}
    return Entry(**typed)


def _add(training: Training, form: AddForm, person: Person | None) -> Added:
    choice = form.choice.data if "choice" in request.form else None
    return entries.add(training, _entry(form, person), person=person, choice=choice, actor=actor(), now=clock.now())


def _person(reference: str) -> Person | None:
    """Return somebody of the directory whom the actor may see."""
    found = visible(queries.list_people([reference]), actor()) if reference else []
    return found[0] if found else None


def _meant(references: tuple[str, ...]) -> list[tuple[str, Any]]:
    """Return who may be meant; of people out of reach nothing is said but that they are known."""
    known = queries.list_people(references)
    seen = {person.id for person in visible(known, actor())}
    words = [
        (
            person.reference,
            ", ".join(filter(None, (person.full_name, person.post, person.phone)))
            if person.id in seen
            else _("somebody of this name who is known elsewhere"),
        )
        for person in known
    ]
    return [*words, ("", _("another person, who is new"))]


def _offered(form: AddForm, person: Person | None) -> AddForm:
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


def _tell(added: Added) -> None:
    name = added.registration.person.full_name
    if added.is_known:
        flash(_("%(name)s was known already and is nominated.", name=name), "success")
    else:
        flash(_("%(name)s is nominated.", name=name), "success")
    for problem in added.warnings:
        flash(problem_text(problem, {}), "warning")


def _page(training: Training, form: AddForm, *, person: Person | None, **context: Any) -> str:
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
